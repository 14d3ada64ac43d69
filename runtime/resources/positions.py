"""How far the shards of streams have been read for which mapping: durable, so that nothing is skipped or done again.

A position is kept as a document of whoever reads the shard, by the UUID of its mapping and the name of the shard.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping
from typing import Any

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS stream_position (
        mapping TEXT NOT NULL, shard TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (mapping, shard))""",
)
TABLES = ("stream_position",)


class Positions:
    """The positions in streams of an account's mappings, of both generations."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, mapping: str, shard: str) -> dict[str, Any] | None:
        """Return how far a shard has been read for a mapping; ``None`` if it has not been read yet."""
        row = self._connection.execute(
            "SELECT document FROM stream_position WHERE mapping = ? AND shard = ?", (mapping, shard)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, mapping: str, shard: str, document: Mapping[str, Any]) -> None:
        """Keep a position, in place of the one before; it is durable when this returns."""
        self._connection.execute(
            "INSERT OR REPLACE INTO stream_position VALUES (?, ?, ?)", (mapping, shard, json.dumps(dict(document)))
        )

    def forget(self, mapping: str) -> None:
        """Forget every position of a mapping."""
        self._connection.execute("DELETE FROM stream_position WHERE mapping = ?", (mapping,))

    def keep_only(self, mappings: Collection[str]) -> None:
        """Forget the positions of mappings that are gone."""
        known = {uuid for (uuid,) in self._connection.execute("SELECT DISTINCT mapping FROM stream_position")}
        for uuid in known.difference(mappings):
            self.forget(uuid)
