"""What is on its way to another service: a notification of S3 to a function, a record of an invocation to a queue.

A delivery that was put down is made at least once, whenever the platform is killed: it stays until it is settled. What
it says and where it goes is its carrier's business (``runtime/eventsources/deliveries.py``); here it is only kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.timeline import Step

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS delivery (
        position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, carrier TEXT NOT NULL,
        function TEXT NOT NULL, accepted_at TEXT NOT NULL, trace_id TEXT NOT NULL, span TEXT NOT NULL, parent TEXT,
        document TEXT NOT NULL)""",
)
TABLES = ("delivery",)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to be brought to another service."""

    id: str
    carrier: str
    """Who knows how: the name of a carrier."""
    function: str
    """The function that it is about, by name; or another name for where it goes."""
    accepted_at: datetime
    step: Step
    document: Mapping[str, Any]


class OutgoingTable:
    """Deliveries that are not settled, in the order in which they were put down."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Put deliveries down; they are durable when this returns, or when the transaction that is open ends."""
        self._connection.executemany(
            "INSERT INTO delivery (id, carrier, function, accepted_at, trace_id, span, parent, document) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    each.id,
                    each.carrier,
                    each.function,
                    each.accepted_at.isoformat(),
                    each.step.trace_id,
                    each.step.span,
                    each.step.parent,
                    json.dumps(dict(each.document)),
                )
                for each in deliveries
            ],
        )

    def all(self) -> list[Delivery]:
        """Return every delivery that is not settled."""
        rows = self._connection.execute(
            "SELECT id, carrier, function, accepted_at, trace_id, span, parent, document "
            "FROM delivery ORDER BY position"
        )
        return [
            Delivery(
                identifier,
                carrier,
                function,
                datetime.fromisoformat(accepted_at),
                Step(trace_id, span, parent),
                json.loads(document),
            )
            for identifier, carrier, function, accepted_at, trace_id, span, parent, document in rows
        ]

    def has(self, identifier: str) -> bool:
        """Tell whether a delivery is still to be made."""
        return self._connection.execute("SELECT 1 FROM delivery WHERE id = ?", (identifier,)).fetchone() is not None

    def settle(self, identifier: str) -> None:
        """Drop a delivery that was made, or given up."""
        self._connection.execute("DELETE FROM delivery WHERE id = ?", (identifier,))
