"""The rows as a table to read, and as a JSON document to keep."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tests.benchmarks.comparison import Row
from tests.benchmarks.rounds import IN_FLIGHT, Measured
from tests.benchmarks.variant import EVERY, YARDSTICK

HEADINGS = ("x floor", "docker/it", "proc/it", "p50 ms", "p99 ms", "rounds' p50", *(f"/s @{n}" for n in IN_FLIGHT), "n")


def table(rows: Sequence[Row], measured: Measured) -> str:
    """Return the table as text: yardsticks first, then level by level."""
    cells = [("level", "runtime", "variant", *HEADINGS), *(_cells(row) for row in _in_order(rows))]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [_line(line, widths) for line in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:], "", *_remarks(measured)])


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
                **asdict(row.figures),
                "rounds": [asdict(block) for block in measured.blocks[row.variant]],
            }
            for row in rows
        ],
    }


def _in_order(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row.variant.level != YARDSTICK)


def _cells(row: Row) -> tuple[str, ...]:
    figures = row.figures
    return (
        row.variant.level,
        "" if row.variant.runtime == EVERY else row.variant.runtime,
        row.variant.name,
        _ratio(row.times_floor),
        _ratio(row.faster_than_docker),
        _ratio(row.faster_than_subprocess),
        f"{figures.p50_ms:.2f}",
        f"{figures.p99_ms:.1f}",
        f"{figures.lowest_ms:.1f}-{figures.highest_ms:.1f}",
        *(f"{figures.per_second[in_flight]:.0f}" for in_flight in IN_FLIGHT),
        str(figures.samples),
    )


def _ratio(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    names = [cell.ljust(width) for cell, width in zip(cells[:3], widths[:3], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[3:], widths[3:], strict=True)]
    return "  ".join([*names, *numbers]).rstrip()


def _remarks(measured: Measured) -> list[str]:
    idle = statistics.median(measured.idle_shares)
    return [
        "x floor: how many times as long as the floor; docker/it, proc/it: how many times as long docker run and a "
        "plain process take.",
        f"Before the blocks the processors were idle to {idle:.0%} (median; least {min(measured.idle_shares):.0%}).",
    ]
