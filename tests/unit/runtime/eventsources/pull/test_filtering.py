"""Filter criteria look into what a sender wrote, whatever that is."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from runtime.eventsources.pull.filtering import Filters


def message(body: str) -> dict[str, Any]:
    return {"eventSource": "aws:sqs", "messageId": "1", "body": body}


def shard_record(content: bytes) -> dict[str, Any]:
    return {
        "eventSource": "aws:kinesis",
        "kinesis": {"partitionKey": "k", "data": base64.b64encode(content).decode()},
    }


OBJECT, TEXT = json.dumps({"body": {"a": [1]}}), json.dumps({"body": ["plain"]})


@pytest.mark.parametrize(
    ("pattern", "body", "passes"),
    [
        (OBJECT, '{"a": 1}', True),
        (OBJECT, '{"a": 2}', False),
        (OBJECT, "plain", False),
        (OBJECT, "[1]", False),
        (OBJECT, "[" * 100_000, False),
        (TEXT, "plain", True),
        (TEXT, '{"a": 1}', False),
        (json.dumps({"messageId": ["1"]}), "whatever", True),
    ],
)
def test_a_body_passes_or_not(pattern: str, body: str, passes: bool) -> None:
    assert Filters([pattern]).admit(message(body)) is passes


def test_of_a_shard_the_key_and_the_data_can_be_asked_for() -> None:
    by_key, by_data = json.dumps({"partitionKey": ["k"]}), json.dumps({"data": {"a": [{"exists": True}]}})

    assert Filters([by_key]).admit(shard_record(b"\xff\x00"))
    assert not Filters([by_data]).admit(shard_record(b"\xff\x00"))
    assert Filters([by_data]).admit(shard_record(b'{"a": null}'))


def test_one_pattern_that_is_met_is_enough_and_none_lets_everything_through() -> None:
    assert Filters([OBJECT, TEXT]).admit(message("plain"))
    assert Filters([]).admit(message("anything"))
