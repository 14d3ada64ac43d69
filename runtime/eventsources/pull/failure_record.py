"""What is sent to an on-failure destination when records of a stream are given up (facts AWS-140 and AWS-157).

It says which records they were and not what was in them; only in S3 the batch itself lies beside (AWS documents it).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from runtime.clock import iso_milliseconds
from runtime.eventsources.pull.chances import Condition
from runtime.eventsources.pull.delivery import Delivered
from runtime.eventsources.pull.streams import Record
from runtime.eventsources.pull.subscription import Subscription

MEMBERS = {"kinesis": "KinesisBatchInfo", "dynamodb": "DDBStreamBatchInfo"}


def failure_record(
    subscription: Subscription,
    shard: str,
    records: Sequence[Record],
    *,
    condition: Condition,
    attempts: int,
    delivered: Delivered | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the record; ``delivered`` is the last attempt, if there was one since the platform began."""
    record: dict[str, Any] = {
        "requestContext": {
            "requestId": delivered.request_id if delivered else str(uuid.uuid4()),
            "functionArn": subscription.function_arn,
            "condition": condition.value,
            "approximateInvokeCount": attempts,
        },
        "version": "1.0",
        "timestamp": iso_milliseconds(now),
        MEMBERS[subscription.service]: {
            "shardId": shard,
            "startSequenceNumber": str(records[0].sequence),
            "endSequenceNumber": str(records[-1].sequence),
            "approximateArrivalOfFirstRecord": _moment(subscription, records[0].arrived),
            "approximateArrivalOfLastRecord": _moment(subscription, records[-1].arrived),
            "batchSize": len(records),
            "streamArn": subscription.source_arn,
        },
    }
    if delivered is not None:
        record["responseContext"] = {
            "statusCode": 200,
            "executedVersion": delivered.version,
            "functionError": delivered.outcome.function_error,
        }
    return record


def object_key(uuid_of_mapping: str, shard: str, now: datetime) -> str:
    """Return the name under which a record lies in a bucket."""
    moment = now.strftime("%Y/%m/%d/%Y-%m-%dT%H.%M.%S")
    return f"aws/lambda/{uuid_of_mapping}/{shard}/{moment}-{uuid.uuid4()}"


def _moment(subscription: Subscription, arrived: datetime) -> str:
    # DynamoDB's moments are recorded as whole seconds, those of Kinesis with milliseconds.
    if subscription.service == "dynamodb":
        return arrived.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return iso_milliseconds(arrived)
