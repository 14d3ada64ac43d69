"""All processes of a sandbox as process 1 sees them: who they are, what they use, and one signal for all.

Who runs is looked up in :meth:`Tree.look`; in between, :meth:`Tree.cpu_ns` reads the clocks of those known. CPU time is
exact to what the scheduler counts, children that have ended included; only a child that nobody waits for (``SIGCHLD``
ignored) and that was born and gone between two looks is missed. Memory is anonymous and shared memory, shared pages
counted once where that makes a difference; what no process maps is not seen.
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH123, PTH208
import os
import resource
import time
from typing import NamedTuple, Protocol

_PROCESS_CLOCK = 2  # CPUCLOCK_SCHED, of a process
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
_GONE = (FileNotFoundError, ProcessLookupError, PermissionError)
"""What reading about a process answers when it has ended; the last is for what only the living show."""
_STATUS_BYTES = 4096
_LOADAVG_BYTES = 128
_LISTINGS = 16
_PROCESS_ONE = 1


class Process(NamedTuple):
    """One process at one look."""

    pid: int
    threads: int
    own_bytes: int
    """Anonymous and shared memory, as if it were shared with nobody."""
    file_bytes: int
    descriptors: int
    is_stopped: bool


class Family(Protocol):
    """Who belongs to a sandbox."""

    def pids(self) -> list[int]:
        """List all processes but the one that asks."""

    def signal(self, number: int) -> None:
        """Send a signal to all of them, so that none can fork its way around it."""


class Namespace:
    """The processes of this process namespace but process 1."""

    def __init__(self, directory: int) -> None:
        self._directory = directory

    def pids(self) -> list[int]:
        return [int(name) for name in os.listdir(self._directory) if name.isdigit() and int(name) != _PROCESS_ONE]

    def signal(self, number: int) -> None:
        try:
            os.kill(-1, number)
        except ProcessLookupError:
            return  # there is nobody


class Tree:
    """What a family uses, by ``/proc``, which is open as ``directory``."""

    def __init__(self, directory: int, family: Family, last_descriptors: int = 0) -> None:
        self._directory = directory
        self._last_descriptors = last_descriptors
        self._family = family
        self.signal = family.signal
        self._counters = os.open("loadavg", os.O_RDONLY, dir_fd=directory)
        self._newest = 0
        self._looks_until_listing = 0
        self._clocks: dict[int, int] = {}
        self._children_ns = 0
        self._unclaimed_ns = 0
        self._total_ns = 0

    def count(self) -> int:
        """Return how many there were when somebody looked last."""
        return len(self._clocks)

    def newest(self) -> int:
        """Return the number of the newest thread: it grows by one with each that is born."""
        return int(os.pread(self._counters, _LOADAVG_BYTES, 0).split()[4])

    def threads(self) -> int:
        """Return how many threads all of them have, those included that have ended and that nobody has read yet."""
        return sum(self._threads_of(pid) for pid in self._family.pids())

    def look(self) -> list[Process]:
        """Look who is there."""
        pids, is_fresh = self._pids()
        found = [process for pid in pids if (process := self._process(pid)) is not None]
        children = self._children_ns
        if is_fresh or len(found) < len(pids):  # else nobody has been waited for since
            children = _own_children_ns() + sum(self._children_of(process.pid) for process in found)
        self.cpu_ns([process.pid for process in found])
        grown = max(0, children - self._children_ns)
        counted = min(self._unclaimed_ns, grown)  # while they lived, by their own clocks
        self._unclaimed_ns -= counted
        self._total_ns += grown - counted
        self._children_ns = children
        return found

    def cpu_ns(self, pids: list[int] | None = None) -> int:
        """Return the CPU time of the whole tree since it began, up to now for the processes known."""
        clocks = {}
        for pid in self._clocks if pids is None else pids:
            if (now := clock_ns(pid)) is not None:
                self._total_ns += max(0, now - self._clocks.get(pid, 0))
                clocks[pid] = now
        if pids is None:
            self._clocks |= clocks
        else:
            self._unclaimed_ns += sum(before for pid, before in self._clocks.items() if pid not in clocks)
            self._clocks = clocks
        return self._total_ns

    def shared_once(self, processes: list[Process]) -> int:
        """Return the memory of processes, each page divided by the number of those who map it: slow and exact."""
        return sum(self._proportional(process) for process in processes)

    def _pids(self) -> tuple[list[int], bool]:
        """Return who is there, and whether they may be others than at the last look.

        While nobody is born it is who was there before. Whoever is being born has his number already and is not listed
        yet, so after a birth the list is read several times.
        """
        newest = self.newest()
        if newest != self._newest:
            self._newest, self._looks_until_listing = newest, _LISTINGS
        if self._looks_until_listing:
            self._looks_until_listing -= 1
            return self._family.pids(), True
        return list(self._clocks), False

    def _process(self, pid: int) -> Process | None:
        status = self._read(f"{pid}/status")
        if status is None:
            return None
        descriptors = max(self._descriptors(pid), self._descriptors_once(pid))
        is_running = _word(status, b"\nState:") in (b"R", b"S")  # who waits for the kernel stops before going on
        return Process(
            pid,
            threads_of(status),
            own_memory(status),
            _number(status, b"\nRssFile:") * 1024,
            descriptors,
            not is_running,
        )

    def _threads_of(self, pid: int) -> int:
        try:
            # Each thread is a directory there, and beside them "." and ".." are links.
            return os.stat(f"{pid}/task", dir_fd=self._directory).st_nlink - 2
        except _GONE:
            return 0

    def _descriptors(self, pid: int) -> int:
        try:
            # The kernel tells the number as the directory's size since Linux 6.2.
            size = os.stat(f"{pid}/fd", dir_fd=self._directory).st_size
            if size:
                return size
            place = os.open(f"{pid}/fd", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._directory)
        except _GONE:
            return 0
        try:
            return len(os.listdir(place))
        except _GONE:
            return 0
        finally:
            os.close(place)

    def _descriptors_once(self, pid: int) -> int:
        """Return how many of the last descriptors a process has once held, if they stay open."""
        if not self._last_descriptors:
            return 0
        once = 0
        for number in (
            self._last_descriptors - 1,
            self._last_descriptors,
        ):  # who has had the last has had the one before
            try:
                os.stat(f"{pid}/fd/{number - 1}", dir_fd=self._directory, follow_symlinks=False)
            except _GONE:
                break
            once = number
        return once

    def _children_of(self, pid: int) -> int:
        """Return the CPU time of those children that a process has waited for."""
        stat = self._read(f"{pid}/stat")
        if stat is None:
            return 0
        fields = stat[stat.rindex(b")") + 2 :].split()
        return (int(fields[13]) + int(fields[14])) * _TICK_NS

    def _proportional(self, process: Process) -> int:
        rollup = self._read(f"{process.pid}/smaps_rollup")
        if rollup is None:
            return process.own_bytes  # it does not let itself be looked into: too much rather than too little
        return (_number(rollup, b"\nPss_Anon:") + _number(rollup, b"\nPss_Shmem:")) * 1024

    def _read(self, name: str) -> bytes | None:
        try:
            file = os.open(name, os.O_RDONLY, dir_fd=self._directory)
        except _GONE:
            return None
        try:
            return os.read(file, _STATUS_BYTES)
        except _GONE:
            return None
        finally:
            os.close(file)


def clock_ns(pid: int) -> int | None:
    """Return the CPU time of a process with all of its threads, also those that have ended; ``None`` if it is gone."""
    try:
        return time.clock_gettime_ns((~pid << 3) | _PROCESS_CLOCK)
    except OSError:
        return None


def offspring(pid: int) -> list[int]:
    """List the descendants of a process, by the children of all of its threads."""
    found: list[int] = []
    open_questions = [pid]
    while open_questions:
        children = _children(open_questions.pop())
        found += children
        open_questions += children
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb", buffering=0) as file:
                found += map(int, file.read().split())
    except (FileNotFoundError, ProcessLookupError):
        return found
    return found


def own_memory(status: bytes) -> int:
    """Return the anonymous and shared memory that ``/proc/<pid>/status`` tells of, in bytes."""
    return (_number(status, b"\nRssAnon:") + _number(status, b"\nRssShmem:")) * 1024


def threads_of(status: bytes) -> int:
    """Return how many threads a process has, by its ``/proc/<pid>/status``."""
    return _number(status, b"\nThreads:")


def _own_children_ns() -> int:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return int((used.ru_utime + used.ru_stime) * 1e9)


def _word(text: bytes, name: bytes) -> bytes:
    place = text.find(name)
    return text[place + len(name) :].split(None, 1)[0] if place >= 0 else b""


def _number(text: bytes, name: bytes) -> int:
    return int(_word(text, name) or b"0")
