"""An accepted event is executed: in the background, bounded, after a restart too, again if it fails, and not again once
it has succeeded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from runtime.clock import SystemClock
from runtime.errors import PlatformError, ServiceError
from runtime.eventsources.asynchronous import CONCURRENCY, EventQueue
from runtime.eventsources.records import Records
from runtime.generation import PREVIEW, TODAY
from runtime.invocation.invoker import Invoker
from runtime.invocation.outcome import Invocation, InvocationType, Outcome, Report, Status
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.attachments import Kind
from runtime.resources.delivery import Delivery
from runtime.resources.function import Function
from tests.standing_clock import StandingClock

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


REPORT = Report(
    sandbox="0123456789ab",
    is_cold=True,
    log_group="/aws/lambda/hello",
    log_stream="stream",
    init_ms=0.0,
    duration_ms=1.0,
    billed_ms=1,
    cpu_ms=1.0,
    peak_memory_bytes=2**20,
    cost_usd=0.0,
)


class FakeInvoker:
    """Journals what it runs, as the real one does, and can be held back or made to fail."""

    def __init__(self, journal: Journal) -> None:
        self.invocations: list[Invocation] = []
        self.failures: dict[str, Exception] = {}
        self.statuses: dict[str, Status] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.busy = asyncio.Event()
        self.running = self.most_at_once = 0
        self._journal = journal

    async def invoke(self, invocation: Invocation) -> Outcome:
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
        status = self.statuses.get(invocation.request_id, Status.SUCCEEDED)
        self._journal.append("invocation", {"request_id": invocation.request_id, "status": status.value})
        return Outcome(status, b"null", None, REPORT, b"")

    @property
    def request_ids(self) -> list[str]:
        return [invocation.request_id for invocation in self.invocations]


class NobodyIsTold:
    """Records of functions that have no destinations."""

    def wants_success(self, *_: object) -> bool:
        return False

    def of(self, *_: object) -> list[Delivery]:
        return []


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
    account.put_function(HELLO)
    yield account
    account.close()


@pytest.fixture
async def invoker(journal: Journal) -> FakeInvoker:
    return FakeInvoker(journal)


def queue(account: Account, invoker: FakeInvoker, journal: Journal) -> EventQueue:
    clock = cast(StandingClock, journal._clock)
    return EventQueue(
        account=account,
        invoker=cast(Invoker, invoker),
        journal=journal,
        clock=clock,
        records=cast(Records, NobodyIsTold()),
        tell=lambda _: None,
    )


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - what is waited for is in the account or the invoker, and says nothing
            await asyncio.sleep(0.002)


async def attempts(invoker: FakeInvoker, number: int) -> None:
    """Wait until there were so many attempts, and each has ended."""
    await until(lambda: len(invoker.invocations) >= number and not invoker.running)


async def stays(invoker: FakeInvoker, number: int) -> None:
    """Give the queue time to do too much."""
    await asyncio.sleep(0.03)
    assert len(invoker.invocations) == number


def decisions(journal: Journal) -> list[tuple[str, str, int]]:
    """Return what was decided on events, why, and after how many attempts."""
    events = [entry.facts for entry in journal.entries() if entry.kind == "event"]
    return [(facts["decision"], facts["condition"], facts["attempts"]) for facts in events]


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


async def test_an_event_whose_acceptance_cannot_be_journalled_is_not_accepted(
    account: Account, invoker: FakeInvoker, journal: Journal
) -> None:
    async with queue(account, invoker, journal) as events:
        journal._connection.execute("ALTER TABLE entries RENAME TO elsewhere")
        with pytest.raises(PlatformError):
            await events.accept(invocation("one"))
        journal._connection.execute("ALTER TABLE elsewhere RENAME TO entries")
        await events.idle()

    assert account.queued() == []
    assert not invoker.invocations


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
    journal.append("invocation", {"request_id": "done", "status": "Succeeded"})
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
    assert decisions(journal) == [("gave up", "FunctionGone", 0)]


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


async def test_a_fault_of_the_platform_is_journalled_and_the_event_is_tried_with_growing_pauses(
    account: Account, invoker: FakeInvoker, journal: Journal, clock: StandingClock
) -> None:
    invoker.failures["one"] = PlatformError("no cgroups")

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        await events.accept(invocation("two"))
        await events.idle()
        for pause in (1, 2, 4):
            before = len(invoker.invocations)
            clock.move(timedelta(seconds=pause - 0.001))
            await stays(invoker, before)
            clock.move(timedelta(seconds=0.001))
            await attempts(invoker, before + 1)
        assert [event.request_id for event in account.queued()] == ["one"]
        del invoker.failures["one"]
        clock.move(timedelta(seconds=8))
        await attempts(invoker, 6)

    faults = [entry.facts for entry in journal.entries() if entry.kind == "platform-error"]
    assert [(fault["where"], fault["message"]) for fault in faults] == 4 * [
        ("asynchronous invocation one of hello", "PlatformError('no cgroups')"),
    ]
    assert account.queued() == []
    assert invoker.request_ids == ["one", "two", "one", "one", "one", "one"]


async def test_a_throttled_event_is_tried_again_and_that_is_no_attempt(
    account: Account, invoker: FakeInvoker, journal: Journal, clock: StandingClock
) -> None:
    """Facts E3: Event invokes are accepted with 202 all the same and queued."""
    invoker.failures["one"] = ServiceError("TooManyRequestsException", "Rate Exceeded.", 429)

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        await events.idle()
        del invoker.failures["one"]
        clock.move(timedelta(seconds=1))
        await attempts(invoker, 2)

    assert decisions(journal) == [("retry", "Throttled", 0)]
    assert account.queued() == []


async def test_a_failed_event_of_the_preview_is_tried_once(
    account: Account, invoker: FakeInvoker, journal: Journal, clock: StandingClock
) -> None:
    """Facts J2: number and spacing of the preview's retries are not known, so they are not invented."""
    invoker.statuses["one"] = Status.FAILED

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        await events.idle()
        clock.move(timedelta(seconds=86_400))
        await stays(invoker, 1)

    assert account.queued() == []
    assert decisions(journal) == [("gave up", "RetriesExhausted", 1)]


@pytest.fixture
def of_today(account: Account) -> Function:
    function = replace(HELLO, name="now", generation=TODAY)
    account.put_function(function)
    return function


async def test_a_failed_event_of_today_is_tried_three_times_with_one_and_two_minutes_between_under_one_request_id(
    account: Account, invoker: FakeInvoker, journal: Journal, clock: StandingClock, of_today: Function
) -> None:
    """Facts G1; AWS-088 and AWS-090: the request id is the same on every attempt; AWS-134: three attempts in all."""
    invoker.statuses["one"] = Status.TIMED_OUT

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one", function=of_today))
        await events.idle()
        for number, pause in enumerate((60, 120), 1):
            assert events.under_way() == []
            clock.move(timedelta(seconds=pause - 1))
            await stays(invoker, number)
            clock.move(timedelta(seconds=1))
            await attempts(invoker, number + 1)
        await events.idle()
        clock.move(timedelta(seconds=86_400))
        await stays(invoker, 3)

    assert invoker.request_ids == ["one", "one", "one"]
    assert decisions(journal) == [
        ("retry", "FunctionFailed", 1),
        ("retry", "FunctionFailed", 2),
        ("gave up", "RetriesExhausted", 3),
    ]
    assert account.queued() == []


async def test_an_event_that_succeeds_at_last_is_not_tried_again(
    account: Account, invoker: FakeInvoker, journal: Journal, clock: StandingClock, of_today: Function
) -> None:
    invoker.statuses["one"] = Status.FAILED

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one", function=of_today))
        await events.idle()
        del invoker.statuses["one"]
        clock.move(timedelta(seconds=60))
        await attempts(invoker, 2)
        await events.idle()
        clock.move(timedelta(seconds=86_400))
        await stays(invoker, 2)

    assert account.queued() == []


async def test_attempts_are_counted_on_over_a_restart(
    account: Account, invoker: FakeInvoker, journal: Journal, clock: StandingClock, of_today: Function
) -> None:
    invoker.statuses["one"] = Status.FAILED
    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one", function=of_today))
        await events.idle()
    clock.move(timedelta(seconds=59))

    async with queue(account, invoker, journal) as events:
        await events.idle()
        await stays(invoker, 1)
        clock.move(timedelta(seconds=1))
        await attempts(invoker, 2)
        await events.idle()
    clock.move(timedelta(seconds=86_400 / 8))

    async with queue(account, invoker, journal) as events:
        await attempts(invoker, 3)
        await events.idle()

    assert decisions(journal)[-1] == ("gave up", "RetriesExhausted", 3)
    assert account.queued() == []


@pytest.mark.parametrize("retries", [0, 1])
async def test_a_function_may_be_less_patient(
    account: Account, invoker: FakeInvoker, journal: Journal, clock: StandingClock, of_today: Function, retries: int
) -> None:
    account.attachments.put(Kind.EVENT_INVOKE_CONFIG, "now", {"MaximumRetryAttempts": retries}, "$LATEST")
    invoker.statuses["one"] = Status.FAILED

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one", function=of_today))
        await events.idle()
        for number in range(retries):
            clock.move(timedelta(seconds=60))
            await attempts(invoker, number + 2)
        await events.idle()

    assert decisions(journal)[-1] == ("gave up", "RetriesExhausted", retries + 1)


async def test_an_event_that_is_too_old_is_given_up_when_that_age_has_come(
    account: Account, invoker: FakeInvoker, journal: Journal, clock: StandingClock, of_today: Function
) -> None:
    """AWS-135: the age passes before a retry; EventAgeExceeded after one attempt."""
    account.attachments.put(Kind.EVENT_INVOKE_CONFIG, "now", {"MaximumEventAgeInSeconds": 60}, "$LATEST")
    invoker.statuses["one"] = Status.FAILED

    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one", function=of_today))
        clock.move(timedelta(seconds=1))
        await events.idle()
        clock.move(timedelta(seconds=59))
        await until(lambda: not account.queued())

    assert decisions(journal) == [("retry", "FunctionFailed", 1), ("gave up", "EventAgeExceeded", 1)]
    assert len(invoker.invocations) == 1


@pytest.mark.parametrize(("function", "is_run"), [("hello", True), ("now", False)], ids=["preview", "today"])
async def test_after_a_day_without_the_platform_an_event_of_today_is_too_old_and_one_of_the_preview_is_not(
    account: Account,
    invoker: FakeInvoker,
    journal: Journal,
    clock: StandingClock,
    of_today: Function,
    function: str,
    is_run: bool,
) -> None:
    invoker.gate.clear()
    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one", function=HELLO if function == "hello" else of_today))
    clock.move(timedelta(seconds=86_400))
    invoker.gate.set()
    invoker.invocations.clear()

    async with queue(account, invoker, journal) as events:
        await events.idle()

    assert bool(invoker.invocations) is is_run
    assert account.queued() == []


async def test_a_journal_that_was_begun_anew_does_not_lose_an_event(
    account: Account, invoker: FakeInvoker, journal: Journal, tmp_path: Path, clock: StandingClock
) -> None:
    for _ in range(3):
        journal.append("reset", {})
    invoker.gate.clear()
    async with queue(account, invoker, journal) as events:
        await events.accept(invocation("one"))
        await events.accept(invocation("done"))
    newer = Journal(tmp_path / "newer.sqlite3", clock)
    newer.append("invocation", {"request_id": "done", "status": "Succeeded"})
    other = FakeInvoker(newer)

    async with queue(account, other, newer) as events:
        await events.idle()
    newer.close()

    assert other.request_ids == ["one"]
    assert account.queued() == []
