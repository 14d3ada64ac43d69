"""A stream of Kinesis. In the preview its records had no moment of their arrival yet."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from runtime.eventsources.pull.role_session import RoleSession
from runtime.eventsources.pull.streams import Record, Stream, Taken, shard_of
from runtime.eventsources.pull.subscription import Subscription, moment_of
from runtime.generation import PREVIEW

MOST = 10_000
"""Records in one answer."""


class KinesisStream:
    """A stream of Kinesis."""

    most = MOST

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
        return Stream(made_at, kept_for, tuple(shard_of(shard) for shard in shards))

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
