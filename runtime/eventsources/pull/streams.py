"""The two kinds of stream, read alike: which shards there are, and what is in them from a position on.

A reader asks with the role of its mapping, so every answer may be a refusal. A record is handed on as the text of the
event that the function gets, in the shape of its generation (``event_shapes``: facts of Kinesis and of DynamoDB's
streams): in the preview without the moments that came later, and DynamoDB's records in version 1.0.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from runtime.arn import Arn
from runtime.eventsources.pull.role_session import RoleSession
from runtime.eventsources.pull.subscription import Subscription, moment_of
from runtime.generation import PREVIEW

KEPT_BY_DYNAMODB = timedelta(hours=24)
MOST_OF_DYNAMODB, MOST_OF_KINESIS = 1000, 10_000
"""Records in one answer."""


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


class KinesisStream:
    """A stream of Kinesis."""

    most = MOST_OF_KINESIS

    def __init__(self, subscription: Subscription, session: RoleSession) -> None:
        self._subscription = subscription
        self._session = session

    async def describe(self) -> Stream:
        shards: list[Mapping[str, Any]] = []
        asked: dict[str, Any] = {"StreamARN": self._subscription.source_arn}
        while True:
            found = (await self._session.call("kinesis", "DescribeStream", asked))["StreamDescription"]
            shards += found["Shards"]
            if not found["HasMoreShards"] or not found["Shards"]:
                break
            asked["ExclusiveStartShardId"] = shards[-1]["ShardId"]
        kept_for = timedelta(hours=found["RetentionPeriodHours"])
        made_at = f"{found['StreamCreationTimestamp'].timestamp():.3f}"
        return Stream(made_at, kept_for, tuple(_shard(shard) for shard in shards))

    async def iterator(self, shard: str, position: str, sequence: int | None = None) -> str:
        asked: dict[str, Any] = {
            "StreamARN": self._subscription.source_arn,
            "StreamName": self._subscription.source_arn.rpartition("/")[2],
            "ShardId": shard,
            "ShardIteratorType": position,
        }
        if sequence is not None:
            asked["StartingSequenceNumber"] = str(sequence)
        if position == "AT_TIMESTAMP":
            asked["Timestamp"] = moment_of(self._subscription.starting_timestamp or 0)
        return str((await self._session.call("kinesis", "GetShardIterator", asked))["ShardIterator"])

    async def read(self, shard: str, iterator: str, limit: int) -> Taken:
        answer = await self._session.call("kinesis", "GetRecords", {"ShardIterator": iterator, "Limit": limit})
        role = self._session.role
        records = tuple(self._record(shard, role, each) for each in answer["Records"])
        return Taken(records, answer.get("NextShardIterator"))

    def _record(self, shard: str, role: str, given: Mapping[str, Any]) -> Record:
        content: dict[str, Any] = {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": given["PartitionKey"],
            "sequenceNumber": given["SequenceNumber"],
            "data": base64.b64encode(given["Data"]).decode(),
        }
        arrived = given["ApproximateArrivalTimestamp"]
        if self._subscription.generation is not PREVIEW:
            content["approximateArrivalTimestamp"] = round(arrived.timestamp(), 3)
        event = {
            "kinesis": content,
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": f"{shard}:{given['SequenceNumber']}",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": role,
            "awsRegion": self._subscription.region,
            "eventSourceARN": self._subscription.source_arn,
        }
        return Record(int(given["SequenceNumber"]), given["PartitionKey"], arrived, event, json.dumps(event))


class TableStream:
    """A stream of DynamoDB: the changes of a table."""

    most = MOST_OF_DYNAMODB

    def __init__(self, subscription: Subscription, session: RoleSession) -> None:
        self._subscription = subscription
        self._session = session

    async def describe(self) -> Stream:
        shards: list[Mapping[str, Any]] = []
        asked: dict[str, Any] = {"StreamArn": self._subscription.source_arn}
        while True:
            found = (await self._session.call("dynamodbstreams", "DescribeStream", asked))["StreamDescription"]
            shards += found["Shards"]
            if not found.get("LastEvaluatedShardId"):
                break
            asked["ExclusiveStartShardId"] = found["LastEvaluatedShardId"]
        return Stream(found["StreamLabel"], KEPT_BY_DYNAMODB, tuple(_shard(shard) for shard in shards))

    async def iterator(self, shard: str, position: str, sequence: int | None = None) -> str:
        asked = {"StreamArn": self._subscription.source_arn, "ShardId": shard, "ShardIteratorType": position}
        if sequence is not None:
            asked["SequenceNumber"] = str(sequence)
        return str((await self._session.call("dynamodbstreams", "GetShardIterator", asked))["ShardIterator"])

    async def read(self, shard: str, iterator: str, limit: int) -> Taken:  # noqa: ARG002 - its records do not name it
        asked = {"ShardIterator": iterator, "Limit": limit}
        answer = await self._session.call("dynamodbstreams", "GetRecords", asked)
        return Taken(tuple(self._record(each) for each in answer["Records"]), answer.get("NextShardIterator"))

    def _record(self, given: Mapping[str, Any]) -> Record:
        is_preview = self._subscription.generation is PREVIEW
        change = dict(given["dynamodb"])
        arrived = change.pop("ApproximateCreationDateTime")
        if not is_preview:
            change["ApproximateCreationDateTime"] = int(arrived.timestamp())
        event = {
            "eventID": given["eventID"],
            "eventName": given["eventName"],
            "eventVersion": "1.0" if is_preview else "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": Arn.parse(self._subscription.source_arn).region,
            "dynamodb": _with_text(change),
            "eventSourceARN": self._subscription.source_arn,
        }
        key = json.dumps(event["dynamodb"]["Keys"], sort_keys=True)
        return Record(int(change["SequenceNumber"]), key, arrived, event, json.dumps(event))


def stream_source(subscription: Subscription, session: RoleSession) -> StreamSource:
    """Return what reads the stream of a mapping."""
    kind: type[KinesisStream | TableStream] = KinesisStream if subscription.service == "kinesis" else TableStream
    return kind(subscription, session)


def _shard(given: Mapping[str, Any]) -> Shard:
    parents = (given.get("ParentShardId"), given.get("AdjacentParentShardId"))
    is_open = "EndingSequenceNumber" not in given["SequenceNumberRange"]
    return Shard(given["ShardId"], tuple(parent for parent in parents if parent), is_open)


def _with_text(value: Any) -> Any:
    """Return attribute values with their bytes in base 64, as JSON has them."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _with_text(inner) for name, inner in value.items()}
    return [_with_text(inner) for inner in value] if isinstance(value, list) else value
