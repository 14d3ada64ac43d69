"""An accepted event is executed: in the background, bounded, after a restart too, and not again once it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from runtime.clock import SystemClock
from runtime.errors import PlatformError, ServiceError
from runtime.eventsources.asynchronous import CONCURRENCY, EventQueue
from runtime.generation import PREVIEW, TODAY
from runtime.invocation.invoker import Invoker
from runtime.invocation.outcome import Invocation, InvocationType
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.function import Function

HELLO = Function(
    name="hello",
    arn="arn:aws:lambda:us-east-1:123456789012:function:hello",
    generation=PREVIEW,
    runtime="nodejs",
    handler="index.handler",
    role="arn:aws:iam::123456789012:role/basic",
    memory_mib=128,
    timeout_seconds=3,
    description="",
    code_sha256="0" * 64,
    code_size=100,
    last_modified=SystemClock().now(),
    revision="8716646e-5066-4684-872e-f632b2e933cf",
)


class FakeInvoker:
    """Journals what it runs, as the real one does, and can be held back or made to fail."""

    def __init__(self, journal: Journal) -> None:
        self.invocations: list[Invocation] = []
        self.failures: dict[str, Exception] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.busy = asyncio.Event()
        self.running = self.most_at_once = 0
        self._journal = journal

    async def invoke(self, invocation: Invocation) -> None:
        self.invocations.append(invocation)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        if self.running == CONCURRENCY:
            self.busy.set()
        try:
            await self.gate.wait()
        finally:
            self.running -= 1
        if invocation.request_id in self.failures:
            raise self.failures[invocation.request_id]
        self._journal.append("invocation", {"request_id": invocation.request_id})

    @property
    def request_ids(self) -> list[str]:
        return [invocation.request_id for invocation in self.invocations]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.sqlite3", SystemClock())
    yield journal
    journal.close()


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    account = Account(tmp_path / "lab.sqlite3")
    account.put_function(HELLO)
    yield account
    account.close()


@pytest.fixture
async def invoker(journal: Journal) -> FakeInvoker:
    return FakeInvoker(journal)


def queue(account: Account, invoker: FakeInvoker, journal: Journal) -> EventQueue:
    return EventQueue(account=account, invoker=cast(Invoker, invoker), journal=journal)


def invocation(request_id: str, **changes: Any) -> Invocation:
    return replace(
        Invocation(HELLO, request_id, b'{"a": 1}', InvocationType.EVENT, "arn:aws:iam::123456789012:root"), **changes
    )


async def test_an_accepted_event_is_executed_in_the_background(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    sent = invocation("one", source="s3", client_context="{}")

    async with queue(account, invoker, journal) as events:
        await events.accept(sent)
        assert not invoker.invocations
        await events.idle()

    assert invoker.invocations == [sent]
    assert account.queued() == []


async def test_an_event_is_durable_when_it_is_accepted(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    invoker.gate.clear()

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))

        assert [event.request_id for event in account.queued()] == ["one"]


async def test_what_a_platform_left_undone_is_executed_by_the_next(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    invoker.gate.clear()
    async with queue(account, invoker, journal) as events:
        for number in range(CONCURRENCY + 1):
            await events.accept(invocation(f"{number}"))
        await asyncio.sleep(0)
    invoker.gate.set()
    invoker.invocations.clear()

    async with queue(account, invoker, journal) as events:
        await events.idle()

    assert invoker.request_ids == [f"{number}" for number in range(CONCURRENCY + 1)]
    assert account.queued() == []


async def test_an_event_whose_outcome_is_recorded_is_never_executed_again(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("done"))
    journal.append("invocation", {"request_id": "done"})
    invoker.invocations.clear()

    async with queue(account, invoker, journal) as events:
        await events.idle()

    assert not invoker.invocations
    assert account.queued() == []


async def test_only_so_many_events_are_executed_at_once(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    invoker.gate.clear()

    async with queue(account, invoker, journal) as events:
        for number in range(3 * CONCURRENCY):
            await events.accept(invocation(f"{number}"))
        await invoker.busy.wait()
        invoker.gate.set()
        await events.idle()

    assert invoker.most_at_once == CONCURRENCY
    assert len(invoker.invocations) == 3 * CONCURRENCY


async def test_an_event_meets_the_function_as_it_is_when_it_runs(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    changed = replace(HELLO, memory_mib=1024)

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        account.put_function(changed)
        await events.idle()

    assert [one.function for one in invoker.invocations] == [changed]


@pytest.mark.parametrize("other", [None, replace(HELLO, generation=TODAY)], ids=["deleted", "of the other API"])
async def test_an_event_whose_function_is_gone_is_dropped(
    account: Account, invoker: FakeInvoker, journal: Journal, other: Function | None
) -> None:
    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        account.delete_function("hello")
        if other is not None:
            account.put_function(other)
        await events.idle()

    assert not invoker.invocations
    assert account.queued() == []


async def test_an_event_of_an_account_that_was_emptied_meets_no_function_of_the_next(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        account.reset()
        account.put_function(HELLO)
        await events.idle()

    assert not invoker.invocations


async def test_a_worker_outlives_an_account_that_fails_it(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    async with queue(account, invoker, journal) as events:
        for number in range(CONCURRENCY):
            await events.accept(invocation(f"{number}"))
        account.close()
        await events.idle()

    faults = [entry.facts["message"] for entry in journal.entries() if entry.kind == "platform-error"]
    assert faults == ["ProgrammingError('Cannot operate on a closed database.')"] * CONCURRENCY


async def test_a_refused_invocation_is_the_end_of_its_event(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    invoker.failures["one"] = ServiceError("AccessDenied", "The role cannot be assumed.", 403)

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        await events.idle()

    assert account.queued() == []


async def test_a_fault_of_the_platform_is_journalled_and_the_event_is_tried_at_the_next_start(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    invoker.failures["one"] = PlatformError("no cgroups")

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        await events.accept(invocation("two"))
        await events.idle()

    faults = [entry.facts for entry in journal.entries() if entry.kind == "platform-error"]
    assert faults == [
        {"where": "asynchronous invocation one of hello", "message": "PlatformError('no cgroups')"},
    ]
    assert [event.request_id for event in account.queued()] == ["one"]
    assert invoker.request_ids == ["one", "two"]
