"""The fake at the seam of time: a clock that stands until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from runtime.clock import MovableClock

BEGINNING = datetime(2014, 11, 13, 18, 30, 5, 103_000, UTC)


class StandingClock(MovableClock):
    """A clock over a machine whose time does not go on."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        super().__init__(ahead, source=lambda: BEGINNING)
