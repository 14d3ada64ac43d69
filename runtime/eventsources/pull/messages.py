"""A message of a queue, as a function gets it: the shape that AWS documents for SQS."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.arn import Arn


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was received."""

    identifier: str
    handle: str
    event: Mapping[str, Any]
    text: str
    """The event as JSON."""


def message_of(given: Mapping[str, Any], queue_arn: str) -> Message:
    """Return a message as ReceiveMessage gave it."""
    event: dict[str, Any] = {
        "messageId": given["MessageId"],
        "receiptHandle": given["ReceiptHandle"],
        "body": given["Body"],
        "attributes": dict(given.get("Attributes", {})),
        "messageAttributes": {name: _attribute(value) for name, value in given.get("MessageAttributes", {}).items()},
        "md5OfBody": given["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": Arn.parse(queue_arn).region,
    }
    if "MD5OfMessageAttributes" in given:
        event["md5OfMessageAttributes"] = given["MD5OfMessageAttributes"]
    return Message(given["MessageId"], given["ReceiptHandle"], event, json.dumps(event))


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        attribute["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    return attribute
