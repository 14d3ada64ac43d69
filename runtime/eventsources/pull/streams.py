"""What streams of Kinesis and of DynamoDB have in common: shards, and records from a position on.

A reader asks with the role of its mapping, so every answer may be a refusal. A record is handed on as the text of the
event that the function gets (``kinesis_stream.py``, ``table_stream.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a shard."""

    sequence: int
    key: str
    """What its order is kept by."""
    arrived: datetime
    event: Mapping[str, Any]
    text: str
    """The event as JSON."""


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard, with those that it came from."""

    name: str
    parents: tuple[str, ...]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as it is now."""

    made_at: str
    """Tells it from a stream of the same name that was there before."""
    kept_for: timedelta
    shards: tuple[Shard, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What was read of a shard."""

    records: tuple[Record, ...]
    iterator: str | None
    """Where to read on; ``None`` at the end of a shard that is closed."""


class StreamSource(Protocol):
    """Reads one stream for one mapping."""

    most: int
    """The largest limit."""

    async def describe(self) -> Stream:
        """Return the stream and its shards."""

    async def iterator(self, shard: str, position: str, sequence: int | None = None) -> str:
        """Return where to read: a starting position by AWS's name, or behind a record (``AFTER_SEQUENCE_NUMBER``)."""

    async def read(self, shard: str, iterator: str, limit: int) -> Taken:
        """Return the records that are there."""


def shard_of(given: Mapping[str, Any]) -> Shard:
    """Return a shard as DescribeStream gave it; both services give it in the same members."""
    parents = (given.get("ParentShardId"), given.get("AdjacentParentShardId"))
    is_open = "EndingSequenceNumber" not in given["SequenceNumberRange"]
    return Shard(given["ShardId"], tuple(parent for parent in parents if parent), is_open)
