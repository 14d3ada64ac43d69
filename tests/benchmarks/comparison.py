"""What was measured, beside what: one row for each variant, its ratios first.

Which yardstick a variant is held against: the floor, and the subprocess and the ``docker run`` of its own runtime.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmarks.figures import Block, Summary, ratio, summary
from tests.benchmarks.rounds import Measured
from tests.benchmarks.variant import DOCKER, FLOOR, SUBPROCESS, YARDSTICK, Variant


@dataclass(frozen=True, slots=True)
class Row:
    """One variant."""

    variant: Variant
    times_floor: float | None
    """How many times as long as the floor it takes."""
    faster_than_subprocess: float | None
    """How many times as long as it the subprocess takes."""
    faster_than_docker: float | None
    figures: Summary


def compare(measured: Measured) -> list[Row]:
    """Return the rows in the order in which the variants were measured."""
    return [_row(variant, blocks, measured) for variant, blocks in measured.blocks.items()]


def _row(variant: Variant, blocks: Sequence[Block], measured: Measured) -> Row:
    yardsticks = {
        (other.runtime, other.name): taken
        for other, taken in measured.blocks.items()
        if other.level == YARDSTICK and other is not variant
    }
    floor = next((taken for (_, name), taken in yardsticks.items() if name == FLOOR), None)
    subprocess = yardsticks.get((variant.runtime, SUBPROCESS))
    docker = yardsticks.get((variant.runtime, DOCKER))
    return Row(
        variant=variant,
        times_floor=ratio(blocks, floor) if floor else None,
        faster_than_subprocess=ratio(subprocess, blocks) if subprocess else None,
        faster_than_docker=ratio(docker, blocks) if docker else None,
        figures=summary(blocks),
    )
