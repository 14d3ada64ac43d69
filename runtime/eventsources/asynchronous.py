"""The asynchronous queue: an event that was accepted with 202 is executed, also after a restart of the platform.

Theory of operation. ``accept`` writes the event into the account and returns; from then on ``kill -9`` cannot lose it.
Eight workers take events in their order of arrival, look up the function as it is *now*, and invoke it. When the
invoker returns, the outcome is in the journal, and the event is dropped from the account.

What may happen twice: an invocation that was under way when the platform ended, for it has no outcome yet; AWS says the
same of its events. What never does: at the start, an event whose outcome the journal already has is dropped.

* One attempt: an outcome, also a failed one, settles an event. How often the preview tried again is not known, and
  today's two retries are not built yet.
* An event whose function was deleted meanwhile, or made anew through the other API, is dropped; so are all events of
  an account that is emptied.
* A fault of the platform itself settles nothing: it is journalled, and the event is tried again at the next start.
* Leaving the context cancels what is under way; it is executed again at the next start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import suppress
from types import TracebackType

from runtime.errors import ServiceError
from runtime.invocation.invoker import Invoker
from runtime.invocation.outcome import Invocation, InvocationType
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.event import QueuedEvent
from runtime.resources.function import Function

CONCURRENCY = 8
"""Invocations at once; the rest wait. A machine that a learner works on has a few processors."""


class EventQueue:
    """The accepted events of one account. Entered and left by the same task."""

    def __init__(self, *, account: Account, invoker: Invoker, journal: Journal) -> None:
        self._account = account
        self._invoker = invoker
        self._journal = journal
        self._waiting: asyncio.Queue[QueuedEvent] = asyncio.Queue()
        self._tasks = asyncio.TaskGroup()
        self._workers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> EventQueue:
        self._restore()
        await self._tasks.__aenter__()
        self._workers = [self._tasks.create_task(self._work()) for _ in range(CONCURRENCY)]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.cancel()
        await self._tasks.__aexit__(kind, error, traceback)

    async def accept(self, invocation: Invocation) -> None:
        """Take an invocation of type Event; it is durable when this returns, and runs in the background."""
        event = QueuedEvent(
            request_id=invocation.request_id,
            function=invocation.function.name,
            generation=invocation.function.generation.name,
            payload=invocation.payload,
            caller=invocation.caller,
            source=invocation.source,
            client_context=invocation.client_context,
            qualifier=invocation.qualifier,
        )
        self._account.enqueue(event)
        self._waiting.put_nowait(event)

    async def idle(self) -> None:
        """Wait until every accepted event has had its turn."""
        await self._waiting.join()

    def _restore(self) -> None:
        events = self._account.queued()
        recorded = self._recorded({event.request_id for event in events})
        for event in events:
            if event.request_id in recorded:
                self._account.settle(event.request_id)
            else:
                self._waiting.put_nowait(event)

    def _recorded(self, request_ids: Collection[str]) -> set[str]:
        """Return those of the requests whose outcome the journal has."""
        recorded: set[str] = set()
        after = 0
        while request_ids and (entries := self._journal.entries(after)):
            recorded |= {entry.facts["request_id"] for entry in entries if entry.kind == "invocation"}
            after = entries[-1].seq
        return recorded & set(request_ids)

    async def _work(self) -> None:
        while True:
            event = await self._waiting.get()
            try:
                await self._guarded(event)
            finally:
                self._waiting.task_done()

    async def _guarded(self, event: QueuedEvent) -> None:
        # Gathered, not awaited: nobody stands above a background invocation who could answer for our own faults, and
        # one of them must not end the other workers.
        (fault,) = await asyncio.gather(self._run(event), return_exceptions=True)
        if fault is not None:
            where = f"asynchronous invocation {event.request_id} of {event.function}"
            self._journal.fault(where, repr(fault))

    async def _run(self, event: QueuedEvent) -> None:
        if not self._account.is_queued(event.request_id):
            return
        function = self._account.resolve(event.function, event.qualifier)
        if function is not None and function.generation.name == event.generation:
            with suppress(ServiceError):  # it ends the event like any failed outcome, and the invoker has recorded it
                await self._invoker.invoke(_invocation(event, function))
        self._account.settle(event.request_id)


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
