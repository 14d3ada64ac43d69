"""What a function reads, and how: an event source mapping of either generation, as those who read need it.

Both generations end here: a mapping of today with its many settings, and one of the preview with its two. What neither
the preview nor its operations had is as if it had never been set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runtime.arn import Arn
from runtime.generation import PREVIEW, TODAY, Generation
from runtime.resources.event_source import EventSource

READING_STATES = frozenset({"Creating", "Enabling", "Updating", "Enabled"})
"""States of a mapping whose source is to be read."""
REPORTS_FAILURES = "ReportBatchItemFailures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One source that is read for one function. Two that are equal are read in the same way."""

    uuid: str
    source_arn: str
    generation: Generation
    function: str
    function_arn: str
    """As the mapping names it, perhaps with a version or an alias."""
    qualifier: str | None
    role: str | None
    """The invocation role of the preview; today it is the function's own, as it is when the source is read."""
    batch_size: int
    window: timedelta = timedelta(0)
    starting_position: str = "TRIM_HORIZON"
    starting_timestamp: float | None = None
    lanes: int = 1
    """How many batches of a shard may be under way at once."""
    retries: int = -1
    """How often a batch is tried again; -1: as long as its records are there."""
    maximum_age: timedelta | None = None
    bisects: bool = False
    reports_failures: bool = False
    filters: tuple[str, ...] = ()
    """Patterns, JSON; none: every record is delivered."""
    destination: str | None = None
    """Where it is recorded that records were given up."""
    maximum_concurrency: int | None = None

    @property
    def service(self) -> str:
        """Return what is read: ``kinesis``, ``dynamodb``, ``sqs``."""
        return Arn.parse(self.source_arn).service

    @property
    def region(self) -> str:
        """Return where the source is."""
        return Arn.parse(self.source_arn).region


def of_today(mapping: Mapping[str, Any]) -> Subscription | None:
    """Return what a mapping of today asks for; ``None`` if it is switched off."""
    if mapping["State"] not in READING_STATES:
        return None
    function, _, qualifier = Arn.parse(mapping["FunctionArn"]).resource.removeprefix("function:").partition(":")
    age = mapping.get("MaximumRecordAgeInSeconds") or -1
    filters = (mapping.get("FilterCriteria") or {}).get("Filters") or []
    return Subscription(
        uuid=mapping["UUID"],
        source_arn=mapping["EventSourceArn"],
        generation=TODAY,
        function=function,
        function_arn=mapping["FunctionArn"],
        qualifier=qualifier or None,
        role=None,
        batch_size=mapping["BatchSize"],
        window=timedelta(seconds=mapping.get("MaximumBatchingWindowInSeconds") or 0),
        starting_position=mapping.get("StartingPosition", "TRIM_HORIZON"),
        starting_timestamp=mapping.get("StartingPositionTimestamp"),
        lanes=mapping.get("ParallelizationFactor") or 1,
        retries=mapping.get("MaximumRetryAttempts", -1),
        maximum_age=None if age < 0 else timedelta(seconds=age),
        bisects=bool(mapping.get("BisectBatchOnFunctionError")),
        reports_failures=REPORTS_FAILURES in (mapping.get("FunctionResponseTypes") or []),
        filters=tuple(one["Pattern"] for one in filters),
        destination=((mapping.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination"),
        maximum_concurrency=(mapping.get("ScalingConfig") or {}).get("MaximumConcurrency"),
    )


def of_preview(source: EventSource, function_arn: str) -> Subscription:
    """Return what a mapping of the preview asks for."""
    return Subscription(
        uuid=source.uuid,
        source_arn=source.stream_arn,
        generation=PREVIEW,
        function=source.function,
        function_arn=function_arn,
        qualifier=None,
        role=source.role,
        batch_size=source.batch_size,
        starting_position=source.parameters["InitialPositionInStream"],
    )


def moment_of(timestamp: float) -> datetime:
    """Return the moment from which a mapping reads."""
    return datetime.fromtimestamp(timestamp, UTC)
