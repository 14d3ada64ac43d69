"""Deliveries are made at least once, whatever happens to the platform in the meantime, and never in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import PlatformError, ServiceError
from runtime.eventsources.deliveries import GIVEN_UP, WORKERS, Deliveries
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.delivery import Delivery
from runtime.timeline import Step
from tests.standing_clock import BEGINNING, StandingClock

THROTTLED = ServiceError("TooManyRequestsException", "Rate Exceeded.", 429)
GONE = ServiceError("ResourceNotFoundException", "Function not found", 404)


def delivery(identifier: str) -> Delivery:
    return Delivery(identifier, "test", "hello", BEGINNING, Step("1-0-0", f"span of {identifier}", None), {"to": "you"})


class TestCarrier:
    """Makes deliveries, or does not."""

    name = "test"
    __test__ = False

    def __init__(self) -> None:
        self.carried: list[str] = []
        self.errors: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.is_busy = asyncio.Event()

    async def carry(self, delivery: Delivery) -> None:
        self.is_busy.set()
        await self.gate.wait()
        self.carried.append(delivery.id)
        if self.errors:
            raise self.errors.pop(0)

    def entry(self, delivery: Delivery) -> tuple[str, Mapping[str, Any]]:
        return "delivery", {"id": delivery.id}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def journal(tmp_path: Path, clock: StandingClock) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite3", clock)
    yield journal
    journal.close()


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    account = Account(tmp_path / "lab.sqlite3")
    yield account
    account.close()


@pytest.fixture
def carrier() -> TestCarrier:
    return TestCarrier()


@pytest.fixture
def deliveries(account: Account, journal: Journal, clock: StandingClock, carrier: TestCarrier) -> Deliveries:
    return Deliveries(account=account, journal=journal, clock=clock, carriers=[carrier])


def said(journal: Journal) -> list[tuple[str, str, str]]:
    return [
        (entry.facts["id"], entry.facts["status"], entry.facts["message"])
        for entry in journal.entries()
        if entry.kind == "delivery"
    ]


async def until_carried(carrier: TestCarrier, times: int) -> None:
    async with asyncio.timeout(10):
        while len(carrier.carried) < times:  # noqa: ASYNC110 - the carrier says nothing
            await asyncio.sleep(0.001)


async def test_what_is_made_is_journalled_at_its_place_on_the_way_and_gone(
    deliveries: Deliveries, account: Account, journal: Journal
) -> None:
    account.outgoing.put([delivery("one")])

    async with deliveries:
        await deliveries.idle()

    (entry,) = journal.entries()
    assert entry.facts == {
        "id": "one",
        "status": "accepted",
        "message": "",
        "trace_id": "1-0-0",
        "span": "span of one",
        "parent": None,
    }
    assert account.outgoing.all() == []


async def test_a_refusal_is_the_end_of_it(
    deliveries: Deliveries, account: Account, journal: Journal, carrier: TestCarrier
) -> None:
    carrier.errors = [GONE]
    account.outgoing.put([delivery("one")])

    async with deliveries:
        await deliveries.idle()

    assert said(journal) == [("one", "refused", "Function not found")]
    assert account.outgoing.all() == []


@pytest.mark.parametrize("error", [THROTTLED, ServiceError("ServiceException", "Ours", 500), PlatformError("no disk")])
async def test_a_throttle_or_a_fault_of_the_platform_is_tried_again_after_growing_pauses(
    deliveries: Deliveries,
    account: Account,
    journal: Journal,
    carrier: TestCarrier,
    clock: StandingClock,
    error: Exception,
) -> None:
    carrier.errors = [error] * 3
    account.outgoing.put([delivery("one")])

    async with deliveries:
        await deliveries.idle()
        for times, pause in enumerate((1, 2, 4), start=1):
            clock.move(timedelta(seconds=pause - 0.001))
            await asyncio.sleep(0.01)
            assert len(carrier.carried) == times
            assert [each.id for each in account.outgoing.all()] == ["one"]
            clock.move(timedelta(seconds=0.001))
            await until_carried(carrier, times + 1)
        await deliveries.idle()

    assert said(journal) == [("one", "accepted", "")]


@pytest.mark.parametrize(
    ("error", "message"),
    [(THROTTLED, "Rate Exceeded."), (PlatformError("no disk"), GIVEN_UP), (KeyError("x"), GIVEN_UP)],
)
async def test_what_cannot_be_made_for_a_day_is_given_up(
    deliveries: Deliveries,
    account: Account,
    journal: Journal,
    carrier: TestCarrier,
    clock: StandingClock,
    error: Exception,
    message: str,
) -> None:
    carrier.errors = [error] * 2
    account.outgoing.put([delivery("one")])

    async with deliveries:
        await deliveries.idle()
        clock.move(timedelta(days=1))
        await until_carried(carrier, 2)
        await deliveries.idle()

    assert said(journal) == [("one", "refused", message)]
    assert account.outgoing.all() == []


async def test_what_is_under_way_when_the_platform_stops_is_brought_to_its_end_and_the_rest_is_for_the_next(
    deliveries: Deliveries, account: Account, carrier: TestCarrier
) -> None:
    carrier.gate.clear()
    account.outgoing.put([delivery(f"{number}") for number in range(WORKERS + 5)])

    async with asyncio.TaskGroup() as group, deliveries:
        await carrier.is_busy.wait()
        group.create_task(opened_soon(carrier.gate))

    assert len(carrier.carried) == WORKERS
    assert len(account.outgoing.all()) == 5


async def opened_soon(gate: asyncio.Event) -> None:
    await asyncio.sleep(0.01)
    gate.set()


async def test_what_belongs_to_an_account_that_was_emptied_is_not_made(
    deliveries: Deliveries, account: Account, journal: Journal, carrier: TestCarrier
) -> None:
    account.outgoing.put([delivery("one")])

    async with deliveries:
        account.reset()
        await deliveries.idle()

    assert carrier.carried == []
    assert journal.entries() == []


async def test_what_is_begun_before_the_workers_are_there_is_made_once(
    deliveries: Deliveries, account: Account, carrier: TestCarrier
) -> None:
    account.outgoing.put([delivery("one")])
    deliveries.begin(delivery("one"))

    async with deliveries:
        await deliveries.idle()

    assert carrier.carried == ["one"]


async def test_what_waits_for_another_time_is_not_under_way(
    deliveries: Deliveries, account: Account, carrier: TestCarrier
) -> None:
    carrier.errors = [THROTTLED]
    account.outgoing.put([delivery("one")])

    async with deliveries:
        assert deliveries.under_way() == ["hello"]
        await deliveries.idle()
        assert deliveries.under_way() == []
