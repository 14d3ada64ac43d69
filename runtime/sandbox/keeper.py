"""What process 1 does for limits that no cgroup keeps on this host: count, stop and continue, and kill.

*Theory of operation.* Process 1 looks at its tree every 20 ms, or less often where a look takes long, and writes
what it saw on the scoreboard, where the runtime reads it. Each duty is emulated in its own way:

* memory: when the tree uses more than it may, all of it is killed, as the kernel's out-of-memory killer would;
* CPU share: time is earned at the rate of the share and spent by the tree. When none is left everything is stopped
  until one period's worth has been earned. It is a closed loop: what was spent too much makes the next pause longer,
  and what an oversleep left over is carried along. Nobody is stopped who does not use what is there;
* processes: the kernel refuses one too many (``RLIMIT_NPROC``) without counting how often. Births are counted (each is
  given a number), and when there may have been as many as are allowed, everybody is stopped and counted;
* freezing: everything is stopped and nobody looks until it goes on, so an idle sandbox costs nothing.

Process 1 is not a thread of the runtime, so the runtime's own work delays no pulse, and each sandbox begins its periods
when it was throttled, so they do not beat together. A program that has stopped a process of its own by ``SIGSTOP`` will
find it continued.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import Sequence
from typing import Protocol

from runtime.sandbox.budget import Budget
from runtime.sandbox.recipe import Duties
from runtime.sandbox.scoreboard import Figures, Orders, Scoreboard
from runtime.sandbox.tree import Process, Tree, clock_ns

LOOKING_NS = 20_000_000

_CROWD = 32
_RESTLESS_NS = 2_000_000
_STOPPING_SECONDS = 0.001
_LOOKS_PER_TIME = 9
"""A look that takes long (a thousand processes) is followed by a pause that is so many times as long."""
_COUNTS_PER_TIME = 2
"""The same for counting, near the limit of processes: it takes a tenth of a look, and is what notices a fork bomb."""
_NEARLY = 0.9
_STRANGERS = 8
_NUMBERS = 1 << 22
"""More than there are: ``PID_MAX_LIMIT``."""
"""After so many births, or a quarter of all, somebody looks: nobody knows yet how much CPU time the newborn take."""


class Attendant(Protocol):
    """Who sees to the limits while process 1 waits for its children."""

    @property
    def descriptors(self) -> Sequence[int]:
        """Which wake process 1 when they can be read."""

    def attend(self, program: int) -> float | None:
        """Do what is due; return the seconds until something is due again, ``None`` for never."""

    def conclude(self) -> None:
        """Write down what is known at the end of the program."""


class _Nobody:
    """The kernel keeps every limit."""

    descriptors = ()

    def attend(self, program: int) -> float | None:  # noqa: ARG002  nobody listens
        return None

    def conclude(self) -> None:
        return None


NOBODY = _Nobody()


class Keeper:
    """Sees to the duties of process 1."""

    def __init__(self, duties: Duties, tree: Tree, scoreboard: int, bell: int) -> None:
        self.descriptors = (bell,)
        self._bell = bell
        self._duties = duties
        self._scoreboard = Scoreboard(scoreboard)
        self._tree = tree
        self._budget = Budget(len(os.sched_getaffinity(0)))
        self._figures = Figures()
        self._program_file_bytes = self._shared_once = self._summed = 0
        self._processes = self._threads = 1
        self._newest = self._next_look = self._next_count = 0
        self._is_stopped = self._has_looked_at_rest = False
        self._spent_at_rest = 0

    def attend(self, program: int) -> float | None:
        self._hear_bell()
        self._figures = self._figures._replace(program=program)
        orders = self._scoreboard.orders
        if orders.frozen:
            return self._stay_frozen()
        if self._figures.frozen:
            self._figures = self._figures._replace(frozen=0)
            self._go_on()
            self._look()
        return self._keep_going(orders) / 1e9

    def conclude(self) -> None:
        self._look()
        # The kernel knows the most that a process held, its files included; what those were was seen at the last look.
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 - self._program_file_bytes
        self._publish(peak_bytes=max(self._figures.peak_bytes, most))

    def _hear_bell(self) -> None:
        try:
            os.eventfd_read(self._bell)
        except BlockingIOError:
            return  # it was something else that woke us

    def _stay_frozen(self) -> float | None:
        if self._figures.frozen:
            return None
        self._is_stopped = False  # ask again: somebody may have come to life between a fork and its first signal
        self._stop()
        before = self._figures.cpu_ns
        processes = self._look()
        # Who has just been stopped is counted a moment later: two looks that agree are the proof.
        if self._figures.cpu_ns != before or not all(process.is_stopped for process in processes):
            return _STOPPING_SECONDS
        self._publish(frozen=1)
        return None

    def _keep_going(self, orders: Orders) -> int:
        """Look if it is time, and stop or continue; return how long until the next time."""
        now = time.monotonic_ns()
        born = 0 if self._is_stopped else self._born()
        may_be_full = 0 < self._duties.processes <= self._threads + born
        if may_be_full and not self._is_stopped and now >= self._next_count:
            self._count(now)
        are_strangers = bool(orders.cpu_share) and born > max(_STRANGERS, self._processes // 4)
        if not self._is_stopped and (now >= self._next_look or are_strangers):
            self._look()
            now = time.monotonic_ns()
        until_look = max(0, self._next_look - now)
        if not orders.cpu_share:
            self._go_on()
            return until_look
        pause, work = self._budget.balance(orders.cpu_share, now, self._tree.cpu_ns(), self._processes, self._threads)
        if pause:
            if self._is_stopped and self._tree.cpu_ns() - self._spent_at_rest > _RESTLESS_NS:
                self._is_stopped = False  # somebody goes on all the same: once more
            self._stop()
            self._spent_at_rest = self._tree.cpu_ns()
            if not self._has_looked_at_rest and now + pause >= self._next_look:
                self._look()  # at rest, so that looking misses nothing and takes no time of theirs
                self._has_looked_at_rest = True
            return min(pause, LOOKING_NS)
        self._go_on()
        return min(until_look, work)

    def _stop(self) -> None:
        if not self._is_stopped:
            self._is_stopped = True
            self._has_looked_at_rest = False
            self._tree.signal(signal.SIGSTOP)

    def _go_on(self) -> None:
        if self._is_stopped:
            self._is_stopped = False
            self._tree.signal(signal.SIGCONT)

    def _born(self) -> int:
        """Return how many processes and threads were born since somebody looked or counted; numbers begin anew."""
        return (self._tree.newest() - self._newest) % _NUMBERS

    def _count(self, now: int) -> None:
        """Count everybody at rest: so many were born that the limit may have been reached."""
        self._stop()
        newest = self._tree.newest()
        self._publish(**self._counted(self._tree.threads(), newest))
        self._go_on()
        ended = time.monotonic_ns()
        self._next_count = ended + _COUNTS_PER_TIME * (ended - now)

    def _counted(self, threads: int, newest: int) -> dict[str, int]:
        """Take note of how many there are; return the figures that follow from it.

        At the limit some are refused and end, so whoever looks a moment later sees a few less than there may be. Where
        more were born than there was room for, nearly full means that somebody was refused.
        """
        limit = self._duties.processes
        is_full = threads >= limit or (self._threads + self._born() >= limit and threads >= _NEARLY * limit)
        self._threads, self._newest = threads, newest
        return {
            "most_processes": max(threads, self._figures.most_processes),
            "refused_forks": self._figures.refused_forks or int(is_full and limit > 0),
        }

    def _look(self) -> list[Process]:
        began = time.monotonic_ns()
        was_stopped = self._is_stopped
        if self._tree.count() > _CROWD:
            self._stop()  # among so many, process 1 would not get to look for seconds
        newest = self._tree.newest()
        processes = self._tree.look()
        self._processes = len(processes)
        for process in processes:
            if process.pid == self._figures.program:
                self._program_file_bytes = max(self._program_file_bytes, process.file_bytes)
        used = self._memory(processes)
        is_too_much = bool(self._duties.memory_bytes) and used > self._duties.memory_bytes
        self._publish(
            memory_bytes=used,
            peak_bytes=max(used, self._figures.peak_bytes),
            memory_kills=self._figures.memory_kills or int(is_too_much),
            descriptors=max((process.descriptors for process in processes), default=0),
            **self._counted(sum(process.threads for process in processes), newest),
        )
        if is_too_much or 0 < self._duties.processes < self._threads:  # the latter where the kernel refuses nobody
            self._tree.signal(signal.SIGKILL)
        if not was_stopped:
            self._go_on()
        ended = time.monotonic_ns()
        self._next_look = ended + max(LOOKING_NS - (ended - began), _LOOKS_PER_TIME * (ended - began))
        return processes

    def _memory(self, processes: list[Process]) -> int:
        """Return what all use together; exactly, if it could be a new peak, and several may share pages.

        With a crowd that takes long. Unless it is about life and death, what came since the last time is just added.
        """
        most = sum(process.own_bytes for process in processes)
        if len(processes) < 2 or most <= self._figures.peak_bytes:
            return most
        at_most = self._shared_once + max(0, most - self._summed)
        if len(processes) > _CROWD and at_most <= (self._duties.memory_bytes or at_most):
            return at_most
        self._shared_once, self._summed = self._tree.shared_once(processes), most
        return self._shared_once

    def _publish(self, **changes: int) -> None:
        program = clock_ns(self._figures.program) if self._figures.program else None
        self._figures = self._figures._replace(
            cpu_ns=self._tree.cpu_ns(), program_ns=program or self._figures.program_ns, **changes
        )
        self._scoreboard.figures = self._figures
