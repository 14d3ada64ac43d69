"""What process 1 does for limits that no cgroup keeps on this host: count, stop and continue, and kill.

*Theory of operation.* Process 1 looks at its tree every 20 ms, or less often where a look takes long, and writes
what it saw on the scoreboard, where the runtime reads it. Each duty is emulated in its own way:

* memory: when the tree uses more than it may, all of it is killed, as the kernel's out-of-memory killer would;
* CPU share: time is earned at the rate of the share and spent by the tree. When none is left everything is stopped
  until one period's worth has been earned. It is a closed loop: what was spent too much makes the next pause longer,
  and what an oversleep left over is carried along. Nobody is stopped who does not use what is there;
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

from runtime.sandbox.recipe import Duties
from runtime.sandbox.scoreboard import Figures, Orders, Scoreboard
from runtime.sandbox.tree import Process, Tree, clock_ns

LOOKING_NS = 20_000_000
PERIOD_NS = 20_000_000

_SMALLEST_QUOTA_NS = 1_000_000
_WAKING_NS = 20_000
"""What it takes a process to be stopped and continued, and more: of a thousand, each is to do something in between."""
_CROWD = 32
_RESTLESS_NS = 2_000_000
_CARRIED_QUOTAS = 3
_SHORTEST_WAIT_NS = 200_000
_IDLE_WAIT_NS = 4_000_000
"""How late it may be noticed that a tree which has done nothing begins to work."""
_IDLE_SHARE = 0.05
_STOPPING_SECONDS = 0.001
_LOOKS_PER_TIME = 9
"""A look that takes long (a thousand processes) is followed by a pause that is so many times as long."""


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

    def __init__(self, duties: Duties, processes: int, scoreboard: int, bell: int) -> None:
        self.descriptors = (bell,)
        self._bell = bell
        self._duties = duties
        self._scoreboard = Scoreboard(scoreboard)
        self._tree = Tree(processes)
        self._budget = Budget(len(os.sched_getaffinity(0)))
        self._figures = Figures()
        self._program_file_bytes = 0
        self._processes = self._threads = 1
        self._next_look = 0
        self._is_stopped = False
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
        if not self._is_stopped and now >= self._next_look:
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
            if now + pause >= self._next_look or 0 < self._duties.processes <= self._tree.count():
                self._look()  # at rest, so that looking misses nothing and takes no time of theirs
            return min(pause, LOOKING_NS)
        self._go_on()
        return min(until_look, work)

    def _stop(self) -> None:
        if not self._is_stopped:
            self._is_stopped = True
            self._tree.signal(signal.SIGSTOP)

    def _go_on(self) -> None:
        if self._is_stopped:
            self._is_stopped = False
            self._tree.signal(signal.SIGCONT)

    def _look(self) -> list[Process]:
        began = time.monotonic_ns()
        was_stopped = self._is_stopped
        if self._tree.count() > _CROWD:
            self._stop()  # among so many, process 1 would not get to look for seconds
        processes = self._tree.look()
        self._processes, self._threads = len(processes), sum(process.threads for process in processes)
        for process in processes:
            if process.pid == self._figures.program:
                self._program_file_bytes = max(self._program_file_bytes, process.file_bytes)
        used = self._memory(processes)
        is_too_much = bool(self._duties.memory_bytes) and used > self._duties.memory_bytes
        self._publish(
            memory_bytes=used,
            peak_bytes=max(used, self._figures.peak_bytes),
            memory_kills=self._figures.memory_kills or int(is_too_much),
            most_processes=max(self._threads, self._figures.most_processes),
            descriptors=max((process.descriptors for process in processes), default=0),
        )
        if is_too_much:
            self._tree.signal(signal.SIGKILL)
        if not was_stopped:
            self._go_on()
        ended = time.monotonic_ns()
        self._next_look = ended + max(LOOKING_NS - (ended - began), _LOOKS_PER_TIME * (ended - began))
        return processes

    def _memory(self, processes: list[Process]) -> int:
        """Return what all use together; exactly, if it could be a new peak, and several may share pages."""
        most = sum(process.own_bytes for process in processes)
        if len(processes) < 2 or most <= self._figures.peak_bytes:
            return most
        return self._tree.shared_once(processes)

    def _publish(self, **changes: int) -> None:
        program = clock_ns(self._figures.program) if self._figures.program else None
        self._figures = self._figures._replace(
            cpu_ns=self._tree.cpu_ns(), program_ns=program or self._figures.program_ns, **changes
        )
        self._scoreboard.figures = self._figures


class Budget:
    """CPU time that is earned at a rate and spent by a tree; all in nanoseconds."""

    def __init__(self, processors: int) -> None:
        self._processors = processors
        self._share = 0.0
        self._saved = 0.0
        self._at = 0
        self._spent = 0
        self._is_pausing = False

    def balance(self, share: float, now: int, spent: int, processes: int, threads: int) -> tuple[int, int]:
        """Return how long to pause, or else how long to work before asking again; one of them is 0."""
        period = max(PERIOD_NS, _SMALLEST_QUOTA_NS / share, processes * _WAKING_NS / share)
        quota = share * period
        if share != self._share:
            self._share, self._saved, self._at, self._spent = share, quota, now, spent
            self._is_pausing = False
        elapsed, used = now - self._at, spent - self._spent
        self._saved = min(self._saved + share * elapsed, _CARRIED_QUOTAS * quota) - used
        self._at, self._spent = now, spent
        self._is_pausing = self._saved <= 0 or (self._is_pausing and self._saved < quota)
        if self._is_pausing:
            return max(_SHORTEST_WAIT_NS, int((quota - self._saved) / share)), 0
        work = int(self._saved / max(1, min(self._processors, threads)))
        is_idle = used < _IDLE_SHARE * elapsed
        return 0, max(_IDLE_WAIT_NS if is_idle else _SHORTEST_WAIT_NS, work)
