"""Event source mappings: which source of events is to be read for which function.

A mapping is kept as the members of AWS's shape, by its UUID, in the order in which mappings were made. It outlives its
function, as on AWS. Nothing here reads a source.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS event_source_mapping (
        position INTEGER PRIMARY KEY AUTOINCREMENT, uuid TEXT NOT NULL UNIQUE, document TEXT NOT NULL)""",
)
TABLES = ("event_source_mapping",)


class Mappings:
    """The event source mappings of an account, durable."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, uuid: str) -> dict[str, Any] | None:
        """Return a mapping."""
        row = self._connection.execute("SELECT document FROM event_source_mapping WHERE uuid = ?", (uuid,)).fetchone()
        return json.loads(row[0]) if row else None

    def all(self) -> dict[str, dict[str, Any]]:
        """Return every mapping by UUID, the oldest first."""
        rows = self._connection.execute("SELECT uuid, document FROM event_source_mapping ORDER BY position")
        return {uuid: json.loads(document) for uuid, document in rows}

    def put(self, uuid: str, document: Mapping[str, Any]) -> None:
        """Keep a mapping, in place of the one of that UUID."""
        self._connection.execute(
            "INSERT INTO event_source_mapping (uuid, document) VALUES (?, ?)"
            " ON CONFLICT (uuid) DO UPDATE SET document = excluded.document",
            (uuid, json.dumps(dict(document))),
        )

    def note(self, uuid: str, **members: str | None) -> None:
        """Change members of a mapping that say how it goes, or take them away; a mapping that is gone stays gone."""
        mapping = self.find(uuid)
        if mapping is not None:
            self.put(uuid, {name: value for name, value in (mapping | members).items() if value is not None})

    def delete(self, uuid: str) -> None:
        """Forget a mapping; an absent one is no mistake here."""
        self._connection.execute("DELETE FROM event_source_mapping WHERE uuid = ?", (uuid,))
