"""A batch of a shard is tried, and what has become of it is written down before anything else happens.

    succeeded      its records are settled
    failed         what the function did not report as failed is settled; the rest is tried again, halved or given up
                   (``chances.py``)
    not delivered  (a throttle, no permission, no function): no attempt; tried again with growing pauses
    too old        given up before the attempt, as far as its records are too old

What is given up is recorded at the on-failure destination. What has only outlived its stream (24 hours in DynamoDB,
the retention period in Kinesis) is not: it is no longer there, as on AWS.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from runtime.clock import iso_milliseconds
from runtime.errors import ServiceError
from runtime.eventsources.pull.batch import Batch, Lane
from runtime.eventsources.pull.chances import Chance, Condition, chance, pause_seconds
from runtime.eventsources.pull.delivery import Delivered
from runtime.eventsources.pull.failure_destination import send_record
from runtime.eventsources.pull.failure_record import failure_record, object_key
from runtime.eventsources.pull.health import FUNCTION_FAILED
from runtime.eventsources.pull.progress import Progress
from runtime.eventsources.pull.reading import Reading
from runtime.eventsources.pull.reports import failed_items
from runtime.eventsources.pull.streams import Record
from runtime.eventsources.retries import back_off
from runtime.timeline import following, under


class Attempts:
    """Tries the batches of one shard."""

    def __init__(self, reading: Reading, shard: str, progress: Progress, kept_for: timedelta) -> None:
        self.progress = progress
        self._reading = reading
        self._shard = shard
        self._kept_for = kept_for

    def save(self) -> None:
        """Write the checkpoint down."""
        self._reading.positions.put(self._reading.subscription.uuid, self._shard, self.progress.document())

    async def make(self, lane: Lane, batch: Batch) -> None:
        """Try a batch once, or give up what is too old of it."""
        with self._reading.under_way.counting(self._reading.subscription.function), under(batch.step):
            if batch.is_new:
                self._record("poll", batch.records, **batch.step.facts())
            expired = self._expired(batch)
            if expired:
                await self._give_up(lane, batch, expired, Condition.RECORD_AGE_EXCEEDED)
                return
            subscription = self._reading.subscription
            texts = [record.text for record in batch.records]
            try:
                delivered = await self._reading.delivery.deliver(subscription, self._reading.session, texts)
            except ServiceError as refusal:
                self._put_off(lane, batch, refusal)
            else:
                await self._decide(lane, batch, delivered)

    async def _decide(self, lane: Lane, batch: Batch, delivered: Delivered) -> None:
        lane.hindrances = 0
        subscription = self._reading.subscription
        request_id = delivered.request_id
        failed = failed_items(delivered.outcome, batch.identifiers, is_partial=subscription.reports_failures)
        good = next((count for count, each in enumerate(batch.identifiers) if each in failed), len(batch.records))
        done, rest = batch.records[:good], batch.records[good:]
        self.progress.settle(done)
        if done:
            self.save()
            lane.drop(len(done), self._reading.clock.now())
            self._record("checkpoint", done, request_id=request_id)
        if not rest:
            self._reading.health.ok()
            return
        self._reading.health.problem(FUNCTION_FAILED)
        attempts = batch.attempts + 1
        match chance(subscription, attempts, len(rest), is_partial=bool(done)):
            case Chance.BISECT:
                self._bisect(rest, request_id)
            case Chance.DISCARD:
                left = Batch(rest, attempts, batch.step, is_new=False)
                await self._give_up(lane, left, rest, Condition.RETRY_ATTEMPTS_EXHAUSTED, delivered)
            case Chance.RETRY:
                lane.due = self._reading.clock.now() + timedelta(seconds=pause_seconds(attempts))
                self.progress.fail(rest[0], rest[-1], attempts, batch.step)
                self.save()
                due = iso_milliseconds(lane.due)
                self._record("retry", rest, request_id=request_id, attempts=attempts, due=due)

    def _bisect(self, rest: Sequence[Record], request_id: str) -> None:
        middle = (len(rest) + 1) // 2
        step = following(self._reading.clock.now())
        for half in (rest[:middle], rest[middle:]):
            self.progress.fail(half[0], half[-1], 0, step)
        self.save()
        halves = [len(rest[:middle]), len(rest[middle:])]
        self._record("bisect", rest, request_id=request_id, halves=halves, **step.facts())

    def _put_off(self, lane: Lane, batch: Batch, refusal: ServiceError) -> None:
        lane.hindrances += 1
        lane.due = self._reading.clock.now() + back_off(lane.hindrances)
        self._reading.health.problem(refusal.message)
        self._record("hindered", batch.records, due=iso_milliseconds(lane.due), message=refusal.message)

    def _expired(self, batch: Batch) -> Sequence[Record]:
        age = self._reading.subscription.maximum_age
        oldest = self._reading.clock.now() - min(self._kept_for, age or self._kept_for)
        fresh = next((count for count, each in enumerate(batch.records) if each.arrived > oldest), len(batch.records))
        return batch.records[:fresh]

    async def _give_up(
        self,
        lane: Lane,
        batch: Batch,
        records: Sequence[Record],
        why: Condition,
        delivered: Delivered | None = None,
    ) -> None:
        now = self._reading.clock.now()
        is_out_of_stream = now - records[-1].arrived >= self._kept_for
        if not is_out_of_stream:
            await self._tell_destination(batch, records, why, delivered)
        self.progress.settle(records)
        self.save()
        lane.drop(len(records), now)
        condition = "Expired" if is_out_of_stream else why.value
        self._record("discard", records, condition=condition, attempts=batch.attempts)

    async def _tell_destination(
        self, batch: Batch, records: Sequence[Record], why: Condition, delivered: Delivered | None
    ) -> None:
        reading, target = self._reading, self._reading.subscription.destination
        if target is None:
            return
        now = reading.clock.now()
        record = failure_record(
            reading.subscription,
            self._shard,
            records,
            condition=why,
            attempts=batch.attempts,
            delivered=delivered,
            now=now,
        )
        key = object_key(reading.subscription.uuid, self._shard, now)
        message = ""
        try:
            await send_record(reading.session, target, record, key=key, texts=[each.text for each in records])
        except ServiceError as refusal:
            message = refusal.message
            reading.health.problem(message)
        status = "refused" if message else "accepted"
        self._record("destination", records, target=target, status=status, message=message)

    def _record(self, step: str, records: Sequence[Record], **facts: object) -> None:
        of_batch = {
            "shard": self._shard,
            "first": str(records[0].sequence),
            "last": str(records[-1].sequence),
            "size": len(records),
        }
        self._reading.record(step, **of_batch, **facts)
