"""A CPU share as time that is earned and spent: how long a tree may work, and how long it has to pause.

A closed loop: what was spent too much makes the next pause longer, and what an oversleep left over is carried along,
for up to three periods. Knows neither processes nor signals; who asks it tells it what time it is and what was spent.
"""

from __future__ import annotations

PERIOD_NS = 20_000_000

_SMALLEST_QUOTA_NS = 1_000_000
_WAKING_NS = 20_000
"""What it takes a process to be stopped and continued, and more: of a thousand, each is to do something in between."""
_CARRIED_QUOTAS = 3
_SHORTEST_WAIT_NS = 200_000
_IDLE_WAIT_NS = 4_000_000
"""How late it may be noticed that a tree which has done nothing begins to work."""
_IDLE_SHARE = 0.05


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
