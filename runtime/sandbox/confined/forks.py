"""How many processes and threads there are, counted when one more is asked for, where the kernel does not do it.

``RLIMIT_NPROC`` counts a user's processes on the whole machine, so it says nothing of a sandbox that shares its user.
But there every ``clone`` waits for the guardian's verdict (``verdicts.py``): what was allowed is added up, and when
that might be too much, those who live are counted. A process that has been allowed a child which cannot be seen yet
counts for two, until it asks for the next one or a moment has passed.

Where there are no verdicts, :func:`tasks_of_user` finds out what the kernel counts already, for a limit above that.
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH208
import os
import resource
import time

from runtime.sandbox.tree import Family

CALLS = {"clone": 56, "fork": 57, "vfork": 58}
"""``clone3`` is not among them: it does not exist in a sandbox."""

_MORE_THAN_ANYBODY = 1 << 20
_MOMENT_SECONDS = 0.2
_BETWEEN_COUNTS_SECONDS = 0.02


class Forks:
    """Decides whether there may be one process or thread more."""

    def __init__(self, most: int, family: Family) -> None:
        self._most = most
        self._family = family
        self._supposed = 1
        self._counted_at = 0.0
        self._under_way: dict[int, float] = {}

    def allows(self, thread: int) -> bool:
        """Judge the wish of a thread to start another."""
        now = time.monotonic()
        self._under_way.pop(thread, None)  # who asks again has what he was allowed before
        if self._supposed >= self._most:
            if now - self._counted_at < _BETWEEN_COUNTS_SECONDS:
                return False
            self._count(now)
        if self._supposed >= self._most:
            return False
        self._under_way[thread] = now
        self._supposed += 1
        return True

    def _count(self, now: float) -> None:
        recent = {thread: at for thread, at in self._under_way.items() if now - at < _MOMENT_SECONDS}
        self._under_way = recent
        self._supposed = sum(map(_threads, self._family.pids())) + len(recent)
        self._counted_at = time.monotonic()


def tasks_of_user() -> int:
    """Find out how many processes and threads the kernel counts for this user, in containers that we do not see too."""
    before, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    refused, allowed = 0, _MORE_THAN_ANYBODY if hard == resource.RLIM_INFINITY else hard
    while allowed - refused > 1:
        tried = (allowed + refused) // 2
        resource.setrlimit(resource.RLIMIT_NPROC, (tried, hard))
        refused, allowed = (refused, tried) if _can_fork() else (tried, allowed)
    resource.setrlimit(resource.RLIMIT_NPROC, (before, hard))
    return allowed - 1


def _can_fork() -> bool:
    try:
        child = os.fork()
    except BlockingIOError:
        return False
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True


def _threads(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except (FileNotFoundError, ProcessLookupError):
        return 0
