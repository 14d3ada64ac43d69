"""A stream is read for one function: a reader for each shard, parents before children.

At the first look it is settled where reading begins, and written down, so that a restart changes nothing about it: at
LATEST the last record of each shard that is open, which means that what is put after that is delivered. From then on
the mapping is at work. A shard that comes later, because another one was split or two were merged, is read from its
beginning, as soon as everything in those is settled. A stream that was deleted and made anew under its name is another
stream, and read from its beginning.
"""

from __future__ import annotations

import asyncio

from runtime.errors import ServiceError
from runtime.eventsources.pull.attempts import Attempts
from runtime.eventsources.pull.reading import Reading
from runtime.eventsources.pull.shard import ShardReader, progress_of
from runtime.eventsources.pull.streams import Shard, Stream, StreamSource

WHOLE = ""
"""Under this name it is noted where reading began, among the positions of the shards."""
SHARDS_LOOK_SECONDS = 10.0
"""How often it is looked whether there are other shards, or another stream; sooner when one is over."""


class StreamPoller:
    """Reads one stream for one mapping until it is stopped."""

    def __init__(self, reading: Reading, source: StreamSource) -> None:
        self._reading = reading
        self._source = source
        self._readers: dict[str, ShardReader] = {}
        self._over = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._is_at_work = self._is_stopping = False

    async def run(self) -> None:
        """Read; return after ``stop``, when the batches that were under way have ended."""
        if self._is_stopping:
            return
        async with asyncio.TaskGroup() as group:
            self._looking = group.create_task(self._look_for_shards(group))

    def stop(self) -> None:
        """Begin no batch any more."""
        self._is_stopping = True
        if self._looking is not None:
            self._looking.cancel()
        for reader in self._readers.values():
            reader.stop()

    async def _look_for_shards(self, group: asyncio.TaskGroup) -> None:
        hindrances = 0
        while True:
            self._over.clear()
            permitted = self._reading.permitted()
            try:
                stream = await self._source.describe()
                await self._begin_with(stream)
            except ServiceError as refusal:
                hindrances += 1
                self._reading.health.problem(self._reading.trouble(refusal))
                self._at_work()  # on AWS too it is enabled, and has a problem
                await self._reading.wait_out(hindrances, permitted)
                continue
            if hindrances:
                self._reading.health.readable()
            hindrances = 0
            self._at_work()
            for shard in stream.shards:
                self._read(group, stream, shard)
            await self._reading.clock.sleep(SHARDS_LOOK_SECONDS, self._over)

    def _at_work(self) -> None:
        if not self._is_at_work:
            self._is_at_work = True
            self._reading.health.at_work()

    async def _begin_with(self, stream: Stream) -> None:
        """Settle where reading begins, if this stream has not been read before."""
        uuid, positions = self._reading.subscription.uuid, self._reading.positions
        begun = positions.find(uuid, WHOLE)
        if begun is not None and begun["made_at"] == stream.made_at:
            return
        for reader in self._readers.values():
            reader.stop()
        while self._readers:
            self._over.clear()
            await self._over.wait()
        positions.forget(uuid)
        if begun is None and self._reading.subscription.starting_position == "LATEST":
            for shard in stream.shards:
                end = await self._end_of(shard) if shard.is_open else None
                positions.put(uuid, shard.name, {"position": end, "is_over": not shard.is_open})
        positions.put(uuid, WHOLE, {"made_at": stream.made_at})

    async def _end_of(self, shard: Shard) -> int | None:
        """Return the last record of a shard; ``None`` if there is none."""
        last: int | None = None
        iterator: str | None = await self._source.iterator(shard.name, "TRIM_HORIZON")
        while iterator is not None:
            taken = await self._source.read(shard.name, iterator, self._source.most)
            if not taken.records:
                break
            last, iterator = taken.records[-1].sequence, taken.iterator
        return last

    def _read(self, group: asyncio.TaskGroup, stream: Stream, shard: Shard) -> None:
        """Begin with a shard, unless it is being read, is over, or has to wait for its parents."""
        if shard.name in self._readers:
            return
        progress = progress_of(self._reading, shard.name)
        there = {each.name for each in stream.shards}
        parents = [progress_of(self._reading, parent) for parent in shard.parents if parent in there]
        if progress.is_over or not all(parent.is_over for parent in parents):
            return
        attempts = Attempts(self._reading, shard.name, progress, stream.kept_for)
        reader = ShardReader(self._reading, self._source, shard.name, attempts)
        self._readers[shard.name] = reader
        group.create_task(self._until_over(shard.name, reader))

    async def _until_over(self, name: str, reader: ShardReader) -> None:
        try:
            await reader.run()
        finally:
            del self._readers[name]
            self._over.set()
