"""The verbs of a cgroup where the kernel gives us none, or not every controller: emulated by process 1.

It stands around the group that there is, passes on what that can do, and for each controller that is lacking lets
process 1 of the sandbox do the work (``keeper.py``): orders are written on the scoreboard and the bell is rung; figures
are read from it. What the program itself, without its children, uses is brought up to date at the moment of reading.

The other figures are what process 1 saw, at most 20 ms ago. Whoever uses too much memory and gives it back
within that time is not seen, and what was observed may be more than the limit, because nobody stood in the way.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from runtime.sandbox import scoreboard
from runtime.sandbox.cgroup import Assignment, Group, Reading, open_descriptors
from runtime.sandbox.contract import Limits
from runtime.sandbox.recipe import Duties
from runtime.sandbox.scoreboard import Orders, Scoreboard, Stored
from runtime.sandbox.tree import clock_ns, offspring, own_memory, threads_of

NAMES = {"memory": "sampled memory", "pids": "RLIMIT_NPROC"}

_MIB = 1 << 20


class EmulatedGroup:
    """The verbs of :class:`~runtime.sandbox.cgroup.Group`; some of them through another group."""

    def __init__(self, kept: Group, emulated: frozenset[str], names: Mapping[str, str] = NAMES) -> None:
        self._names = names
        self._kept = kept
        self._emulated = emulated
        self._memory_file = scoreboard.make()
        self._scoreboard = Scoreboard(self._memory_file)
        self._bell = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._duties = Duties(0, 0)
        self._process_one = 0
        self._program = 0

    def named(self, controller: str) -> str:
        return self._names[controller] if controller in self._emulated else self._kept.named(controller)

    def enter(self) -> list[int]:
        return self._kept.enter()

    def assignment(self) -> Assignment:
        return Assignment(self._duties, [self._memory_file, self._bell])

    def attach(self, process: int) -> None:
        for line in Path(f"/proc/self/fdinfo/{process}").read_text().splitlines():
            if line.startswith("Pid:"):
                self._process_one = int(line.split()[1])

    def limit(self, limits: Limits) -> None:
        # Where memory is sampled although the kernel counts it, that is because it counts /tmp too.
        both = limits.memory_mib + limits.storage_mib
        self._kept.limit(replace(limits, memory_mib=both) if "memory" in self._emulated else limits)
        self._duties = Duties(
            limits.memory_mib * _MIB if "memory" in self._emulated else 0,
            limits.processes if "pids" in self._emulated else 0,
            limits.file_descriptors if limits.remembers_descriptors else 0,
        )

    def throttle(self, cpu_share: float | None) -> None:
        if "cpu" in self._emulated:
            self._order(self._scoreboard.orders._replace(cpu_share=cpu_share or 0.0))
        else:
            self._kept.throttle(cpu_share)

    def freeze(self, *, frozen: bool) -> bool:
        if "freezer" not in self._emulated:
            return self._kept.freeze(frozen=frozen)
        if self._scoreboard.orders.frozen != frozen:
            self._order(self._scoreboard.orders._replace(frozen=int(frozen)))
        figures = self._scoreboard.figures
        return figures.frozen == frozen or not figures.program  # before there is a program, nobody has to be stopped

    def thawing(self) -> tuple[int, str] | None:
        return self._kept.thawing()

    def measure(self) -> Reading:
        reading, figures = self._kept.measure(), self._scoreboard.figures
        if figures.program and not self._program:
            self._program = next((pid for pid in offspring(self._process_one) if _inside(pid) == figures.program), 0)
        program = _status(self._program) if self._program else b""
        if "cpuacct" in self._emulated:
            cpu_ns = figures.cpu_ns + self._cpu_since(figures.program_ns)
            reading = reading._replace(cpu_seconds=cpu_ns / 1e9)
        if "memory" in self._emulated:
            reading = reading._replace(
                working_set_bytes=max(figures.memory_bytes, own_memory(program)),
                peak_bytes=figures.peak_bytes,
                peak_without_cache_bytes=figures.peak_bytes,
                oom_kills=figures.memory_kills + reading.oom_kills,
            )
        if self._duties.processes:
            # The kernel refuses one more, but does not count how often it did.
            most, limit = max(figures.most_processes, threads_of(program)), self._duties.processes
            reading = reading._replace(refused_forks=figures.refused_forks or int(most >= limit), most_processes=most)
        return reading

    def members(self) -> list[int]:
        return offspring(self._process_one) if self._process_one else []

    def certain_members(self) -> list[int] | None:
        return None

    def most_descriptors(self, last: int) -> int:
        now = open_descriptors(self._program, last) if self._program else 0
        return max(now, self._scoreboard.figures.descriptors)

    def remove(self) -> None:
        os.close(self._memory_file)
        os.close(self._bell)
        self._kept.remove()

    def stored(self) -> Stored:
        """Return what was seen in ``/tmp``, where somebody counts that."""
        return self._scoreboard.stored

    def _order(self, orders: Orders) -> None:
        self._scoreboard.orders = orders
        os.eventfd_write(self._bell, 1)

    def _cpu_since(self, program_ns: int) -> int:
        """Return what the program has used since process 1 looked."""
        now = clock_ns(self._program) if self._program else None
        return max(0, now - program_ns) if now is not None else 0


def _inside(pid: int) -> int:
    """Return the number that a process has in its innermost process namespace."""
    numbers = _status(pid).partition(b"\nNSpid:")[2].partition(b"\n")[0].split()
    return int(numbers[-1]) if numbers else 0


def _status(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/status").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
