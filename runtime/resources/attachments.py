"""What is attached to a function, a version or an alias, or to a layer version, and is not part of it.

An attachment is a JSON document of one kind (a resource policy, a URL, reserved concurrency, ...) under the name of its
owner and a qualifier, which is empty where the kind belongs to the function as a whole. Its form is that of the service
that wrote it; here it is only kept. Whoever deletes a function drops what is attached to it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from enum import Enum
from typing import Any

SCHEMA = (
    """CREATE TABLE IF NOT EXISTS attachment (
        kind TEXT NOT NULL, owner TEXT NOT NULL, qualifier TEXT NOT NULL, document TEXT NOT NULL,
        PRIMARY KEY (kind, owner, qualifier))""",
)
TABLES = ("attachment",)


class Kind(Enum):
    """What can be attached."""

    ALIAS = "alias"
    CONCURRENCY = "reserved concurrency"
    EVENT_INVOKE_CONFIG = "event invoke config"
    POLICY = "resource policy"
    RUNTIME_MANAGEMENT = "runtime management"
    TAGS = "tags"
    URL = "function url"
    LAYER_POLICY = "layer policy"


OF_A_FUNCTION = tuple(kind for kind in Kind if kind is not Kind.LAYER_POLICY)


class Attachments:
    """Documents by kind, owner and qualifier, durable."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def get(self, kind: Kind, owner: str, qualifier: str = "") -> dict[str, Any] | None:
        """Return a document; ``None`` if there is none."""
        row = self._connection.execute(
            "SELECT document FROM attachment WHERE kind = ? AND owner = ? AND qualifier = ?",
            (kind.value, owner, qualifier),
        ).fetchone()
        return json.loads(row[0]) if row else None

    def put(self, kind: Kind, owner: str, document: Mapping[str, Any], qualifier: str = "") -> None:
        """Attach a document, in place of the one that is there."""
        self._connection.execute(
            "INSERT OR REPLACE INTO attachment VALUES (?, ?, ?, ?)",
            (kind.value, owner, qualifier, json.dumps(dict(document))),
        )

    def delete(self, kind: Kind, owner: str, qualifier: str = "") -> None:
        """Take a document away; an absent one is no mistake here."""
        self._connection.execute(
            "DELETE FROM attachment WHERE kind = ? AND owner = ? AND qualifier = ?", (kind.value, owner, qualifier)
        )

    def every(self, kind: Kind) -> list[tuple[str, str, dict[str, Any]]]:
        """Return all documents of a kind, as (owner, qualifier, document)."""
        rows = self._connection.execute(
            "SELECT owner, qualifier, document FROM attachment WHERE kind = ?", (kind.value,)
        )
        return [(owner, qualifier, json.loads(document)) for owner, qualifier, document in rows]

    def of(self, kind: Kind, owner: str) -> dict[str, dict[str, Any]]:
        """Return the documents of one kind of one owner, by qualifier and in its order."""
        rows = self._connection.execute(
            "SELECT qualifier, document FROM attachment WHERE kind = ? AND owner = ? ORDER BY qualifier",
            (kind.value, owner),
        )
        return {qualifier: json.loads(document) for qualifier, document in rows}

    def all(self, kind: Kind) -> dict[tuple[str, str], dict[str, Any]]:
        """Return every document of a kind, by owner and qualifier."""
        rows = self._connection.execute(
            "SELECT owner, qualifier, document FROM attachment WHERE kind = ? ORDER BY owner, qualifier", (kind.value,)
        )
        return {(owner, qualifier): json.loads(document) for owner, qualifier, document in rows}

    def drop_function(self, name: str) -> None:
        """Take away everything that is attached to a function, its versions and its aliases."""
        for kind in OF_A_FUNCTION:
            self._connection.execute("DELETE FROM attachment WHERE kind = ? AND owner = ?", (kind.value, name))

    def drop_qualifier(self, name: str, qualifier: str) -> None:
        """Take away everything that is attached to one version or alias of a function."""
        for kind in OF_A_FUNCTION:
            self.delete(kind, name, qualifier)
