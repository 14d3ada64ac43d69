"""How much memory the machine has left, so that idle environments go before anybody else is in need of it.

What counts is the narrower of two: the machine's (``MemAvailable``), and that of the container in which the platform
runs, if it is in one (a control group with a limit; file cache that can be given back counts as free).
Where neither can be read there is never a shortage: the kernel decides then, as it does for every other program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEAST_FREE_SHARE = 0.05
"""With less than this part of its memory left, a machine is short of it."""
KIB = 1024
OF_A_CONTAINER = (
    ("sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current", "sys/fs/cgroup/memory.stat", "inactive_file"),
    (
        "sys/fs/cgroup/memory/memory.limit_in_bytes",
        "sys/fs/cgroup/memory/memory.usage_in_bytes",
        "sys/fs/cgroup/memory/memory.stat",
        "total_inactive_file",
    ),
)
"""Limit, use, and what of the use can be given back: of the second generation of control groups, and the first."""


@dataclass(frozen=True, slots=True)
class Room:
    """A part of memory, in bytes."""

    total: int
    available: int

    @property
    def is_short(self) -> bool:
        """Say whether too little is left of it."""
        return self.available < self.total * LEAST_FREE_SHARE


class HostMemory:
    """The memory of this machine, and of the container around the platform."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root

    @property
    def is_short(self) -> bool:
        """Say whether there is a shortage now."""
        return any(room.is_short for room in self._rooms())

    def _rooms(self) -> Iterator[Room]:
        machine = self._figures("proc/meminfo")
        if "MemTotal:" in machine and "MemAvailable:" in machine:
            yield Room(machine["MemTotal:"] * KIB, machine["MemAvailable:"] * KIB)
        for limit, use, statistics, reclaimable in OF_A_CONTAINER:
            most, used = self._number(limit), self._number(use)
            if most is not None and used is not None:
                yield Room(most, most - used + self._figures(statistics).get(reclaimable, 0))

    def _number(self, name: str) -> int | None:
        """Return what a file of one number says; ``None`` where there is no such file, or it says ``max``."""
        try:
            text = (self._root / name).read_text().strip()
        except OSError:
            return None
        return int(text) if text.isdecimal() else None

    def _figures(self, name: str) -> dict[str, int]:
        try:
            lines = (self._root / name).read_text().splitlines()
        except OSError:
            return {}
        fields = [line.split() for line in lines]
        return {field[0]: int(field[1]) for field in fields if len(field) > 1 and field[1].isdecimal()}
