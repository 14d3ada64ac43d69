from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.clock import SystemClock
from runtime.errors import ServiceError
from runtime.identity.principal import Credentials
from runtime.invocation.delivery import LARGEST_BATCH_EVENTS, LogDelivery
from runtime.invocation.logs import LogStream
from runtime.journal import Journal
from tests.handlers.laboratory import LogStore

CREDENTIALS = Credentials("ASIAEXAMPLE", "secret", "token")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.sqlite3", SystemClock())
    yield made
    made.close()


@pytest.fixture
def log() -> LogStream:
    return LogStream("/aws/lambda/f", "s", SystemClock())


async def deliver(delivery: LogDelivery) -> None:
    delivery.collect()
    await delivery.deliver()


async def test_the_group_and_the_stream_are_made_when_there_is_something_to_deliver(
    journal: Journal, log: LogStream
) -> None:
    store = LogStore()
    delivery = LogDelivery(store, journal, log, CREDENTIALS)

    await deliver(delivery)
    assert store.groups == set()

    log.line("hello")
    await deliver(delivery)
    log.line("again")
    await deliver(delivery)
    assert store.streams == {("/aws/lambda/f", "s"): ["hello\n", "again\n"]}


async def test_without_the_right_to_write_logs_there_are_none_and_nothing_else_happens(
    journal: Journal, log: LogStream
) -> None:
    log.line("hello")

    await deliver(LogDelivery(LogStore(refuses=True), journal, log, CREDENTIALS))

    assert journal.entries() == []


async def test_more_than_one_batch_is_delivered_in_order(journal: Journal, log: LogStream) -> None:
    store = LogStore()
    log.write(b"".join(b"%d\n" % number for number in range(LARGEST_BATCH_EVENTS + 5)))

    await deliver(LogDelivery(store, journal, log, CREDENTIALS))

    assert store.lines() == [f"{number}\n" for number in range(LARGEST_BATCH_EVENTS + 5)]


async def test_a_role_that_was_deleted_meanwhile_is_a_refusal_and_no_fault_of_the_platform(
    journal: Journal, log: LogStream
) -> None:
    class Unknown(LogStore):
        async def call(self, *_: object, **__: object) -> Mapping[str, Any]:
            raise ServiceError("UnrecognizedClientException", "The security token included in the request is invalid.")

    log.line("hello")

    await deliver(LogDelivery(Unknown(), journal, log, CREDENTIALS))

    assert journal.entries() == []


async def test_what_is_logged_after_collecting_is_not_delivered_with_what_was_before(
    journal: Journal, log: LogStream
) -> None:
    store = LogStore()
    delivery = LogDelivery(store, journal, log, CREDENTIALS)
    log.line("of this invocation")
    delivery.collect()

    log.line("of the next one")
    await delivery.deliver()

    assert store.lines() == ["of this invocation\n"]
    assert log.tail() == b"of the next one\n"
