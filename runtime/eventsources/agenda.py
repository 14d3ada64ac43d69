"""What is to be done, and when: events in the order in which they fall due.

The due times are wall time, so that they mean the same after a restart. Who waits looks at the clock once in a while,
because wall time can be set, and a computer can sleep.
"""

from __future__ import annotations

import asyncio
import heapq
from contextlib import suppress
from datetime import datetime

from runtime.clock import Clock
from runtime.resources.event import QueuedEvent


class Agenda:
    """Events that are due later."""

    def __init__(self, clock: Clock, longest_look_seconds: float) -> None:
        self._clock = clock
        self._longest_look_seconds = longest_look_seconds
        self._events: list[tuple[datetime, int, QueuedEvent]] = []
        self._added = asyncio.Event()
        self._number = 0

    def add(self, event: QueuedEvent, due: datetime) -> None:
        """Put an event down; of two that are due at once the first one put down comes first."""
        self._number += 1
        heapq.heappush(self._events, (due, self._number, event))
        self._added.set()

    async def next(self) -> QueuedEvent:
        """Wait until an event is due, and take it off."""
        while (pause := self._pause()) > 0:
            self._added.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._added.wait()
        return heapq.heappop(self._events)[2]

    def _pause(self) -> float:
        if not self._events:
            return self._longest_look_seconds
        return min((self._events[0][0] - self._clock.now()).total_seconds(), self._longest_look_seconds)
