"""The table of promises in the runtime's README names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[4]
ROW = re.compile(r"^\|.*`(tests/[\w/]+\.py)::(\w+)` \|$")


def test_each_promise_names_a_test_that_exists() -> None:
    _, _, promised = (REPOSITORY / "runtime/README.md").read_text().partition("## What is promised")
    table = [line for line in promised.splitlines() if line.startswith("| ")]
    rows = [ROW.match(line) for line in table[1:]]

    assert len(rows) >= 20
    for line, row in zip(table[1:], rows, strict=True):
        assert row, f"no test in: {line}"
        assert f"def {row[2]}(" in (REPOSITORY / row[1]).read_text(), row[2]
