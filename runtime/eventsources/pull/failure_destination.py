"""Sends the record of records that were given up, with the role of the function: to a queue, a topic or a bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.arn import Arn
from runtime.eventsources.pull.role_session import RoleSession


async def send_record(
    session: RoleSession, target: str, record: Mapping[str, Any], *, key: str, texts: Sequence[str]
) -> None:
    """Send a record; raise ``ServiceError`` if it is not taken. In a bucket it has a key, and the batch in it."""
    arn = Arn.parse(target)
    body = json.dumps(record)
    match arn.service:
        case "sqs":
            url = f"https://sqs.{arn.region}.amazonaws.com/{arn.account}/{arn.resource}"
            await session.call("sqs", "SendMessage", {"QueueUrl": url, "MessageBody": body})
        case "sns":
            await session.call("sns", "Publish", {"TopicArn": target, "Message": body})
        case _:
            batch = '{"Records": [' + ", ".join(texts) + "]}"
            content = json.dumps({**record, "payload": batch}).encode()
            await session.call("s3", "PutObject", {"Bucket": arn.resource, "Key": key, "Body": content})
