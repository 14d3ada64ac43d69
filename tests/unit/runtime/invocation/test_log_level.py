from __future__ import annotations

import pytest

from runtime.invocation.log_level import at_least


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (b'{"level": "debug", "msg": "x"}', "DEBUG"),
        (b'  {"level":"WARNING"}', "WARN"),
        (b'{"level": "CRITICAL"}', "FATAL"),
        (b'{"msg": "no level"}', "INFO"),
        (b'{"level": "loud"}', "INFO"),
        (b'{"level": ["DEBUG"]}', "INFO"),
        (b"words", "INFO"),
        (b"", "INFO"),
        (b'["level"]', "INFO"),
        (b'{"level": "DEBUG"', "INFO"),
        (b'{"a":' * 100_000, "INFO"),
        (b'{"level": "DEBUG\xff"}', "INFO"),
    ],
)
def test_a_line_has_the_level_that_it_says_or_else_the_usual_one(line: bytes, level: str) -> None:
    levels = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")

    kept = [lowest for lowest in levels if at_least(lowest)(line)]

    assert kept[-1] == level
    assert kept == list(levels[: len(kept)])
