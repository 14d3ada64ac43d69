"""Kinesis: streams and their consumers. A shard iterator is judged by the stream that it was made for."""

from __future__ import annotations

import base64
import binascii

from runtime.endpoint.needs.asked import Asked, Use
from runtime.endpoint.needs.named import arns_in


def uses(asked: Asked) -> list[Use]:
    """Return what a call to Kinesis uses."""
    stream = asked.text("StreamName") or _stream_of(asked.text("ShardIterator"))
    return [Use(f"kinesis:{asked.operation}", {"StreamName": stream}, arns_in(asked))]


def _stream_of(iterator: str) -> str:
    """Return the stream that moto has written into an iterator: ``stream:shard:sequence number``, in base 64."""
    try:
        return base64.decodebytes(iterator.encode()).decode().split(":")[0]
    except (binascii.Error, ValueError):
        return ""
