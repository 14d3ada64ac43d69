"""Bring a function's log to CloudWatch Logs, with the rights of its execution role and no others.

Without the right there are no logs: the refusal is in the journal (``denial``) and the invocation is what it was, as on
AWS. When something is delivered, ``outbox.py`` decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from runtime.errors import ServiceError
from runtime.identity.principal import Credentials
from runtime.identity.seams import Caller
from runtime.invocation.logs import LogEvent, LogStream
from runtime.journal import Journal

LARGEST_BATCH_BYTES = 1_048_576
LARGEST_BATCH_EVENTS = 10_000
BYTES_PER_EVENT = 26
REFUSALS = {
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",  # the role was deleted while the function ran, and its sessions with it
}


class LogDelivery:
    """Delivers the log of one environment; makes its group and stream when there is something to deliver."""

    def __init__(self, caller: Caller, journal: Journal, stream: LogStream, credentials: Credentials) -> None:
        self._caller = caller
        self._journal = journal
        self._stream = stream
        self._credentials = credentials
        self._has_stream = False
        self._collected: list[LogEvent] = []

    @property
    def group(self) -> str:
        """Return the log group that it delivers to."""
        return self._stream.group

    @property
    def has_collected(self) -> bool:
        """Say whether there is something to deliver."""
        return bool(self._collected)

    @property
    def is_burden(self) -> bool:
        """Say whether more than one batch is waiting."""
        return next(islice(_batches(self._collected), 1, None), None) is not None

    def collect(self) -> None:
        """Take what has been logged until now, at the end of an invocation: what comes next is of the next one."""
        self._collected += self._stream.take()

    async def deliver(self) -> None:
        """Deliver what was collected; what is refused is gone."""
        events, self._collected = self._collected, []
        if not events:
            return
        try:
            if not self._has_stream:
                await self._make_stream()
                self._has_stream = True
            for batch in _batches(events):
                await self._call("PutLogEvents", {**self._place(), "logEvents": batch})
        except ServiceError as error:
            # A refusal is no fault, and what the judge refused is in the journal. Anything else is ours, and must not
            # change the outcome either.
            if error.code not in REFUSALS:
                self._journal.fault(f"delivery of the log {self._stream.name}", str(error))

    async def _make_stream(self) -> None:
        try:
            await self._call("CreateLogStream", self._place())
        except ServiceError as error:
            if error.code != "ResourceNotFoundException":
                raise
            await self._make_group()
            await self._call("CreateLogStream", self._place())

    async def _make_group(self) -> None:
        try:
            await self._call("CreateLogGroup", {"logGroupName": self._stream.group})
        except ServiceError as error:
            # Another environment of the function made it in the same moment.
            if error.code != "ResourceAlreadyExistsException":
                raise

    def _place(self) -> dict[str, Any]:
        return {"logGroupName": self._stream.group, "logStreamName": self._stream.name}

    async def _call(self, operation: str, parameters: Mapping[str, Any]) -> None:
        await self._caller.call("logs", operation, parameters, self._credentials)


def _batches(events: Sequence[LogEvent]) -> Iterator[list[dict[str, Any]]]:
    """Cut events into batches that PutLogEvents takes."""
    batch: list[dict[str, Any]] = []
    size = 0
    for event in events:
        weight = len(event.message.encode()) + BYTES_PER_EVENT
        if batch and (size + weight > LARGEST_BATCH_BYTES or len(batch) == LARGEST_BATCH_EVENTS):
            yield batch
            batch, size = [], 0
        batch.append({"timestamp": event.timestamp, "message": event.message})
        size += weight
    yield batch
