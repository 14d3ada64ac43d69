"""Time as an object, so that deadlines, expiries and schedules are seen without waiting for them.

Three times, never mixed:

* The *account's* time (``now``) is what people, policies and due dates go by. It can be advanced, and never put back.
* The *machine's* time (:func:`machine_time`) is what clients and functions see on their own clocks. What they wrote
  (the date of a signature) is held against it, and what they are to compare with theirs (a deadline) is written in it.
* *Monotonic* time is for what is measured. It is never advanced.

Theory of operation. Whoever waits for the account's time waits on the :class:`MovableClock`, in one of two ways:

* ``until(moment)`` keeps an *appointment*: an advance stops at it, so that what is due in between happens in its order
  and at its time (``advance.py``). Who has kept one must have said what follows from it (in its ``under_way``) before
  it awaits anything else.
* ``sleep(seconds)`` is a *pause* between two looks: an advance ends it and does not stop for it.

Both return at once when the moment has come, also because the clock was advanced. At least every
:data:`LONGEST_LOOK_SECONDS` the time is looked at anew, because a machine's time can be set, and a computer can sleep.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

LONGEST_LOOK_SECONDS = 30.0
FARTHEST = timedelta(days=36_600)
"""A clock is a century ahead at most: programs and formats break at the end of time."""


class Clock(Protocol):
    """What those ask of time who do not wait."""

    def now(self) -> datetime:
        """Return the account's time, in UTC."""

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""


def machine_time() -> datetime:
    """Return the time of this machine, in UTC."""
    return datetime.now(UTC)


class SystemClock:
    """The clock of this machine, for those who never wait."""

    def now(self) -> datetime:
        return machine_time()

    def monotonic(self) -> float:
        return time.monotonic()


def _forget(_: timedelta) -> None:
    """Keep nothing: such a clock is as far ahead as it was made, each time."""


class MovableClock:
    """The time of an account: the machine's, and as much more as it was advanced. Used on one event loop."""

    def __init__(
        self,
        ahead: timedelta = timedelta(0),
        *,
        keep: Callable[[timedelta], None] = _forget,
        source: Callable[[], datetime] = machine_time,
    ) -> None:
        """``keep`` writes down how far ahead the clock is, so that the next process goes on from there."""
        self._ahead = ahead
        self._keep = keep
        self._source = source
        self._moved = asyncio.Event()
        self._appointments: dict[object, datetime] = {}
        self._changed = asyncio.Event()

    @property
    def ahead(self) -> timedelta:
        """How far ahead of its source the clock is."""
        return self._ahead

    def now(self) -> datetime:
        return self._source() + self._ahead

    def monotonic(self) -> float:
        return time.monotonic()

    async def until(self, moment: datetime, or_event: asyncio.Event | None = None) -> None:
        """Keep an appointment: wait until a moment has come, or an event is set."""
        appointment = object()
        self._appointments[appointment] = moment
        try:
            await self._wait(moment, or_event)
        finally:
            del self._appointments[appointment]
            self._changed.set()

    async def sleep(self, seconds: float, or_event: asyncio.Event | None = None) -> None:
        """Make a pause, or a shorter one if an event is set."""
        await self._wait(self.now() + timedelta(seconds=seconds), or_event)

    def next_appointment(self) -> datetime | None:
        """Return the earliest moment that somebody waits for."""
        return min(self._appointments.values(), default=None)

    async def appointments_kept(self) -> None:
        """Wait until nobody whose moment has come is still waiting."""
        while (earliest := self.next_appointment()) is not None and earliest <= self.now():
            self._changed.clear()
            await self._changed.wait()

    def move(self, by: timedelta) -> None:
        """Advance the clock, and wake everybody who waits on it; it is durable before anybody sees it."""
        if by < timedelta(0):
            raise ValueError("a clock is never put back")
        self._keep(self._ahead + by)
        self._ahead += by
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def _wait(self, moment: datetime, or_event: asyncio.Event | None) -> None:
        while (left := (moment - self.now()).total_seconds()) > 0 and not (or_event and or_event.is_set()):
            events = [self._moved] if or_event is None else [self._moved, or_event]
            await _first_of(events, min(left, LONGEST_LOOK_SECONDS))


async def _first_of(events: list[asyncio.Event], seconds: float) -> None:
    async with asyncio.TaskGroup() as group:
        waits = [group.create_task(event.wait()) for event in events]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()


def iso_milliseconds(moment: datetime) -> str:
    """Write a moment the way Lambda's log lines do: ``2015-01-06T18:30:35.841Z``."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
