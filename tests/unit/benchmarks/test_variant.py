"""What is measured when only something is asked for, and what it is held against."""

from __future__ import annotations

import pytest

from tests.benchmarks.comparison import Row, compare
from tests.benchmarks.figures import Block
from tests.benchmarks.rounds import Effort, Measured, measure
from tests.benchmarks.table import document, table
from tests.benchmarks.variant import DOCKER, EVERY, FLOOR, INVOKER, SANDBOX, SUBPROCESS, YARDSTICK, Variant


async def nothing() -> None:
    pass


FLOORED = Variant(YARDSTICK, EVERY, FLOOR, nothing)
PYTHON_PROCESS = Variant(YARDSTICK, "python3.11", SUBPROCESS, nothing)
PYTHON_DOCKER = Variant(YARDSTICK, "python3.11", DOCKER, nothing, is_quick=False)
NODE_PROCESS = Variant(YARDSTICK, "nodejs", SUBPROCESS, nothing)
PYTHON = Variant(SANDBOX, "python3.11", "fresh", nothing)
PYTHON_INVOKED = Variant(INVOKER, "python3.11", "fresh", nothing)
OLD_NODE = Variant(SANDBOX, "nodejs", "fresh", nothing)
NEW_NODE = Variant(SANDBOX, "nodejs24.x", "fresh", nothing)
ALL = (FLOORED, PYTHON_PROCESS, PYTHON_DOCKER, NODE_PROCESS, PYTHON, PYTHON_INVOKED, OLD_NODE, NEW_NODE)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], ALL),
        (["python"], (FLOORED, PYTHON_PROCESS, PYTHON_DOCKER, PYTHON, PYTHON_INVOKED)),
        (["sandbox", "python"], (FLOORED, PYTHON_PROCESS, PYTHON_DOCKER, PYTHON)),
        (["nodejs"], (FLOORED, NODE_PROCESS, OLD_NODE)),
        (["sandbox", "nodejs", "nodejs24"], (FLOORED, NODE_PROCESS, OLD_NODE, NEW_NODE)),
    ],
)
def test_what_is_wanted_comes_with_its_yardsticks(words: list[str], wanted: tuple[Variant, ...]) -> None:
    assert tuple(variant for variant in ALL if variant.matches(words)) == wanted


def rows_of(**figures: float) -> dict[str, Row]:
    named = {"floor": FLOORED, "process": PYTHON_PROCESS, "docker": PYTHON_DOCKER, "sandbox": PYTHON, "node": OLD_NODE}
    blocks = {named[name]: [Block((figure,), {1: 1.0, 8: 2.0})] for name, figure in figures.items()}
    rows = compare(Measured(blocks, [1.0]))
    return dict(zip(figures, rows, strict=True))


def test_a_variant_is_held_against_the_yardsticks_of_its_own_runtime() -> None:
    rows = rows_of(floor=1.0, process=20.0, docker=300.0, sandbox=4.0, node=5.0)

    assert rows["sandbox"].times_floor == 4.0
    assert rows["sandbox"].faster_than_subprocess == 5.0
    assert rows["sandbox"].faster_than_docker == 75.0
    assert (rows["node"].times_floor, rows["node"].faster_than_docker) == (5.0, None)


def test_a_yardstick_is_not_held_against_itself() -> None:
    rows = rows_of(floor=1.0, process=20.0)

    assert rows["floor"].times_floor is None
    assert rows["process"].faster_than_subprocess is None
    assert rows["process"].times_floor == 20.0


async def test_every_variant_is_measured_in_every_round_after_one_run_that_does_not_count() -> None:
    runs: list[str] = []

    def counted(name: str) -> Variant:
        async def once() -> None:
            runs.append(name)

        return Variant(SANDBOX, "python3.11", name, once)

    variants = [counted("first"), counted("second")]
    measured = await measure(variants, Effort(rounds=2, samples=4, pause_seconds=0, patience_seconds=0))

    assert runs[:2] == ["first", "second"]
    assert [len(blocks) for blocks in measured.blocks.values()] == [2, 2]
    assert all(len(block.latencies_ms) == 4 for blocks in measured.blocks.values() for block in blocks)
    assert runs.index("second", 2) < len(runs) - runs[::-1].index("first"), "the rounds are interleaved"


def test_the_table_and_the_document_say_the_same() -> None:
    blocks = {variant: [Block((2.0,), {1: 7.0, 8: 9.0})] for variant in (PYTHON, FLOORED)}
    measured = Measured(blocks, [0.95])
    rows = compare(measured)

    lines = table(rows, measured).splitlines()

    assert lines[2].split()[:2] == [YARDSTICK, FLOOR], "yardsticks come first"
    assert lines[3].split() == [SANDBOX, "python3.11", "fresh", "1.0", "2.00", "2.0", "2.0-2.0", "7", "9", "1"]
    assert document(rows, measured)["rows"][0]["times_floor"] == 1.0
