"""How variants are measured in rounds, and what they are held against."""

from __future__ import annotations

from tests.benchmarks.comparison import Row, compare
from tests.benchmarks.figures import Block
from tests.benchmarks.rounds import Effort, Measured, measure
from tests.benchmarks.selection import DOCKER, ENDPOINT, FLOOR, SANDBOX, SUBPROCESS
from tests.benchmarks.table import document, table
from tests.benchmarks.variant import NO_RUNTIME, Variant


async def nothing() -> None:
    pass


FLOORED = Variant(FLOOR, NO_RUNTIME, "namespaces", nothing)
PYTHON_PROCESS = Variant(SUBPROCESS, "python3.11", "process", nothing)
PYTHON_DOCKER = Variant(DOCKER, "python3.11", "docker run", nothing, is_quick=False)
PYTHON = Variant(SANDBOX, "python3.11", "fresh", nothing)
OLD_NODE = Variant(SANDBOX, "nodejs", "fresh", nothing)
ALONE = Variant(ENDPOINT, NO_RUNTIME, "boto3 alone", nothing)
CALLED = Variant(ENDPOINT, "python3.11", "warm", nothing)
VARIANTS = {
    "floor": FLOORED, "process": PYTHON_PROCESS, "docker": PYTHON_DOCKER, "sandbox": PYTHON, "node": OLD_NODE,
    "alone": ALONE, "called": CALLED,
}  # fmt: skip


def rows_of(**figures: float) -> dict[str, Row]:
    blocks = {VARIANTS[name]: [Block((figure,), {1: 1.0, 8: 2.0})] for name, figure in figures.items()}
    rows = compare(Measured(blocks, [1.0]))
    return dict(zip(figures, rows, strict=True))


def test_a_variant_is_held_against_the_yardsticks_of_its_own_runtime() -> None:
    rows = rows_of(floor=1.0, process=20.0, docker=300.0, sandbox=4.0, node=5.0)

    assert rows["sandbox"].times_floor == 4.0
    assert rows["sandbox"].faster_than_subprocess == 5.0
    assert rows["sandbox"].faster_than_docker == 75.0
    assert (rows["node"].times_floor, rows["node"].faster_than_docker) == (5.0, None)


def test_what_is_measured_at_the_endpoint_is_held_against_the_client_alone() -> None:
    rows = rows_of(floor=1.0, alone=2.0, called=8.0)

    assert rows["called"].times_floor == 4.0


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


async def test_what_needs_something_done_before_each_run_is_not_timed_with_it_and_has_no_rate() -> None:
    order: list[str] = []

    async def change() -> None:
        order.append("change")

    async def once() -> None:
        order.append("run")

    variant = Variant(ENDPOINT, "python3.11", "fresh", once, before=change)
    measured = await measure([variant], Effort(rounds=1, samples=2, pause_seconds=0, patience_seconds=0))

    assert order == ["change", "run"] * 3
    assert measured.blocks[variant][0].per_second == {}


def test_the_table_and_the_document_say_the_same() -> None:
    blocks = {variant: [Block((2.0,), {1: 7.0, 8: 9.0})] for variant in (FLOORED, PYTHON)}
    measured = Measured(blocks, [0.95])
    rows = compare(measured)

    line = table(rows, measured).splitlines()[3]

    assert line.split() == [SANDBOX, "python3.11", "fresh", "1.0", "2.00", "2.0", "2.0-2.0", "7", "9", "1"]
    assert document(rows, measured)["rows"][1]["times_floor"] == 1.0
