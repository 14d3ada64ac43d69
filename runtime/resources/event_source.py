"""The event sources of the preview: which stream is read for which function, and how that goes.

A mapping is made by AddEventSource and gone with RemoveEventSource. What it says of its health is AWS's: ``PENDING``
from the moment it is made or changed, ``OK`` once events were processed, ``PROBLEM:`` and a message when they could not
be; a problem that is over is ``OK`` again. A caller's change sets ``PENDING``; the two others are for whoever reads the
stream (``runtime/eventsources/pull``) to say, by :meth:`EventSources.processed` and :meth:`EventSources.failed`.

Not known of the preview, and decided here: a stream that is mapped anew keeps its UUID, as its mapping is "updated"
and not replaced. ``IsActive`` is always true, because no operation of that API could make it anything else.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

PENDING, OK, PROBLEM = "PENDING", "OK", "PROBLEM:"
TABLES = ("event_source",)
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS event_source (
        uuid TEXT PRIMARY KEY, stream_arn TEXT NOT NULL UNIQUE, function TEXT NOT NULL, role TEXT NOT NULL,
        batch_size INTEGER NOT NULL, parameters TEXT NOT NULL, last_modified TEXT NOT NULL, status TEXT NOT NULL)""",
)


@dataclass(frozen=True, slots=True)
class EventSource:
    """A stream that is mapped to a function of the preview."""

    uuid: str
    stream_arn: str
    function: str
    """The function's name."""
    role: str
    """ARN of the invocation role, with which the stream is read and the function invoked."""
    batch_size: int
    parameters: Mapping[str, str]
    last_modified: datetime
    """When a caller last changed it; its health changes without."""
    status: str = PENDING
    is_active: bool = True


class EventSources:
    """The mappings of one account; one for a stream at most."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self) -> list[EventSource]:
        """Return every mapping, by UUID."""
        return list(self._select("ORDER BY uuid"))

    def find(self, uuid: str) -> EventSource | None:
        """Return the mapping of that UUID."""
        return next(self._select("WHERE uuid = ?", uuid), None)

    def of_stream(self, arn: str) -> EventSource | None:
        """Return the mapping of a stream."""
        return next(self._select("WHERE stream_arn = ?", arn), None)

    def put(self, source: EventSource) -> None:
        """Keep a mapping, in place of the one of its stream if there is one."""
        row = (
            source.uuid,
            source.stream_arn,
            source.function,
            source.role,
            source.batch_size,
            json.dumps(dict(source.parameters)),
            source.last_modified.isoformat(),
            source.status,
        )
        self._connection.execute("INSERT OR REPLACE INTO event_source VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def remove(self, uuid: str) -> None:
        """Forget a mapping; an absent one is no mistake here."""
        self._connection.execute("DELETE FROM event_source WHERE uuid = ?", (uuid,))

    def processed(self, read: EventSource) -> None:
        """Note that a batch of a mapping, as it was when the batch was read, has been processed."""
        self._note(read, OK)

    def failed(self, read: EventSource, message: str) -> None:
        """Note why the events of a mapping, as it was when they were to be read, could not be processed."""
        self._note(read, PROBLEM + message)

    def _note(self, read: EventSource, status: str) -> None:
        # What was changed or removed since is another mapping: its health is not known by this.
        now = self.find(read.uuid)
        if now is not None and replace(now, status=read.status) == read:
            self._connection.execute("UPDATE event_source SET status = ? WHERE uuid = ?", (status, read.uuid))

    def _select(self, condition: str, *values: str) -> Iterator[EventSource]:
        rows = self._connection.execute(f"SELECT * FROM event_source {condition}", values).fetchall()  # noqa: S608 - our own
        return (_event_source(*row) for row in rows)


def _event_source(*row: Any) -> EventSource:
    uuid, stream_arn, function, role, batch_size, parameters, last_modified, status = row
    moment = datetime.fromisoformat(last_modified)
    return EventSource(uuid, stream_arn, function, role, batch_size, json.loads(parameters), moment, status)
