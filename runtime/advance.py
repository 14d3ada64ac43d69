"""Advance the clock of an account, and let everything happen that falls due on the way, at its time and in its order.

Theory of operation. The clock goes from appointment to appointment (``clock.py``). At each one those who waited for it
are let go on, and whatever follows from it is waited for before the clock goes to the next. So an event that fails is
tried again a minute later, and then two minutes later, although a whole day was advanced at once; and it always comes
out the same.

What takes real time (a function that runs) takes it here too. After :data:`PATIENCE_SECONDS` in all, nothing is waited
for any more: the clock goes to its end at once, and that is said (``is_settled``).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from runtime.clock import FARTHEST, MovableClock
from runtime.errors import ServiceError

PATIENCE_SECONDS = 120.0
LONGEST = timedelta(days=366)
TOO_FAR = (
    f"and can be at most {FARTHEST.days}. Give the runtime another --state directory to begin in the present again."
)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
HOW_TO_SAY = (
    "Say how far to advance the clock as a number and a unit, s, m, h or d: 90s, 5m, 24h, 1.5d. "
    "It goes forward only, and at most 366 days at once. "
)


class Working(Protocol):
    """A part of the platform that does in the background what has fallen due."""

    def under_way(self) -> Sequence[str]:
        """Name what is under way; nothing of it waits for the clock."""

    async def idle(self) -> None:
        """Wait until nothing is under way; other parts may have begun something by then."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """What an advance has done."""

    before: datetime
    after: datetime
    appointments: int
    """How many moments it stopped at."""
    is_settled: bool
    """Whether all that fell due was waited for."""


def duration(text: str) -> timedelta:
    """Read ``24h``; raise ``ServiceError`` for what is no duration that a clock can be advanced by."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,6})?)([smhd])", text.strip(), re.ASCII)
    if found is None:
        raise ServiceError("InvalidArgument", f"{HOW_TO_SAY}It was {text!r}.")
    by = timedelta(**{UNITS[found[2]]: float(found[1])})
    if not timedelta(0) < by <= LONGEST:
        raise ServiceError("InvalidArgument", f"{HOW_TO_SAY}It was {text!r}.")
    return by


class TimeMachine:
    """Advances one clock, one advance after another."""

    def __init__(
        self, clock: MovableClock, workers: Callable[[], Sequence[Working]], patience: float = PATIENCE_SECONDS
    ):
        self._clock = clock
        self._workers = workers
        self._patience = patience
        self._one_at_a_time = asyncio.Lock()

    @property
    def clock(self) -> MovableClock:
        """Return the clock."""
        return self._clock

    async def advance(self, by: timedelta) -> Advanced:
        """Advance the clock; return when what fell due on the way is over, or patience is."""
        async with self._one_at_a_time:
            if self._clock.ahead + by > FARTHEST:
                raise ServiceError("InvalidArgument", f"The clock is {self._clock.ahead.days} days ahead {TOO_FAR}")
            before = self._clock.now()
            end, ahead, appointments, is_settled = before + by, self._clock.ahead + by, 0, True
            try:
                async with asyncio.timeout(self._patience):
                    await self._settled()
                    while (stop := self._next_stop(end)) is not None:
                        self._go_to(stop)
                        appointments += 1
                        await self._settled()
                    self._clock.move(ahead - self._clock.ahead)
                    await self._settled()
            except TimeoutError:
                is_settled = False
                self._clock.move(ahead - self._clock.ahead)
            return Advanced(before, self._clock.now(), appointments, is_settled)

    def _next_stop(self, end: datetime) -> datetime | None:
        stop = self._clock.next_appointment()
        return stop if stop is not None and stop <= end else None

    def _go_to(self, moment: datetime) -> None:
        # Real time has passed as well, so the clock may be there already; then those who wait are woken by that.
        self._clock.move(max(moment - self._clock.now(), timedelta(0)))

    async def _settled(self) -> None:
        await self._clock.appointments_kept()
        while any(worker.under_way() for worker in self._workers()):
            for worker in self._workers():
                await worker.idle()
