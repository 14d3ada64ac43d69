"""What was measured, beside what: one row for each variant, its ratios first.

Which yardstick a variant is held against: the floor (at the endpoint that of the client), and the subprocess and the
``docker run`` of its own runtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.figures import Block, Summary, ratio, summary
from tests.benchmarks.rounds import Measured
from tests.benchmarks.selection import DOCKER, ENDPOINT, FLOOR, MINISTACK, MOTO, SUBPROCESS
from tests.benchmarks.variant import NO_RUNTIME, Variant


@dataclass(frozen=True, slots=True)
class Row:
    """One variant."""

    variant: Variant
    times_floor: float | None
    """How many times as long as the floor it takes."""
    faster_than_subprocess: float | None
    """How many times as long as it the subprocess takes."""
    faster_than_docker: float | None
    faster_than_ministack: float | None
    faster_than_moto: float | None
    figures: Summary


def compare(measured: Measured) -> list[Row]:
    """Return the rows in the order in which the variants were measured."""
    return [_row(variant, blocks, measured) for variant, blocks in measured.blocks.items()]


def _row(variant: Variant, blocks: Sequence[Block], measured: Measured) -> Row:
    floor = _first(measured, ENDPOINT if variant.level in (ENDPOINT, MINISTACK, MOTO) else FLOOR, NO_RUNTIME)
    subprocess = _first(measured, SUBPROCESS, variant.runtime)
    docker = _first(measured, DOCKER, variant.runtime)
    return Row(
        variant=variant,
        times_floor=ratio(blocks, floor) if floor else None,
        faster_than_subprocess=ratio(subprocess, blocks) if subprocess else None,
        faster_than_docker=ratio(docker, blocks) if docker else None,
        faster_than_ministack=_ratio_of_rival(MINISTACK, variant, blocks, measured),
        faster_than_moto=_ratio_of_rival(MOTO, variant, blocks, measured),
        figures=summary(blocks),
    )


def _ratio_of_rival(rival: str, variant: Variant, blocks: Sequence[Block], measured: Measured) -> float | None:
    """Return how many times as long another emulator takes for the same, if it does that."""
    for other, theirs in measured.blocks.items():
        if variant.level == ENDPOINT and (other.level, other.runtime, other.name) == (
            rival,
            variant.runtime,
            variant.name,
        ):
            return ratio(theirs, blocks)
    return None


def _first(measured: Measured, level: str, runtime: str) -> Sequence[Block] | None:
    """Return the blocks of a yardstick, if it was measured: the first variant of its level and runtime."""
    for variant, blocks in measured.blocks.items():
        if (variant.level, variant.runtime) == (level, runtime):
            return blocks
    return None
