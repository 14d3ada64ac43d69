"""Filter criteria: which records of a source a function gets to see. One pattern that is met is enough.

A pattern is about the record as the function would get it, with two of its members read: the ``data`` of a Kinesis
record and the ``body`` of a message may be JSON, and a pattern may look into it. As AWS documents it: where the pattern
looks into a text that is not JSON, or lists texts for what is JSON, the record does not pass.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.eventsources.patterns import matches

CONTENT = {"aws:kinesis": "data", "aws:sqs": "body"}
"""The member that a sender fills as he likes."""


class Filters:
    """The filter criteria of one mapping."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [json.loads(pattern) for pattern in patterns]

    def admit(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record, as a function would get it, is to be delivered."""
        if not self._patterns:
            return True
        seen = _seen(record)
        return any(matches(pattern, seen) for pattern in self._patterns)


def _seen(record: Mapping[str, Any]) -> Mapping[str, Any]:
    source = record.get("eventSource", "")
    member = CONTENT.get(source)
    if member is None:
        return record
    inner = record["kinesis"] if source == "aws:kinesis" else {}
    seen = {**record, **inner}
    text = _text(seen[member]) if source == "aws:kinesis" else seen[member]
    return {**seen, member: _read(text)}


def _text(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return encoded


def _read(text: str) -> Any:
    """Return an object that is written in a text; anything else stays the text that it is."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return content if isinstance(content, dict) else text
