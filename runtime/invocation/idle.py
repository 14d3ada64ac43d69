"""Environments that wait for their next invocation: kept frozen, taken again, let go.

An idle environment serves only the revision of the function for which it was made, and only while the session of
its execution role lasts for one more invocation. It is let go when it has waited for so long as was set, by the
account's time, or when there are more than :data:`MOST_IDLE` of them, the longest idle first. How long AWS keeps one is
not documented.
"""

from __future__ import annotations

import math
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.clock import Clock
from runtime.invocation.delivery import LogDelivery
from runtime.invocation.environment import ExecutionEnvironment
from runtime.invocation.logs import LogStream
from runtime.invocation.platform_lines import PlatformLines
from runtime.resources.function import Function

MOST_IDLE = 16


@dataclass(frozen=True, slots=True)
class Placed:
    """An environment with all that belongs to it."""

    function: Function
    environment: ExecutionEnvironment
    log: LogStream
    lines: PlatformLines
    delivery: LogDelivery
    session_expires: datetime | None

    def can_serve(self, function: Function, now: datetime) -> bool:
        """Say whether an invocation of the function may run here."""
        made_for, asked = self.function, function
        if (made_for.arn, made_for.version, made_for.revision) != (asked.arn, asked.version, asked.revision):
            return False
        latest_end = now + timedelta(seconds=function.timeout_seconds)
        return self.session_expires is None or latest_end < self.session_expires


class IdleEnvironments:
    """The frozen environments of all functions, the longest idle first."""

    def __init__(self, clock: Clock, idle_seconds: float) -> None:
        self._clock = clock
        self._longest = timedelta(seconds=idle_seconds)
        self._idle: list[tuple[datetime, Placed]] = []
        self._forgotten: Counter[str] = Counter()

    async def take(self, function: Function) -> Placed | None:
        """Return an environment that may serve the function now, the most recently used first; it is awake."""
        while (placed := self._pick(function)) is not None:
            if await _wakes(placed):
                return placed
        return None

    def _pick(self, function: Function) -> Placed | None:
        now = self._clock.now()
        for index in range(len(self._idle) - 1, -1, -1):
            if self._idle[index][1].can_serve(function, now):
                return self._idle.pop(index)[1]
        return None

    def times_forgotten(self, function_name: str) -> int:
        """Return how often a function was changed or deleted: whoever keeps an environment says what it was before."""
        return self._forgotten[function_name]

    async def keep(self, placed: Placed, times_forgotten: int) -> None:
        """Put an environment by for a later invocation, and let go of those that are too many.

        One whose function was changed or deleted while it ran is let go at once: it would serve nobody any more.
        """
        if times_forgotten != self._forgotten[placed.function.name]:
            await placed.environment.close()
            return
        self._idle.append((self._clock.now(), placed))
        await self._let_go(len(self._idle) - MOST_IDLE)
        await self.let_go_of_stale()

    async def let_go_of_stale(self) -> None:
        """Let go of those that have waited too long."""
        latest = self._clock.now() - self._longest
        await self._let_go([since <= latest for since, _ in self._idle].count(True))

    def seconds_until_stale(self) -> float:
        """Return when the next of those that are idle now will have waited too long."""
        latest = self._clock.now() - self._longest
        return max(0.0, (self._idle[0][0] - latest).total_seconds()) if self._idle else math.inf

    async def let_go_of_longest(self, function_name: str | None = None) -> bool:
        """Let go of the longest idle environment, of a function if one is named; say whether there was one."""
        for index, (_, placed) in enumerate(self._idle):
            if function_name in (None, placed.function.name):
                del self._idle[index]
                await placed.environment.close()
                return True
        return False

    def idle_seconds(self, placed: Placed) -> float | None:
        """Return how long an environment has been idle; ``None`` if it is not."""
        since = next((since for since, idle in self._idle if idle is placed), None)
        return None if since is None else (self._clock.now() - since).total_seconds()

    async def _let_go(self, number: int) -> None:
        gone, self._idle = self._idle[: max(number, 0)], self._idle[max(number, 0) :]
        await _close(gone)

    async def forget(self, function_name: str) -> None:
        """Let go of a function's environments."""
        self._forgotten[function_name] += 1
        gone = [entry for entry in self._idle if entry[1].function.name == function_name]
        self._idle = [entry for entry in self._idle if entry[1].function.name != function_name]
        await _close(gone)

    async def close(self) -> None:
        """Let go of all."""
        gone, self._idle = self._idle, []
        await _close(gone)


async def _wakes(placed: Placed) -> bool:
    is_awake = False
    try:
        is_awake = await placed.environment.wake()
    finally:
        if not is_awake:
            await placed.environment.close()  # nobody else knows of it any more
    return is_awake


async def _close(gone: list[tuple[datetime, Placed]]) -> None:
    async with AsyncExitStack() as leaving:  # one that does not end must not keep the others
        for _, placed in gone:
            leaving.push_async_callback(placed.environment.close)
