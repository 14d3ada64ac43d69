"""What the runtime and process 1 tell each other all the time: orders one way, figures the other.

Both hold one memory file and write their own part of it in one call; neither ever waits for the other. Eight-byte
numbers are written and read whole.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple


class Orders(NamedTuple):
    """What the runtime wants."""

    cpu_share: float = 0.0
    """Part of one processor; 0: as much as there is."""
    frozen: int = 0


class Figures(NamedTuple):
    """What process 1 has seen."""

    cpu_ns: int = 0
    """Of the whole tree, what has ended included."""
    program_ns: int = 0
    """Of the program alone, at the same moment: with it, the runtime brings ``cpu_ns`` up to date by itself."""
    memory_bytes: int = 0
    peak_bytes: int = 0
    memory_kills: int = 0
    most_processes: int = 0
    refused_forks: int = 0
    """Whether there were so many that the kernel must have refused one more."""
    descriptors: int = 0
    """The most that one process holds now."""
    frozen: int = 0
    program: int = 0
    """The program's process id inside, 0 before there is one."""


class Stored(NamedTuple):
    """What has been seen in ``/tmp``, at most, where that is a directory that is counted."""

    bytes: int = 0
    files: int = 0


_ORDERS = struct.Struct("<dq")
_FIGURES = struct.Struct("<10q")
_STORED = struct.Struct("<2q")
_FIGURES_AT = 64
_STORED_AT = 192


class Scoreboard:
    """One memory file, for either side."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @property
    def orders(self) -> Orders:
        return Orders(*_ORDERS.unpack(os.pread(self._descriptor, _ORDERS.size, 0)))

    @orders.setter
    def orders(self, orders: Orders) -> None:
        os.pwrite(self._descriptor, _ORDERS.pack(*orders), 0)

    @property
    def figures(self) -> Figures:
        return Figures(*_FIGURES.unpack(os.pread(self._descriptor, _FIGURES.size, _FIGURES_AT)))

    @figures.setter
    def figures(self, figures: Figures) -> None:
        os.pwrite(self._descriptor, _FIGURES.pack(*figures), _FIGURES_AT)

    @property
    def stored(self) -> Stored:
        return Stored(*_STORED.unpack(os.pread(self._descriptor, _STORED.size, _STORED_AT)))

    @stored.setter
    def stored(self, stored: Stored) -> None:
        os.pwrite(self._descriptor, _STORED.pack(*stored), _STORED_AT)


def make() -> int:
    """Return the descriptor of a new, blank memory file."""
    descriptor = os.memfd_create("scoreboard")
    os.ftruncate(descriptor, _STORED_AT + _STORED.size)
    return descriptor
