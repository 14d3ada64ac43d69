"""Time that can be advanced: who waits for it goes on at once, in the order in which he was due, and no earlier."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from runtime.clock import MovableClock
from tests.standing_clock import BEGINNING, StandingClock

HOUR = timedelta(hours=1)


async def turns() -> None:
    """Let everybody who can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_who_waits_goes_on_when_the_clock_has_been_advanced_far_enough_and_no_earlier() -> None:
    clock, seen = StandingClock(), []

    async def wait(hours: int) -> None:
        await clock.until(BEGINNING + hours * HOUR)
        seen.append(hours)

    async with asyncio.TaskGroup() as group:
        for hours in (3, 1, 2):
            group.create_task(wait(hours))
        await turns()
        clock.move(HOUR - timedelta(microseconds=1))
        await turns()
        assert seen == []
        clock.move(timedelta(microseconds=1))
        await turns()
        assert seen == [1]
        clock.move(24 * HOUR)

    assert sorted(seen) == [1, 2, 3]


@pytest.mark.parametrize("wait", ["until", "sleep"])
async def test_an_event_ends_a_wait_too(wait: str) -> None:
    clock, event = StandingClock(), asyncio.Event()
    waits: dict[str, Callable[[], asyncio.Future[None]]] = {
        "until": lambda: asyncio.ensure_future(clock.until(BEGINNING + HOUR, event)),
        "sleep": lambda: asyncio.ensure_future(clock.sleep(3600, event)),
    }
    waiting = waits[wait]()
    await turns()
    assert not waiting.done()

    event.set()

    await asyncio.wait_for(waiting, 10)


async def test_a_moment_that_is_past_is_not_waited_for() -> None:
    clock = StandingClock(ahead=HOUR)

    await asyncio.wait_for(clock.until(BEGINNING), 10)
    await asyncio.wait_for(clock.sleep(0), 10)


async def test_who_gives_up_waiting_has_no_appointment_any_more() -> None:
    clock = StandingClock()
    waiting = asyncio.ensure_future(clock.until(BEGINNING + HOUR))
    await turns()
    assert clock.next_appointment() == BEGINNING + HOUR

    waiting.cancel()
    await asyncio.wait([waiting])

    assert clock.next_appointment() is None


async def test_a_pause_is_no_appointment_and_is_ended_by_an_advance_all_the_same() -> None:
    clock = StandingClock()
    waiting = asyncio.ensure_future(clock.sleep(1))
    await turns()
    assert clock.next_appointment() is None

    clock.move(HOUR)

    await asyncio.wait_for(waiting, 10)


def test_how_far_it_is_ahead_is_kept_before_anybody_sees_it() -> None:
    kept: list[timedelta] = []

    def keep(ahead: timedelta) -> None:
        assert clock.now() == BEGINNING
        kept.append(ahead)

    clock = MovableClock(keep=keep, source=lambda: BEGINNING)
    clock.move(HOUR)

    assert kept == [HOUR]
    assert clock.now() == BEGINNING + HOUR


def test_it_stays_where_it_is_when_that_cannot_be_kept() -> None:
    def keep(_: timedelta) -> None:
        raise OSError("the disk is full")

    clock = MovableClock(keep=keep, source=lambda: BEGINNING)

    with pytest.raises(OSError, match="full"):
        clock.move(HOUR)

    assert clock.now() == BEGINNING


def test_it_is_never_put_back() -> None:
    with pytest.raises(ValueError, match="never put back"):
        StandingClock().move(-HOUR)


def test_what_is_measured_takes_no_notice_of_an_advance() -> None:
    clock = StandingClock()
    before = clock.monotonic()

    clock.move(timedelta(days=365))

    assert clock.monotonic() - before < 3600
