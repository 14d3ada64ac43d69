"""The functions of an account with their published versions, in one table of its file.

A row is one version of one function: ``$LATEST``, or a number. Numbers are given once and never again, also not after
their version was deleted; they begin anew only with a new function.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from runtime.generation import GENERATIONS
from runtime.resources.function import LATEST, Function, Layer

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS function (
        name TEXT NOT NULL, number INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (name, number))""",
    "CREATE TABLE IF NOT EXISTS published (name TEXT PRIMARY KEY, last INTEGER NOT NULL)",
)
TABLES = ("function", "published")
MOST_DIGITS = 18
"""More do not fit into an integer of SQLite."""


class FunctionTable:
    """Functions and versions, durable."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, name: str, version: str = LATEST) -> Function | None:
        """Return a version of a function, whatever its generation."""
        if version != LATEST and not version.isdecimal():
            return None
        row = self._connection.execute(
            "SELECT document FROM function WHERE name = ? AND number = ?", (name, _number(version))
        ).fetchone()
        return _function(json.loads(row[0])) if row else None

    def latest(self) -> list[Function]:
        """Return ``$LATEST`` of every function, by name."""
        rows = self._connection.execute("SELECT document FROM function WHERE number = 0 ORDER BY name")
        return [_function(json.loads(row[0])) for row in rows]

    def versions(self, name: str) -> list[Function]:
        """Return ``$LATEST`` of a function and then its versions, the oldest first."""
        rows = self._connection.execute("SELECT document FROM function WHERE name = ? ORDER BY number", (name,))
        return [_function(json.loads(row[0])) for row in rows]

    def everything(self) -> list[Function]:
        """Return every version of every function."""
        rows = self._connection.execute("SELECT document FROM function ORDER BY name, number")
        return [_function(json.loads(row[0])) for row in rows]

    def put(self, function: Function) -> None:
        """Create this version of the function, or replace it."""
        self._connection.execute(
            "INSERT OR REPLACE INTO function VALUES (?, ?, ?)",
            (function.name, _number(function.version), json.dumps(_document(function))),
        )

    def last_published(self, name: str) -> Function | None:
        """Return the version that was published last, unless it was deleted."""
        row = self._connection.execute("SELECT last FROM published WHERE name = ?", (name,)).fetchone()
        return self.find(name, str(row[0])) if row else None

    def next_number(self, name: str) -> str:
        """Take the number of the next version of a function."""
        (number,) = self._connection.execute(
            "INSERT INTO published VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
            (name,),
        ).fetchone()
        return str(number)

    def delete(self, name: str) -> None:
        """Forget a function and all of its versions; an absent one is no mistake here."""
        for table in TABLES:
            self._connection.execute(f"DELETE FROM {table} WHERE name = ?", (name,))  # noqa: S608 - two literals

    def delete_version(self, name: str, version: str) -> None:
        """Forget one published version."""
        self._connection.execute("DELETE FROM function WHERE name = ? AND number = ?", (name, _number(version)))


def _number(version: str) -> int:
    """Return the number of a version; one that is longer than any is the number of none."""
    if version == LATEST:
        return 0
    return int(version) if len(version) <= MOST_DIGITS else -1


def _document(function: Function) -> dict[str, Any]:
    return {
        **asdict(function),
        "generation": function.generation.name,
        "last_modified": function.last_modified.isoformat(),
        "environment": dict(function.environment),
    }


def _function(document: Mapping[str, Any]) -> Function:
    return Function(
        **{
            **document,
            "generation": GENERATIONS[document["generation"]],
            "last_modified": datetime.fromisoformat(document["last_modified"]),
            "layers": tuple(Layer(**layer) for layer in document["layers"]),
        }
    )
