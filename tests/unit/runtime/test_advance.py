"""An advance lets everything happen that falls due on the way: at its time, in its order, with all that follows."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from runtime.advance import TimeMachine, duration
from runtime.errors import ServiceError
from tests.standing_clock import BEGINNING, StandingClock

MINUTE = timedelta(minutes=1)


class Patient:
    """Does something at a moment, for which it needs some turns; and again, as much later, while there are more."""

    def __init__(self, clock: StandingClock, pauses: list[timedelta]) -> None:
        self.done: list[datetime] = []
        self._clock = clock
        self._pauses = pauses
        self._busy: list[str] = []
        self._over = asyncio.Event()
        self.hangs = False

    def under_way(self) -> list[str]:
        return self._busy

    async def idle(self) -> None:
        while self._busy:
            self._over.clear()
            await self._over.wait()

    async def live(self) -> None:
        for pause in self._pauses:
            await self._clock.until(self._clock.now() + pause)
            self._busy.append("it")
            for _ in range(50):
                await asyncio.sleep(0)
            if self.hangs:
                await asyncio.Event().wait()
            self.done.append(self._clock.now())
            self._busy.pop()
            self._over.set()


async def test_what_is_due_after_what_was_due_happens_too_each_at_its_own_time() -> None:
    """Without stops the second would be due a whole day after the first."""
    clock = StandingClock()
    patient = Patient(clock, [MINUTE, 2 * MINUTE])
    life = asyncio.ensure_future(patient.live())
    await asyncio.sleep(0)

    done = await TimeMachine(clock, lambda: [patient]).advance(timedelta(days=1))

    assert patient.done == [BEGINNING + MINUTE, BEGINNING + 3 * MINUTE]
    assert (done.before, done.after) == (BEGINNING, BEGINNING + timedelta(days=1))
    assert (done.appointments, done.is_settled) == (2, True)
    await life


async def test_what_is_due_later_than_the_end_does_not_happen() -> None:
    clock = StandingClock()
    patient = Patient(clock, [MINUTE, 2 * MINUTE])
    life = asyncio.ensure_future(patient.live())
    await asyncio.sleep(0)

    await TimeMachine(clock, lambda: [patient]).advance(3 * MINUTE - timedelta(microseconds=1))

    assert patient.done == [BEGINNING + MINUTE]
    life.cancel()


async def test_what_takes_too_long_is_not_waited_for_and_that_is_said() -> None:
    clock = StandingClock()
    patient = Patient(clock, [MINUTE])
    patient.hangs = True
    life = asyncio.ensure_future(patient.live())
    await asyncio.sleep(0)

    done = await TimeMachine(clock, lambda: [patient], patience=0.05).advance(timedelta(hours=1))

    assert not done.is_settled
    assert clock.now() == BEGINNING + timedelta(hours=1)
    life.cancel()


async def test_two_advances_at_once_add_up() -> None:
    clock = StandingClock()
    machine = TimeMachine(clock, list)

    await asyncio.gather(machine.advance(MINUTE), machine.advance(MINUTE))

    assert clock.now() == BEGINNING + 2 * MINUTE


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("24h", 86_400), ("1.5d", 129_600), (" 1h ", 3600), ("366d", 31_622_400)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "24", "h", "-1h", "0s", "0.0000001s", "367d", "999999999d", "1h30m", "\u0661h", "1e3s", "nan"]
)
def test_what_is_none_is_refused_with_the_way_to_say_it(text: str) -> None:
    with pytest.raises(ServiceError, match="a number and a unit") as refused:
        duration(text)

    assert refused.value.code == "InvalidArgument"


async def test_nobody_gets_to_the_end_of_time() -> None:
    clock = StandingClock(ahead=timedelta(days=36_500))

    with pytest.raises(ServiceError, match="36500 days ahead and can be at most 36600"):
        await TimeMachine(clock, list).advance(timedelta(days=101))

    assert clock.ahead == timedelta(days=36_500)
