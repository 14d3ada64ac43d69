"""The table of promises in the runtime's README is complete, and names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtime.sandbox.backends import best
from runtime.sandbox.contract import Limit

REPOSITORY = Path(__file__).resolve().parents[4]
ROW = re.compile(r"^\| (.+) \| (.+) \| `(tests/[\w/]+\.py)::(\w+)` \|$")
_, _, PROMISED = (REPOSITORY / "runtime/README.md").read_text().partition("## What is promised")
TABLE = [line for line in PROMISED.partition("\n## ")[0].splitlines() if line.startswith("| ")][1:]


@pytest.mark.parametrize("line", TABLE)
def test_each_promise_names_a_mechanism_and_a_test_that_exists(line: str) -> None:
    row = ROW.match(line)

    assert row, f"no test in: {line}"
    assert f"def {row[4]}(" in (REPOSITORY / row[3]).read_text(), row[4]


@pytest.mark.parametrize("path", sorted((REPOSITORY / "tests/sandbox").glob("test_*.py")), ids=lambda path: path.stem)
def test_each_file_of_attacks_holds_a_promise_of_the_table(path: Path) -> None:
    assert any(f"`{path.relative_to(REPOSITORY)}::" in line for line in TABLE)


def test_each_promise_that_doctor_knows_and_each_limit_has_a_row(tmp_path: Path) -> None:
    promised = [row[1].removeprefix("… ") for line in TABLE if (row := ROW.match(line))]
    names = {promise.name for promise in best(tmp_path).promises()} | {limit.value for limit in Limit}

    for name in names:
        assert any(name in text for text in promised), name
