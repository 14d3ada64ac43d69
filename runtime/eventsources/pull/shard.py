"""One shard is read for one function, in order.

Theory of operation. One task reads ahead, as far as the lanes have room; each *lane* has one batch under way at most
and takes the next when that is settled (``attempts.py``). There is one lane, or with ParallelizationFactor several;
records of one partition key go into one lane, so their order is kept. A record that a filter leaves out is settled at
once.

So a bad record holds up its lane, and in a shard with one lane everything behind it. The checkpoint (``progress.py``)
is in the account before anything else happens: a platform that is killed while a function runs delivers that batch
again, and no other.

``stop`` lets the batches that are with the function end; cancelling does not.
"""

from __future__ import annotations

import asyncio
import zlib

from runtime.errors import ServiceError
from runtime.eventsources.pull.attempts import Attempts
from runtime.eventsources.pull.batch import Batch, Lane
from runtime.eventsources.pull.progress import Progress
from runtime.eventsources.pull.reading import Reading
from runtime.eventsources.pull.streams import Record, StreamSource, Taken
from runtime.eventsources.retries import back_off

ROOM = 4
"""So many batches are read ahead for each lane."""


class ShardReader:
    """Reads one shard until it is over, or until it is stopped."""

    def __init__(self, reading: Reading, source: StreamSource, shard: str, attempts: Attempts) -> None:
        self._reading = reading
        self._source = source
        self._shard = shard
        self._attempts = attempts
        self._progress = attempts.progress
        self._lanes = [Lane() for _ in range(reading.subscription.lanes)]
        self._read_to = self._progress.position
        self._has_room = asyncio.Event()
        self._is_closed = self._is_stopping = False
        self._ahead: asyncio.Task[None] | None = None
        self._workers: dict[int, asyncio.Task[None]] = {}
        self._busy: set[int] = set()

    async def run(self) -> None:
        """Read; return when the shard is over, or after ``stop``."""
        if self._is_stopping:
            return
        async with asyncio.TaskGroup() as group:
            self._ahead = group.create_task(self._read_ahead())
            self._workers = {number: group.create_task(self._work(number)) for number in range(len(self._lanes))}

    def stop(self) -> None:
        """Begin no batch any more."""
        self._is_stopping = True
        if self._ahead is not None:
            self._ahead.cancel()
        for number, worker in self._workers.items():
            if number not in self._busy:
                worker.cancel()

    async def _read_ahead(self) -> None:
        reading = self._reading
        size = reading.subscription.batch_size * len(self._lanes)
        iterator: str | None = None
        hindrances = 0
        while not self._is_closed:
            await self._room(ROOM * size)
            heard, permitted = reading.bell.listen(reading.subscription.service), reading.permitted()
            try:
                iterator = iterator or await self._iterator()
                taken = await self._source.read(self._shard, iterator, min(ROOM * size, self._source.most))
            except ServiceError as refusal:
                iterator, hindrances = None, hindrances + 1
                reading.health.problem(reading.trouble(refusal))
                await reading.wait_out(hindrances, permitted)
                continue
            if hindrances:
                reading.health.readable()
            iterator, hindrances = taken.iterator, 0
            self._take(taken)
            if not taken.records and not self._is_closed:
                await reading.wait_for_more(heard)
        self._end_if_over()

    async def _iterator(self) -> str:
        if self._read_to is not None:
            return await self._source.iterator(self._shard, "AFTER_SEQUENCE_NUMBER", self._read_to)
        start = self._reading.subscription.starting_position
        # What was there when a mapping began at LATEST has been noted as its position (``stream.py``).
        return await self._source.iterator(self._shard, "TRIM_HORIZON" if start == "LATEST" else start)

    async def _room(self, most: int) -> None:
        while sum(len(lane.waiting) for lane in self._lanes) >= most:
            self._has_room.clear()
            await self._has_room.wait()

    def _take(self, taken: Taken) -> None:
        now = self._reading.clock.now()
        left_out: list[Record] = []
        for record in taken.records:
            self._read_to = record.sequence
            if not self._progress.note(record):
                continue
            if self._reading.filters.admit(record.event):
                self._lane_of(record).add(record, now)
            else:
                left_out.append(record)
        self._progress.settle(left_out)
        if left_out:
            self._attempts.save()
        self._is_closed = taken.iterator is None
        for lane in self._lanes:
            lane.changed.set()

    def _lane_of(self, record: Record) -> Lane:
        return self._lanes[zlib.crc32(record.key.encode()) % len(self._lanes)]

    async def _work(self, number: int) -> None:
        lane = self._lanes[number]
        while not self._is_stopping:
            batch = await self._next(lane)
            self._busy.add(number)
            try:
                await self._guarded(lane, batch)
            finally:
                self._busy.discard(number)
            self._has_room.set()
            self._end_if_over()

    async def _next(self, lane: Lane) -> Batch:
        subscription, clock = self._reading.subscription, self._reading.clock
        while True:
            lane.changed.clear()
            if lane.due is not None:
                # What did not even reach the function may be a permission: then it is waited for that as well.
                await clock.until(lane.due, lane.permitted if lane.hindrances else None)
                lane.due = None
            if not lane.waiting or lane.since is None:
                await lane.changed.wait()
                continue
            tried = self._progress.tries.get(lane.waiting[0].sequence)
            window_ends = lane.since + subscription.window
            is_full = tried is not None or self._is_closed or lane.is_full(subscription.batch_size)
            if not is_full and clock.now() < window_ends:
                await clock.until(window_ends, lane.changed)
                continue
            return lane.batch(subscription.batch_size, tried, clock.now())

    async def _guarded(self, lane: Lane, batch: Batch) -> None:
        # Gathered, not awaited: nobody stands above who could answer for our own faults, and a lane must go on.
        lane.permitted = self._reading.permitted()
        (fault,) = await asyncio.gather(self._attempts.make(lane, batch), return_exceptions=True)
        if fault is not None:
            self._reading.journal.fault(f"a batch of {self._reading.subscription.source_arn}", repr(fault))
            lane.hindrances += 1
            lane.due = self._reading.clock.now() + back_off(lane.hindrances)

    def _end_if_over(self) -> None:
        if self._is_closed and self._progress.is_settled and not self._is_stopping:
            self._progress.is_over = True
            self._attempts.save()
            self.stop()


def progress_of(reading: Reading, shard: str) -> Progress:
    """Return how far a shard has been read."""
    return Progress(reading.positions.find(reading.subscription.uuid, shard))
