"""The sources that can be mapped to a function: queues, Kinesis streams, DynamoDB streams, and what each may say.

Other sources of AWS (Kafka, MQ, DocumentDB) are refused with words that say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime.services.constraints import invalid_parameter

STREAM_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
    "DestinationConfig": {"OnFailure": {}},
    "LastProcessingResult": "No records processed",
}
QUEUE_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
}
OF_EVERY_SOURCE = frozenset({"BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "FilterCriteria"})
OF_STREAMS = frozenset(STREAM_DEFAULTS) - {"LastProcessingResult"} | {"StartingPosition", "StartingPositionTimestamp"}
NO_TUMBLING = (
    "TumblingWindowInSeconds cannot be set: this runtime passes no state from batch to batch. Leave it out of the "
    "call, or set it to 0."
)
WINDOW_NEEDED = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of event source."""

    service: str
    """As its ARNs name it."""
    needed_actions: tuple[str, ...]
    """What the execution role must be allowed, so that the source can be read with it."""
    defaults: Mapping[str, Any]
    members: frozenset[str]
    """What a mapping of this kind may say."""
    transition_reason: str = "User action"
    starting_positions: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_stream(self) -> bool:
        """Tell whether it is read from a position on."""
        return bool(self.starting_positions)


KINDS = {
    kind.service: kind
    for kind in (
        SourceKind(
            "sqs",
            ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
            QUEUE_DEFAULTS,
            OF_EVERY_SOURCE | {"ScalingConfig"},
            "USER_INITIATED",
        ),
        SourceKind(
            "kinesis",
            ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListStreams"),
            STREAM_DEFAULTS,
            OF_EVERY_SOURCE | OF_STREAMS,
            starting_positions=frozenset({"TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"}),
        ),
        SourceKind(
            "dynamodb",
            ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams"),
            STREAM_DEFAULTS,
            OF_EVERY_SOURCE | OF_STREAMS,
            starting_positions=frozenset({"TRIM_HORIZON", "LATEST"}),
        ),
    )
}


def check_batch(kind: SourceKind, arn: str, members: Mapping[str, Any]) -> None:
    """Refuse a batch that a queue cannot give at once, and windows whose state nobody here would carry on."""
    if members.get("TumblingWindowInSeconds"):
        raise invalid_parameter(NO_TUMBLING)
    if kind.service != "sqs" or members["BatchSize"] <= QUEUE_DEFAULTS["BatchSize"]:
        return
    if arn.endswith(".fifo"):
        raise invalid_parameter("A batch of a FIFO queue has at most 10 messages.")
    if not members["MaximumBatchingWindowInSeconds"]:
        raise invalid_parameter(WINDOW_NEEDED)


def check_starting_position(kind: SourceKind, arn: str, position: str | None) -> None:
    """Refuse a stream without a position from which to read, or with one that it does not have."""
    if not kind.is_stream:
        return
    if position is None:
        raise invalid_parameter(
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint:"
            " Member must not be null."
        )
    if position not in kind.starting_positions:
        raise invalid_parameter(f"Unsupported starting position for arn type: {arn}")
