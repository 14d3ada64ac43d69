"""What is to be done, and when: events in the order in which they fall due.

The due times are the account's time, so that they mean the same after a restart, and an advance of the clock makes them
come.
"""

from __future__ import annotations

import asyncio
import heapq
from datetime import datetime
from typing import Generic, TypeVar

from runtime.clock import MovableClock

Item = TypeVar("Item")


class Agenda(Generic[Item]):
    """Events, or whatever else, that are due later."""

    def __init__(self, clock: MovableClock) -> None:
        self._clock = clock
        self._events: list[tuple[datetime, int, Item]] = []
        self._added = asyncio.Event()
        self._number = 0

    def add(self, event: Item, due: datetime) -> None:
        """Put an event down; of two that are due at once the first one put down comes first."""
        self._number += 1
        heapq.heappush(self._events, (due, self._number, event))
        self._added.set()

    async def next(self) -> Item:
        """Wait until an event is due, and take it off; its due time is an appointment."""
        while not self._events or self._events[0][0] > self._clock.now():
            self._added.clear()
            if self._events:
                await self._clock.until(self._events[0][0], self._added)
            else:
                await self._added.wait()
        return heapq.heappop(self._events)[2]
