"""What a mapping says of itself: whether it is at work, and how its last batch went; in AWS's members and words.

Today that is ``State`` and ``LastProcessingResult``, in the preview ``Status``. It is written when it changes, and so
is the journal (``event-source``, with the operations ``enabled``, ``ok``, ``problem`` and ``readable``): a mapping that
goes on as before writes nothing, however often its source is looked at.
"""

from __future__ import annotations

from typing import Protocol

from runtime.eventsources.pull.subscription import Subscription
from runtime.journal import Journal
from runtime.resources.event_source import EventSource, EventSources
from runtime.resources.mappings import Mappings

FUNCTION_FAILED = "Function call failed"
OK, PROBLEM, NOTHING_YET = "OK", "PROBLEM: ", "No records processed"


class Told(Protocol):
    """Where the health of a mapping is kept."""

    def is_at_work(self) -> None:
        """Say that the source is read from now on."""

    def says(self, result: str) -> None:
        """Say ``OK``, that there was nothing yet, or ``PROBLEM: `` and why."""


class ToldToday:
    """A mapping of today."""

    def __init__(self, mappings: Mappings, uuid: str) -> None:
        self._mappings = mappings
        self._uuid = uuid

    def is_at_work(self) -> None:
        self._mappings.note(self._uuid, State="Enabled")

    def says(self, result: str) -> None:
        self._mappings.note(self._uuid, LastProcessingResult=result)


class ToldOfQueue(ToldToday):
    """A mapping of a queue, which as on AWS says nothing of its batches; only that it has a problem."""

    def says(self, result: str) -> None:
        self._mappings.note(self._uuid, LastProcessingResult=result if result.startswith(PROBLEM) else None)


class ToldPreview:
    """A mapping of the preview, which knows no states."""

    def __init__(self, event_sources: EventSources, source: EventSource) -> None:
        self._event_sources = event_sources
        self._source = source

    def is_at_work(self) -> None:
        pass

    def says(self, result: str) -> None:
        if not result.startswith(PROBLEM):
            self._event_sources.processed(self._source)
        else:
            self._event_sources.failed(self._source, result.removeprefix("PROBLEM:"))


class Health:
    """The health of one subscription."""

    def __init__(self, subscription: Subscription, told: Told, journal: Journal) -> None:
        self._subscription = subscription
        self._told = told
        self._journal = journal
        self._last = ""

    def at_work(self) -> None:
        """Note that the source is read from now on."""
        self._told.is_at_work()
        self._record("enabled", "")

    def ok(self) -> None:
        """Note that a batch succeeded."""
        self._say(OK, "ok", "")

    def problem(self, message: str) -> None:
        """Note why there is nothing to be had of the source, or why a batch was not processed."""
        self._say(PROBLEM + message, "problem", message)

    def readable(self) -> None:
        """Note that the source can be read again, after a problem with that."""
        self._say(NOTHING_YET, "readable", "")

    def _say(self, result: str, operation: str, message: str) -> None:
        if result != self._last:
            self._last = result
            self._told.says(result)
            self._record(operation, message)

    def _record(self, operation: str, message: str) -> None:
        facts = {
            "operation": operation,
            "uuid": self._subscription.uuid,
            "event_source_arn": self._subscription.source_arn,
            "function": self._subscription.function,
            "role": self._subscription.role,
            "caller": "lambda.amazonaws.com",
            "message": message,
        }
        self._journal.append("event-source", facts)
