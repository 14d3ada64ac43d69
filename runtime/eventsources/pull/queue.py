"""A queue is read for one function.

Theory of operation. One task receives messages until a batch is full, the batching window has passed, or (without a
window) nothing more is there. Then the function gets the batch while the next one is gathered; so many batches may be
under way at once as ScalingConfig says, or five, with which AWS begins. What becomes of a batch:

    succeeded      its messages are deleted
    failed         what failed of it stays where it is: it is visible again when the queue's visibility timeout has
                   passed, and after so many receptions as its redrive policy says it is in the dead-letter queue
    not delivered  (a throttle, no permission, no function): the same, for the messages have been received

A message that a filter leaves out is deleted, as on AWS. The order within a message group of a FIFO queue is kept by
the queue: while messages of a group are under way, it gives out no others of that group.

``stop`` lets the batches that are with the function end; what was received for the next one is visible again at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime

from runtime.errors import ServiceError
from runtime.eventsources.pull.delivery import LARGEST_EVENT_BYTES, fitting
from runtime.eventsources.pull.health import FUNCTION_FAILED
from runtime.eventsources.pull.messages import Message, message_of
from runtime.eventsources.pull.reading import Reading
from runtime.eventsources.pull.reports import failed_items
from runtime.eventsources.push import queue_url
from runtime.timeline import beginning, under

AT_ONCE = 5
"""Batches under way, where the mapping does not say how many."""
MOST_RECEIVED = 10
"""Messages in one answer, and in one call that deletes them."""


class QueuePoller:
    """Reads one queue for one mapping until it is stopped."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._url = queue_url(reading.subscription.source_arn)
        self._turns = asyncio.Semaphore(reading.subscription.maximum_concurrency or AT_ONCE)
        self._receiving: asyncio.Task[None] | None = None
        self._is_stopping = False
        self._hindrances = 0
        """How often in a row the queue could not be read."""

    async def run(self) -> None:
        """Read; return after ``stop``, when the batches that were under way have ended."""
        if self._is_stopping:
            return
        async with asyncio.TaskGroup() as group:
            self._receiving = group.create_task(self._receive(group))

    def stop(self) -> None:
        """Begin no batch any more."""
        self._is_stopping = True
        if self._receiving is not None:
            self._receiving.cancel()

    async def _receive(self, group: asyncio.TaskGroup) -> None:
        self._reading.health.at_work()
        while True:
            await self._turns.acquire()
            gathered: list[Message] = []
            permitted = self._reading.permitted()
            try:
                await self._gather(gathered)
            except ServiceError as refusal:
                self._hindrances += 1
                self._reading.health.problem(self._reading.trouble(refusal))
                self._turns.release()
                await self._reading.wait_out(self._hindrances, permitted)
                continue
            except asyncio.CancelledError:
                if self._is_stopping:
                    group.create_task(self._give_back(gathered))
                raise
            group.create_task(self._work_off(gathered))

    async def _gather(self, gathered: list[Message]) -> None:
        """Receive the messages of the next batch; return when there is one."""
        reading, size = self._reading, self._reading.subscription.batch_size
        ends: datetime | None = None
        while True:
            heard = reading.bell.listen("sqs")
            received = await self._received(min(MOST_RECEIVED, size - len(gathered)))
            if self._hindrances:
                self._hindrances = 0
                reading.health.readable()
            gathered += received
            if len(gathered) >= size or _is_large(gathered):
                return
            now = reading.clock.now()
            if gathered and ends is None:
                ends = now + reading.subscription.window
            if received:
                continue
            if ends is None:
                await reading.wait_for_more(heard)
            elif now >= ends:
                return
            else:
                await reading.clock.until(ends, heard)

    async def _received(self, most: int) -> list[Message]:
        """Return messages that pass the filters; those that do not are deleted."""
        asked = {
            "QueueUrl": self._url,
            "MaxNumberOfMessages": most,
            "WaitTimeSeconds": 0,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        }
        answer = await self._reading.session.call("sqs", "ReceiveMessage", asked)
        arn = self._reading.subscription.source_arn
        messages = [message_of(each, arn) for each in answer.get("Messages", [])]
        passing = [message for message in messages if self._reading.filters.admit(message.event)]
        await self._delete([message for message in messages if message not in passing])
        return passing

    async def _work_off(self, gathered: Sequence[Message]) -> None:
        subscription = self._reading.subscription
        try:
            with self._reading.under_way.counting(subscription.function):
                for messages in _parts(gathered):
                    (fault,) = await asyncio.gather(self._deliver(messages), return_exceptions=True)
                    if fault is not None:
                        self._reading.journal.fault(f"a batch of {subscription.source_arn}", repr(fault))
        finally:
            self._turns.release()

    async def _deliver(self, messages: Sequence[Message]) -> None:
        step = beginning(self._reading.clock.now())
        with under(step):
            self._record("poll", messages, **step.facts())
            await self._try(messages)

    async def _try(self, messages: Sequence[Message]) -> None:
        reading = self._reading
        texts = [message.text for message in messages]
        try:
            delivered = await reading.delivery.deliver(reading.subscription, reading.session, texts)
        except ServiceError as refusal:
            reading.health.problem(refusal.message)
            self._record("hindered", messages, message=refusal.message)
            return
        identifiers = [message.identifier for message in messages]
        is_partial = reading.subscription.reports_failures
        failed = failed_items(delivered.outcome, identifiers, is_partial=is_partial)
        done = [message for message in messages if message.identifier not in failed]
        left = [message for message in messages if message.identifier in failed]
        if left:
            reading.health.problem(FUNCTION_FAILED)
            self._record("return", left, request_id=delivered.request_id)
        else:
            reading.health.ok()
        if done:
            await self._delete_done(done, delivered.request_id)

    async def _delete_done(self, done: Sequence[Message], request_id: str) -> None:
        try:
            await self._delete(done)
        except ServiceError as refusal:
            self._reading.health.problem(refusal.message)
            self._record("return", done, request_id=request_id, message=refusal.message)
        else:
            self._record("delete", done, request_id=request_id)

    async def _delete(self, messages: Sequence[Message]) -> None:
        for first in range(0, len(messages), MOST_RECEIVED):
            entries = [
                {"Id": str(number), "ReceiptHandle": message.handle}
                for number, message in enumerate(messages[first : first + MOST_RECEIVED])
            ]
            asked = {"QueueUrl": self._url, "Entries": entries}
            await self._reading.session.call("sqs", "DeleteMessageBatch", asked)

    async def _give_back(self, messages: Sequence[Message]) -> None:
        """Let messages be visible again that nobody will process; without the right to, they will be in their time."""
        for message in messages:
            asked = {"QueueUrl": self._url, "ReceiptHandle": message.handle, "VisibilityTimeout": 0}
            await asyncio.gather(
                self._reading.session.call("sqs", "ChangeMessageVisibility", asked), return_exceptions=True
            )

    def _record(self, step: str, messages: Sequence[Message], **facts: object) -> None:
        identifiers = [message.identifier for message in messages]
        self._reading.record(step, first=identifiers[0], last=identifiers[-1], size=len(messages), **facts)


def _is_large(messages: Sequence[Message]) -> bool:
    """Tell whether so much has been received that more would not fit into the same event."""
    return sum(len(message.text) for message in messages) > LARGEST_EVENT_BYTES // 2


def _parts(messages: Sequence[Message]) -> Iterator[Sequence[Message]]:
    """Return what was received in as many events as it takes; nearly always that is one."""
    while messages:
        count = fitting([len(message.text) for message in messages], len(messages))
        yield messages[:count]
        messages = messages[count:]
