"""The rows as a table to read, and as a JSON document to keep."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tests.benchmarks.comparison import Row
from tests.benchmarks.memory import Footprint
from tests.benchmarks.rounds import IN_FLIGHT, Measured
from tests.benchmarks.variant import NO_RUNTIME

HEADINGS = (
    "x floor",
    "docker/it",
    "proc/it",
    "ministack/it",
    "moto/it",
    "p50 ms",
    "p99 ms",
    "rounds' p50",
    *(f"/s @{n}" for n in IN_FLIGHT),
    "n",
)

LEGEND = (
    "x floor: how many times as long as the floor (at the endpoint: as boto3 alone) it takes.",
    "docker/it, proc/it: how many times as long docker run and a plain process take.",
    "ministack/it, moto/it: how many times as long these emulators take for the same; moto runs nothing.",
)


def table(rows: Sequence[Row], measured: Measured) -> str:
    """Return the table as text, in the order in which things were measured."""
    idle = statistics.median(measured.idle_shares)
    remark = (
        f"Before the blocks the processors were idle to {idle:.0%} (median; least {min(measured.idle_shares):.0%})."
    )
    lines = _aligned([("level", "runtime", "variant", *HEADINGS), *(_cells(row) for row in rows)], names=3)
    return "\n".join([*lines, "", *LEGEND, remark])


def memory_table(footprints: Sequence[Footprint]) -> str:
    """Return what each kind takes up as text."""
    cells = [(one.kind, _runtime(one.runtime), f"{one.pss_mib:.1f}", f"{one.available_mib:.1f}") for one in footprints]
    return "\n".join(_aligned([("idle memory", "runtime", "PSS MiB", "available MiB"), *cells], names=2))


def document(rows: Sequence[Row], measured: Measured) -> dict[str, Any]:
    """Return everything that was measured."""
    return {
        "idle_shares_before_blocks": list(measured.idle_shares),
        "rows": [
            {
                "level": row.variant.level,
                "runtime": row.variant.runtime,
                "variant": row.variant.name,
                "times_floor": row.times_floor,
                "faster_than_subprocess": row.faster_than_subprocess,
                "faster_than_docker": row.faster_than_docker,
                "faster_than_ministack": row.faster_than_ministack,
                "faster_than_moto": row.faster_than_moto,
                **asdict(row.figures),
                "rounds": [asdict(block) for block in measured.blocks[row.variant]],
            }
            for row in rows
        ],
    }


def _cells(row: Row) -> tuple[str, ...]:
    figures = row.figures
    return (
        row.variant.level,
        _runtime(row.variant.runtime),
        row.variant.name,
        _ratio(row.times_floor),
        _ratio(row.faster_than_docker),
        _ratio(row.faster_than_subprocess),
        _ratio(row.faster_than_ministack),
        _ratio(row.faster_than_moto),
        f"{figures.p50_ms:.2f}",
        f"{figures.p99_ms:.1f}",
        f"{figures.lowest_ms:.1f}-{figures.highest_ms:.1f}",
        *(f"{figures.per_second[number]:.0f}" if number in figures.per_second else "" for number in IN_FLIGHT),
        str(figures.samples),
    )


def _ratio(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _aligned(cells: Sequence[Sequence[str]], names: int) -> list[str]:
    """Return lines with the first columns to the left and the figures to the right, and a rule under the headings."""
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(_padded(line, widths, names)).rstrip() for line in cells]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def _padded(line: Sequence[str], widths: Sequence[int], names: int) -> Iterator[str]:
    for column, (cell, width) in enumerate(zip(line, widths, strict=True)):
        yield cell.ljust(width) if column < names else cell.rjust(width)


def _runtime(identifier: str) -> str:
    return "" if identifier == NO_RUNTIME else identifier
