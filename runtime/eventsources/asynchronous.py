"""The asynchronous queue: an event that was accepted with 202 is executed, also after a restart of the platform.

Theory of operation. ``accept`` writes the event into the account and returns; from then on ``kill -9`` cannot lose it.
Eight workers take events as they fall due, look up the function as it is *now*, and invoke it. The invoker writes each
outcome into the journal before it returns. Then the event is decided on (``retries.py``): a success settles it, which
drops it from the account; a failure puts it on the agenda for its next attempt, or gives it up, which is journalled
(``event``) before it is settled. In the transaction that settles it, what is to be told of it takes its place
(``records.py``). So an event is in exactly one state, whenever the platform is killed:

    in the account, nothing in the journal     it is executed
    in the account, failures in the journal    it is decided on, as if the platform had not been killed
    in the account, a success in the journal   it is settled, and not executed again
    not in the account                         it is over

What may happen twice: an invocation that was under way when the platform ended, for it has no outcome yet; AWS says the
same of its events. An event keeps its request id through all its attempts.

* An event whose function was deleted meanwhile, or made anew through the other API, is given up; the events of an
  account that is emptied are gone with it.
* A throttle or a fault of the platform is no attempt; it is repeated with growing pauses, and a fault is journalled.
  Where nothing at all is reserved for the function (0) the event is given up at once, as AWS does it.
* Leaving the context cancels what is under way; it is executed again at the next start.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from types import TracebackType

from runtime.clock import MovableClock, iso_milliseconds
from runtime.errors import PlatformError, ServiceError
from runtime.eventsources.agenda import Agenda
from runtime.eventsources.histories import histories
from runtime.eventsources.records import Records
from runtime.eventsources.retries import NOT_TRIED, Condition, History, RetryPolicy, back_off, decide
from runtime.invocation.invoker import Invoker
from runtime.invocation.outcome import Invocation, InvocationType, Outcome, Status
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.attachments import Kind
from runtime.resources.delivery import Delivery
from runtime.resources.event import LastAnswer, QueuedEvent
from runtime.resources.function import LATEST, Function
from runtime.timeline import following, under

CONCURRENCY = 8
"""Invocations at once; the rest wait. A machine that a learner works on has a few processors."""
THROTTLED = 429


class EventQueue:
    """The accepted events of one account. Entered and left by the same task."""

    def __init__(
        self,
        *,
        account: Account,
        invoker: Invoker,
        journal: Journal,
        clock: MovableClock,
        records: Records,
        tell: Callable[[Delivery], None],
    ) -> None:
        """``tell`` begins a delivery that is in the account."""
        self._account = account
        self._invoker = invoker
        self._journal = journal
        self._clock = clock
        self._records = records
        self._tell = tell
        self._ready: asyncio.Queue[QueuedEvent] = asyncio.Queue()
        self._later: Agenda[QueuedEvent] = Agenda(clock)
        self._histories: dict[str, History] = {}
        self._under_way: Counter[str] = Counter()
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> EventQueue:
        events = self._account.queued()
        self._histories = histories(self._journal, events)
        for event in events:
            self._begin(event)
        await self._group.__aenter__()
        self._tasks = [self._group.create_task(self._work()) for _ in range(CONCURRENCY)]
        self._tasks.append(self._group.create_task(self._call_up()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, traceback)

    async def accept(self, invocation: Invocation) -> None:
        """Take an invocation of type Event; it is durable when this returns, and runs in the background."""
        now = self._clock.now()
        step = following(now)
        event = QueuedEvent(
            request_id=invocation.request_id,
            function=invocation.function.name,
            generation=invocation.function.generation.name,
            payload=invocation.payload,
            caller=invocation.caller,
            source=invocation.source,
            accepted_at=now,
            journal_seq=self._journal.seq,
            trace_id=step.trace_id,
            span=step.span,
            parent=step.parent,
            client_context=invocation.client_context,
            qualifier=invocation.qualifier,
        )
        self._account.enqueue(event)
        try:
            self._journal.append("acceptance", _acceptance(event))
        except PlatformError:  # whoever sent it is told that it was not accepted
            self._account.settle(event.request_id)
            raise
        self._begin(event)

    async def idle(self) -> None:
        """Wait until every event that is due has had its turn."""
        await self._ready.join()

    def under_way(self) -> list[str]:
        """Name the function of every event that is due or running; those that wait for another attempt are not."""
        return list(self._under_way.elements())

    def _begin(self, event: QueuedEvent) -> None:
        self._under_way[event.function] += 1
        self._ready.put_nowait(event)

    async def _call_up(self) -> None:
        while True:
            self._begin(await self._later.next())

    async def _work(self) -> None:
        while True:
            event = await self._ready.get()
            try:
                await self._guarded(event)
            finally:
                self._under_way[event.function] -= 1
                self._ready.task_done()

    async def _guarded(self, event: QueuedEvent) -> None:
        # Gathered, not awaited: nobody stands above a background invocation who could answer for our own faults, and
        # one of them must not end the other workers.
        with under(event.step):
            (fault,) = await asyncio.gather(self._turn(event), return_exceptions=True)
            if fault is not None:
                self._journal.fault(f"asynchronous invocation {event.request_id} of {event.function}", repr(fault))
                self._put_off(event)

    async def _turn(self, event: QueuedEvent) -> None:
        if not self._account.is_queued(event.request_id):  # the account was emptied
            self._histories.pop(event.request_id, None)
            return
        function = self._account.resolve(event.function, event.qualifier)
        if function is None or function.generation.name != event.generation:
            self._give_up(event, None, Condition.FUNCTION_GONE)
        elif self._is_due(event, function):
            await self._attempt(event, function)

    async def _attempt(self, event: QueuedEvent, function: Function) -> None:
        try:
            outcome = await self._invoker.invoke(_invocation(event, function))
        except ServiceError as refusal:
            if not self._account.is_queued(event.request_id):  # the account was emptied meanwhile
                return
            if refusal.status != THROTTLED:
                raise
            if self._account.reservations().get(event.function) == 0:
                self._give_up(event, function, Condition.ZERO_RESERVED_CONCURRENCY)
            else:
                self._record(event, Condition.THROTTLED, self._put_off(event))
            return
        history = self._history(event)
        has_succeeded = outcome.status is Status.SUCCEEDED
        self._keep_answer(event, function, outcome)
        self._histories[event.request_id] = history.after_attempt(self._clock.now(), has_succeeded=has_succeeded)
        if self._is_due(event, function):
            self._begin(event)

    def _is_due(self, event: QueuedEvent, function: Function) -> bool:
        """Tell whether an event is to be tried now; if it is not, settle it, give it up, or put it on the agenda."""
        history = self._history(event)
        if history.has_succeeded:
            self._settle(event, function, Condition.SUCCESS)
            return False
        now = self._clock.now()
        next_step = decide(self._policy(event, function), history, event.accepted_at, now)
        if isinstance(next_step, Condition):
            self._give_up(event, function, next_step)
            return False
        if next_step > now:
            self._later.add(event, next_step)
            self._record(event, Condition.FUNCTION_FAILED, next_step)
            return False
        return True

    def _put_off(self, event: QueuedEvent) -> datetime:
        """Put an event on the agenda that could not be tried; return when it is due."""
        history = self._history(event).after_hindrance()
        self._histories[event.request_id] = history
        due = self._clock.now() + back_off(history.hindrances)
        self._later.add(event, due)
        return due

    def _keep_answer(self, event: QueuedEvent, function: Function, outcome: Outcome) -> None:
        """Keep what an attempt answered, if anybody may ever be told of it."""
        is_told = outcome.status is not Status.SUCCEEDED or self._records.wants_success(event)
        if is_told and self._account.is_queued(event.request_id):
            answer = LastAnswer(function.version, outcome.function_error, outcome.payload, outcome.error_message)
            self._account.keep_answer(event.request_id, answer)

    def _give_up(self, event: QueuedEvent, function: Function | None, why: Condition) -> None:
        self._record(event, why, None)
        self._settle(event, function, why)

    def _settle(self, event: QueuedEvent, function: Function | None, why: Condition) -> None:
        told = self._records.of(event, function, why, self._history(event).attempts)
        self._account.settle(event.request_id, told)
        self._histories.pop(event.request_id, None)
        for delivery in told:
            self._tell(delivery)

    def _policy(self, event: QueuedEvent, function: Function) -> RetryPolicy:
        config = self._account.attachments.get(Kind.EVENT_INVOKE_CONFIG, event.function, event.qualifier or LATEST)
        return RetryPolicy.of(function.generation, config)

    def _history(self, event: QueuedEvent) -> History:
        return self._histories.get(event.request_id, NOT_TRIED)

    def _record(self, event: QueuedEvent, why: Condition, due: datetime | None) -> None:
        facts = {
            "request_id": event.request_id,
            "function": event.function,
            "generation": event.generation,
            "attempts": self._history(event).attempts,
            "decision": "retry" if due else "gave up",
            "condition": why.value,
            "due": iso_milliseconds(due) if due else None,
        }
        self._journal.append("event", facts)


def _acceptance(event: QueuedEvent) -> dict[str, object]:
    return {
        "request_id": event.request_id,
        "function": event.function,
        "generation": event.generation,
        "source": event.source,
        "caller": event.caller,
        **event.step.facts(),
    }


def _invocation(event: QueuedEvent, function: Function) -> Invocation:
    return Invocation(
        function=function,
        request_id=event.request_id,
        payload=event.payload,
        invocation_type=InvocationType.EVENT,
        caller=event.caller,
        source=event.source,
        client_context=event.client_context,
        qualifier=event.qualifier,
    )
