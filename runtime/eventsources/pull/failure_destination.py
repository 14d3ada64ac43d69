"""Sends the record of records that were given up, with the role of the function: to a queue, a topic or a bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.arn import Arn
from runtime.eventsources.pull.role_session import RoleSession
from runtime.eventsources.push import queue_url


async def send_record(
    session: RoleSession, target: str, record: Mapping[str, Any], *, key: str, texts: Sequence[str]
) -> None:
    """Send a record; raise ``ServiceError`` if it is not taken. In a bucket it has a key, and the batch in it."""
    arn = Arn.parse(target)
    body = json.dumps(record)
    match arn.service:
        case "sqs":
            await session.call("sqs", "SendMessage", {"QueueUrl": queue_url(target), "MessageBody": body})
        case "sns":
            await session.call("sns", "Publish", {"TopicArn": target, "Message": body})
        case _:
            batch = '{"Records": [' + ", ".join(texts) + "]}"
            content = json.dumps({**record, "payload": batch}).encode()
            await session.call("s3", "PutObject", {"Bucket": arn.resource, "Key": key, "Body": content})
