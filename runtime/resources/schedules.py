"""Since when each scheduled rule counts: durable, so that a rate goes on in the same steps after a restart."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from datetime import datetime

SCHEMA = ("CREATE TABLE IF NOT EXISTS schedule (rule TEXT PRIMARY KEY, expression TEXT NOT NULL, since TEXT NOT NULL)",)
TABLES = ("schedule",)


class Schedules:
    """The scheduled rules of an account that are switched on."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def since(self, rule: str, expression: str, now: datetime) -> datetime:
        """Return since when a rule counts with this expression: from now on, if it has not until now."""
        row = self._connection.execute(
            "SELECT since FROM schedule WHERE rule = ? AND expression = ?", (rule, expression)
        ).fetchone()
        if row is not None:
            return datetime.fromisoformat(row[0])
        self._connection.execute(
            "INSERT OR REPLACE INTO schedule VALUES (?, ?, ?)", (rule, expression, now.isoformat())
        )
        return now

    def keep_only(self, rules: Collection[str]) -> None:
        """Forget rules that are gone, or switched off."""
        known = {rule for (rule,) in self._connection.execute("SELECT rule FROM schedule")}
        self._connection.executemany(
            "DELETE FROM schedule WHERE rule = ?", [(rule,) for rule in known.difference(rules)]
        )
