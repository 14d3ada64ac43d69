"""Layer versions: archives that functions share, each with a number that is given once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS layer_version (
        name TEXT NOT NULL, number INTEGER NOT NULL, document TEXT NOT NULL, PRIMARY KEY (name, number))""",
    "CREATE TABLE IF NOT EXISTS published_layer (name TEXT PRIMARY KEY, last INTEGER NOT NULL)",
)
TABLES = ("layer_version", "published_layer")
LARGEST = 2**63 - 1
"""No larger integer fits into SQLite."""


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """One version of a layer; nothing changes it."""

    name: str
    layer_arn: str
    """Without the number."""
    number: int
    description: str
    license: str
    runtimes: tuple[str, ...]
    """What it says it is for; AWS holds nobody to it."""
    architectures: tuple[str, ...]
    created: datetime
    code_sha256: str
    code_size: int

    @property
    def arn(self) -> str:
        """Return the ARN with the number."""
        return f"{self.layer_arn}:{self.number}"


class Layers:
    """The layer versions of an account, durable."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, name: str, number: int) -> LayerVersion | None:
        """Return a layer version; a number that is larger than any is the number of none."""
        if number > LARGEST:
            return None
        row = self._connection.execute(
            "SELECT document FROM layer_version WHERE name = ? AND number = ?", (name, number)
        ).fetchone()
        return _layer_version(json.loads(row[0])) if row else None

    def versions(self, name: str) -> list[LayerVersion]:
        """Return the versions of a layer, the newest first."""
        rows = self._connection.execute(
            "SELECT document FROM layer_version WHERE name = ? ORDER BY number DESC", (name,)
        )
        return [_layer_version(json.loads(row[0])) for row in rows]

    def all(self) -> list[LayerVersion]:
        """Return every layer version, by name and the newest first."""
        rows = self._connection.execute("SELECT document FROM layer_version ORDER BY name, number DESC")
        return [_layer_version(json.loads(row[0])) for row in rows]

    def put(self, version: LayerVersion) -> None:
        """Keep a layer version."""
        document = {**asdict(version), "created": version.created.isoformat()}
        self._connection.execute(
            "INSERT INTO layer_version VALUES (?, ?, ?)", (version.name, version.number, json.dumps(document))
        )

    def delete(self, name: str, number: int) -> None:
        """Forget a layer version; functions that use it keep it. An absent one is no mistake here."""
        if number > LARGEST:
            return
        self._connection.execute("DELETE FROM layer_version WHERE name = ? AND number = ?", (name, number))

    def next_number(self, name: str) -> int:
        """Take the number of the next version of a layer."""
        (number,) = self._connection.execute(
            "INSERT INTO published_layer VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
            (name,),
        ).fetchone()
        return int(number)


def _layer_version(document: Mapping[str, Any]) -> LayerVersion:
    return LayerVersion(
        **{
            **document,
            "created": datetime.fromisoformat(document["created"]),
            "runtimes": tuple(document["runtimes"]),
            "architectures": tuple(document["architectures"]),
        }
    )
