"""A stream of DynamoDB: the changes of a table.

In the preview its records were of version 1.0, without the moment of the change; today they are of version 1.1.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from runtime.eventsources.pull.role_session import RoleSession
from runtime.eventsources.pull.streams import Record, Stream, Taken, shard_of
from runtime.eventsources.pull.subscription import Subscription
from runtime.generation import PREVIEW

KEPT_FOR = timedelta(hours=24)
MOST = 1000
"""Records in one answer."""


class TableStream:
    """The changes of a table."""

    most = MOST

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
        return Stream(found["StreamLabel"], KEPT_FOR, tuple(shard_of(shard) for shard in shards))

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
            "awsRegion": self._subscription.region,
            "dynamodb": _with_text(change),
            "eventSourceARN": self._subscription.source_arn,
        }
        key = json.dumps(event["dynamodb"]["Keys"], sort_keys=True)
        return Record(int(change["SequenceNumber"]), key, arrived, event, json.dumps(event))


def _with_text(value: Any) -> Any:
    """Return attribute values with their bytes in base 64, as JSON has them."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return {name: _with_text(inner) for name, inner in value.items()}
    return [_with_text(inner) for inner in value] if isinstance(value, list) else value
