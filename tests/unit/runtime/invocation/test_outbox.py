"""Nobody waits for the delivery of a log but who wants to read it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import SystemClock
from runtime.identity.principal import Credentials
from runtime.invocation.delivery import LARGEST_BATCH_EVENTS, LogDelivery
from runtime.invocation.logs import LogStream
from runtime.invocation.outbox import Outbox
from runtime.journal import Journal
from tests.handlers.laboratory import LogStore


class SlowStore(LogStore):
    """Takes its time, counts how often it is given something, and says so."""

    def __init__(self) -> None:
        super().__init__()
        self.puts = 0
        self.has_put = asyncio.Event()

    async def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        api_version: str | None = None,
    ) -> Mapping[str, Any]:
        await asyncio.sleep(0.01)
        answer = await super().call(service, operation, parameters, credentials, api_version)
        if operation == "PutLogEvents":
            self.puts += 1
            self.has_put.set()
        return answer


@pytest.fixture
def store() -> SlowStore:
    return SlowStore()


@pytest.fixture
def log() -> LogStream:
    return LogStream("/aws/lambda/f", "s", SystemClock())


@pytest.fixture
def delivery(tmp_path: Path, store: SlowStore, log: LogStream) -> Iterator[LogDelivery]:
    journal = Journal(tmp_path / "journal.sqlite3", SystemClock())
    yield LogDelivery(store, journal, log, Credentials("ASIAEXAMPLE", "secret", "token"))
    journal.close()


async def test_posting_waits_for_nothing_and_whoever_asks_finds_every_line(
    store: SlowStore, log: LogStream, delivery: LogDelivery
) -> None:
    outbox = Outbox()
    log.line("hello")

    await outbox.post(delivery)
    assert store.lines() == []

    await outbox.settled()
    assert store.lines() == ["hello\n"]


async def test_a_log_that_nobody_asks_for_is_delivered_all_the_same(
    store: SlowStore, log: LogStream, delivery: LogDelivery
) -> None:
    log.line("hello")
    await Outbox().post(delivery)

    await asyncio.wait_for(store.has_put.wait(), 20)
    assert store.lines() == ["hello\n"]


async def test_what_is_posted_while_a_delivery_is_under_way_is_found_too_and_in_order(
    store: SlowStore, log: LogStream, delivery: LogDelivery
) -> None:
    outbox = Outbox()
    log.line("first")
    await outbox.post(delivery)
    asking = asyncio.ensure_future(outbox.settled())
    await asyncio.sleep(0.005)  # the first is on its way now
    log.line("second")
    await outbox.post(delivery)

    await outbox.settled()

    assert store.lines() == ["first\n", "second\n"]
    await asking


async def test_what_is_logged_in_quick_succession_goes_out_together(
    store: SlowStore, log: LogStream, delivery: LogDelivery
) -> None:
    outbox = Outbox(delay_seconds=60)
    for number in range(20):
        log.line(f"{number}")
        await outbox.post(delivery)

    await outbox.settled()

    assert store.puts == 1
    assert store.lines() == [f"{number}\n" for number in range(20)]


async def test_who_logs_more_than_a_batch_waits_until_it_is_delivered(
    store: SlowStore, log: LogStream, delivery: LogDelivery
) -> None:
    log.write(b"line\n" * (LARGEST_BATCH_EVENTS + 1))

    await Outbox().post(delivery)

    assert len(store.lines()) == LARGEST_BATCH_EVENTS + 1


async def test_there_is_nothing_to_wait_for_when_nothing_was_logged(delivery: LogDelivery) -> None:
    outbox = Outbox()

    await outbox.post(delivery)
    await outbox.settled()

    assert not delivery.has_collected
