"""A batch of a stream, and the lane in which its records wait for their turn."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from runtime.eventsources.pull.delivery import fitting
from runtime.eventsources.pull.progress import Try
from runtime.eventsources.pull.streams import Record
from runtime.timeline import Step, beginning


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that go to the function together."""

    records: tuple[Record, ...]
    attempts: int
    """How often they have failed so far."""
    step: Step
    """What follows from it hangs under this."""
    is_new: bool

    @property
    def identifiers(self) -> list[str]:
        """Return the sequence numbers, by which a function reports failures."""
        return [str(record.sequence) for record in self.records]


@dataclass(slots=True)
class Lane:
    """The records of a shard that wait for their turn, one batch after another."""

    waiting: deque[Record] = field(default_factory=deque)
    since: datetime | None = None
    """When the first of them began to wait for others."""
    due: datetime | None = None
    """When the batch that failed is tried again."""
    hindrances: int = 0
    """How often in a row the first batch did not even reach its function."""
    permitted: asyncio.Event | None = None
    """Is set when, since the last attempt began, something was changed that may let it through."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, record: Record, now: datetime) -> None:
        """Let a record wait."""
        if not self.waiting:
            self.since = now
        self.waiting.append(record)

    def is_full(self, size: int) -> bool:
        """Tell whether there is nothing to wait for: a whole batch is there, or as much as an event can hold."""
        return len(self.waiting) >= size or self._fitting(size) < len(self.waiting)

    def batch(self, size: int, tried: Try | None, now: datetime) -> Batch:
        """Return the next batch, whose records go on waiting; one that failed comes back as it was."""
        if tried is not None:
            size = min(size, sum(record.sequence <= tried.last for record in self.waiting))
        records = tuple(self.waiting)[: self._fitting(size)]
        if tried is not None:
            return Batch(records, tried.attempts, tried.step, is_new=False)
        return Batch(records, 0, beginning(now), is_new=True)

    def drop(self, count: int, now: datetime) -> None:
        """Let the first records wait no more."""
        for _ in range(count):
            self.waiting.popleft()
        self.since = now if self.waiting else None
        self.hindrances = 0

    def _fitting(self, size: int) -> int:
        return fitting([len(record.text) for record in self.waiting], size)
