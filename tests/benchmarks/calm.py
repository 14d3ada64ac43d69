"""Wait until the processors have nothing else to do, so that a block measures us and not a neighbour.

A machine that never becomes calm is measured all the same, and the table says how busy it was.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

CALM = 0.92
"""The part of all processors that is idle on a calm machine."""
LOOK_SECONDS = 0.2

_IDLE, _IOWAIT, _FIELDS = 3, 4, 8


async def until_calm(patience_seconds: float) -> float:
    """Wait for a calm moment, at most that long; return the part of the processors that was idle at last."""
    deadline = time.monotonic() + patience_seconds
    while True:
        before = _ticks()
        await asyncio.sleep(LOOK_SECONDS)
        idle = idle_share(before, _ticks())
        if idle >= CALM or time.monotonic() >= deadline:
            return idle


def idle_share(before: list[int], after: list[int]) -> float:
    """Return the part of the time between two readings of ``/proc/stat`` in which processors were idle."""
    passed = [later - earlier for earlier, later in zip(before, after, strict=True)]
    return (passed[_IDLE] + passed[_IOWAIT]) / max(1, sum(passed))


def _ticks() -> list[int]:
    first, *_ = Path("/proc/stat").read_text().splitlines()
    return [int(field) for field in first.split()[1 : 1 + _FIELDS]]
