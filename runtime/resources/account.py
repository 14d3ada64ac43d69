"""The account: the one mutable root of the platform's own state, kept in one SQLite file.

It holds functions, the notifications of buckets and the queue of accepted asynchronous events; the packages lie beside
it (``packages.py``), and what S3, IAM and CloudWatch Logs hold is kept by moto.

It promises that whatever a method wrote survives ``kill -9`` of the runtime once the method has returned: the file is
in WAL mode and every statement is its own transaction. With ``synchronous=NORMAL`` the log is not forced onto the disk
at each of them, so a power cut may take back the last ones; it cannot damage the file. The file says which form it has
(``PRAGMA user_version``), and one that another version has written is refused, not guessed at.
One connection, one process, one event loop: nothing here locks or waits.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from runtime.errors import PlatformError
from runtime.generation import GENERATIONS
from runtime.resources.event import QueuedEvent
from runtime.resources.function import Function

SCHEMA_VERSION = 1
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS function (
        name TEXT PRIMARY KEY, arn TEXT NOT NULL, generation TEXT NOT NULL, runtime TEXT NOT NULL,
        handler TEXT NOT NULL, role TEXT NOT NULL, memory_mib INTEGER NOT NULL, timeout_seconds INTEGER NOT NULL,
        description TEXT NOT NULL, code_sha256 TEXT NOT NULL, code_size INTEGER NOT NULL, last_modified TEXT NOT NULL,
        revision TEXT NOT NULL, environment TEXT NOT NULL, storage_mib INTEGER NOT NULL, version TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS notification (bucket TEXT PRIMARY KEY, configuration TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS queued_event (
        position INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, function TEXT NOT NULL,
        generation TEXT NOT NULL, payload BLOB NOT NULL, caller TEXT NOT NULL, source TEXT NOT NULL,
        client_context TEXT)""",
)


class Account:
    """Functions, notifications and queued events of one account."""

    def __init__(self, path: Path) -> None:
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._claim(path)
        except sqlite3.Error as error:
            raise PlatformError(
                f"{path} cannot be read as an account ({error}). Put a copy of it back, or move it away to begin with "
                "an empty account."
            ) from error

    def function(self, name: str) -> Function | None:
        """Return the function of that name, whatever its generation."""
        return next(self._select_functions("WHERE name = ?", name), None)

    def functions(self) -> list[Function]:
        """Return every function, by name."""
        return list(self._select_functions("ORDER BY name"))

    def put_function(self, function: Function) -> None:
        """Create the function, or replace the one of that name."""
        row = _function_row(function)
        places = ", ".join("?" * len(row))
        self._connection.execute(
            f"INSERT OR REPLACE INTO function ({', '.join(row)}) VALUES ({places})",  # noqa: S608 - our own column names
            tuple(row.values()),
        )

    def delete_function(self, name: str) -> None:
        """Forget the function; an absent one is no mistake here."""
        self._connection.execute("DELETE FROM function WHERE name = ?", (name,))

    def notification(self, bucket: str) -> Mapping[str, Any] | None:
        """Return what a bucket notifies, as it was put."""
        row = self._connection.execute("SELECT configuration FROM notification WHERE bucket = ?", (bucket,)).fetchone()
        return json.loads(row[0]) if row else None

    def put_notification(self, bucket: str, configuration: Mapping[str, Any]) -> None:
        """Replace what a bucket notifies."""
        self._connection.execute(
            "INSERT OR REPLACE INTO notification VALUES (?, ?)", (bucket, json.dumps(dict(configuration)))
        )

    def delete_notification(self, bucket: str) -> None:
        """Let a bucket notify nothing; also to be called when the bucket itself is deleted."""
        self._connection.execute("DELETE FROM notification WHERE bucket = ?", (bucket,))

    def enqueue(self, event: QueuedEvent) -> None:
        """Keep an accepted event until it is settled."""
        self._connection.execute(
            "INSERT INTO queued_event (request_id, function, generation, payload, caller, source, client_context)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                event.request_id,
                event.function,
                event.generation,
                event.payload,
                event.caller,
                event.source,
                event.client_context,
            ),
        )

    def queued(self) -> list[QueuedEvent]:
        """Return the events that are not settled, in the order in which they were accepted."""
        rows = self._connection.execute(
            "SELECT request_id, function, generation, payload, caller, source, client_context"
            " FROM queued_event ORDER BY position"
        )
        return [QueuedEvent(*row) for row in rows]

    def is_queued(self, request_id: str) -> bool:
        """Tell whether an event is still to be settled."""
        row = self._connection.execute("SELECT 1 FROM queued_event WHERE request_id = ?", (request_id,)).fetchone()
        return row is not None

    def settle(self, request_id: str) -> None:
        """Drop an event whose outcome is recorded."""
        self._connection.execute("DELETE FROM queued_event WHERE request_id = ?", (request_id,))

    def reset(self) -> None:
        """Empty the account."""
        with self._connection:
            self._connection.execute("BEGIN")
            for table in ("function", "notification", "queued_event"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - three literals

    def close(self) -> None:
        """Close the file; nothing of the account is in memory only."""
        self._connection.close()

    def _claim(self, path: Path) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, SCHEMA_VERSION):
            self._connection.close()
            raise PlatformError(
                f"{path} has the form {version}, and this version of Lambda Lab reads form {SCHEMA_VERSION}. "
                "Use the version that wrote it, or start with another --state directory."
            )
        for statement in SCHEMA:
            self._connection.execute(statement)
        self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _select_functions(self, condition: str, *values: str) -> Iterator[Function]:
        cursor = self._connection.execute(f"SELECT * FROM function {condition}", values)  # noqa: S608 - our own conditions
        names = [column[0] for column in cursor.description]
        return (_function(dict(zip(names, row, strict=True))) for row in cursor.fetchall())


def _function_row(function: Function) -> dict[str, str | int]:
    return {
        "name": function.name,
        "arn": function.arn,
        "generation": function.generation.name,
        "runtime": function.runtime,
        "handler": function.handler,
        "role": function.role,
        "memory_mib": function.memory_mib,
        "timeout_seconds": function.timeout_seconds,
        "description": function.description,
        "code_sha256": function.code_sha256,
        "code_size": function.code_size,
        "last_modified": function.last_modified.isoformat(),
        "revision": function.revision,
        "environment": json.dumps(dict(function.environment)),
        "storage_mib": function.storage_mib,
        "version": function.version,
    }


def _function(row: Mapping[str, Any]) -> Function:
    return Function(
        **{
            **row,
            "generation": GENERATIONS[row["generation"]],
            "last_modified": datetime.fromisoformat(row["last_modified"]),
            "environment": json.loads(row["environment"]),
        }
    )
