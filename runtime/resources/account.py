"""The account: the one mutable root of the platform's own state, kept in one SQLite file.

It holds functions with their versions (``function_table.py``) and what is attached to them (``attachments.py``),
layers, event source mappings (those of the preview in ``event_source.py``) with how far each has read
(``positions.py``), since when scheduled rules count (``schedules.py``), the notifications of buckets, the queue of
accepted asynchronous events, and what is on its way to other services (``delivery.py``). The packages lie beside it
(``packages.py``), and what S3, IAM and CloudWatch Logs hold is kept by moto.

It promises that whatever a method wrote survives ``kill -9`` of the runtime once the method has returned: the file is
in WAL mode and every statement is its own transaction. With ``synchronous=NORMAL`` the log is not forced onto the disk
at each of them, so a power cut may take back the last ones; it cannot damage the file. The file says which form it has
(``PRAGMA user_version``): an older one is brought into the present one (``migration.py``), and what cannot be is
refused, not guessed at.
One connection, one process, one event loop: nothing here locks or waits.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from runtime.errors import PlatformError
from runtime.resources import (
    attachments,
    delivery,
    event_source,
    function_table,
    layers,
    mappings,
    positions,
    schedules,
)
from runtime.resources.alias import Alias
from runtime.resources.attachments import Attachments, Kind
from runtime.resources.delivery import Delivery, OutgoingTable
from runtime.resources.event import LastAnswer, QueuedEvent
from runtime.resources.event_source import EventSources
from runtime.resources.function import LATEST, Function
from runtime.resources.function_table import FunctionTable
from runtime.resources.layers import Layers
from runtime.resources.mappings import Mappings
from runtime.resources.migration import may_migrate, migrate
from runtime.resources.positions import Positions
from runtime.resources.schedules import Schedules

SCHEMA_VERSION = 4
SCHEMA = (
    *function_table.SCHEMA,
    *attachments.SCHEMA,
    *layers.SCHEMA,
    *mappings.SCHEMA,
    *event_source.SCHEMA,
    *positions.SCHEMA,
    *schedules.SCHEMA,
    *delivery.SCHEMA,
    "CREATE TABLE IF NOT EXISTS notification (bucket TEXT PRIMARY KEY, configuration TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS queued_event (
        position INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, function TEXT NOT NULL,
        generation TEXT NOT NULL, payload BLOB NOT NULL, caller TEXT NOT NULL, source TEXT NOT NULL,
        accepted_at TEXT NOT NULL, journal_seq INTEGER NOT NULL, client_context TEXT, qualifier TEXT,
        trace_id TEXT NOT NULL, span TEXT NOT NULL, parent TEXT)""",
    """CREATE TABLE IF NOT EXISTS last_answer (
        request_id TEXT PRIMARY KEY, version TEXT NOT NULL, function_error TEXT, payload BLOB NOT NULL,
        error_message TEXT NOT NULL)""",
)
TABLES = (
    *function_table.TABLES,
    *attachments.TABLES,
    *layers.TABLES,
    *mappings.TABLES,
    *event_source.TABLES,
    *positions.TABLES,
    *schedules.TABLES,
    *delivery.TABLES,
    "notification",
    "queued_event",
    "last_answer",
)


class Account:
    """Functions, notifications and queued events of one account."""

    def __init__(self, path: Path) -> None:
        try:
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._claim(path)
            self.versions = FunctionTable(self._connection)
            self.attachments = Attachments(self._connection)
            self.layers = Layers(self._connection)
            self.mappings = Mappings(self._connection)
            self.event_sources = EventSources(self._connection)
            self.positions = Positions(self._connection)
            self.schedules = Schedules(self._connection)
            self.outgoing = OutgoingTable(self._connection)
        except (sqlite3.Error, OSError) as error:
            raise PlatformError(
                f"{path} cannot be read as an account ({error}). Put a copy of it back, or move it away to begin with "
                "an empty account."
            ) from error

    def function(self, name: str) -> Function | None:
        """Return ``$LATEST`` of the function of that name, whatever its generation."""
        return self.versions.find(name)

    def functions(self) -> list[Function]:
        """Return ``$LATEST`` of every function, by name."""
        return self.versions.latest()

    def put_function(self, function: Function) -> None:
        """Create the function, or this version of it, or replace the one that is there."""
        self.versions.put(function)

    def delete_function(self, name: str) -> None:
        """Forget the function and everything that is attached to it; an absent one is no mistake here."""
        with self._connection:
            self._connection.execute("BEGIN")
            self.versions.delete(name)
            self.attachments.drop_function(name)

    def packages(self) -> set[str]:
        """Return the digest of every package that a function, a version or a layer version has."""
        functions = self.versions.everything()
        used = {function.code_sha256 for function in functions} | {layer.code_sha256 for layer in self.layers.all()}
        return used | {layer.code_sha256 for function in functions for layer in function.layers}

    def alias(self, function: str, name: str) -> Alias | None:
        """Return an alias of a function."""
        document = self.attachments.get(Kind.ALIAS, function, name)
        return Alias.from_document(document) if document else None

    def delete_layer_version(self, name: str, number: int) -> None:
        """Forget a layer version and its policy; an absent one is no mistake here."""
        self.layers.delete(name, number)
        self.attachments.delete(Kind.LAYER_POLICY, name, str(number))

    def aliases(self, function: str) -> list[Alias]:
        """Return the aliases of a function, by name."""
        return [Alias.from_document(document) for document in self.attachments.of(Kind.ALIAS, function).values()]

    def reservations(self) -> dict[str, int]:
        """Return the concurrency that functions have reserved."""
        reserved = self.attachments.all(Kind.CONCURRENCY)
        return {name: document["ReservedConcurrentExecutions"] for (name, _), document in reserved.items()}

    def resolve(self, name: str, qualifier: str | None) -> Function | None:
        """Return the version that an invocation of this qualifier gets now; ``None`` if it leads nowhere."""
        alias = self.alias(name, qualifier) if qualifier else None
        return self.versions.find(name, alias.draw() if alias else qualifier or LATEST)

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
        row = {field.name: getattr(event, field.name) for field in fields(event)}
        row["accepted_at"] = event.accepted_at.isoformat()
        places = ", ".join("?" * len(row))
        self._connection.execute(
            f"INSERT INTO queued_event ({', '.join(row)}) VALUES ({places})",  # noqa: S608 - our own column names
            tuple(row.values()),
        )

    def queued(self) -> list[QueuedEvent]:
        """Return the events that are not settled, in the order in which they were accepted."""
        names = [field.name for field in fields(QueuedEvent)]
        rows = self._connection.execute(f"SELECT {', '.join(names)} FROM queued_event ORDER BY position")  # noqa: S608
        events = (dict(zip(names, row, strict=True)) for row in rows)
        return [QueuedEvent(**row | {"accepted_at": datetime.fromisoformat(row["accepted_at"])}) for row in events]

    def is_queued(self, request_id: str) -> bool:
        """Tell whether an event is still to be settled."""
        row = self._connection.execute("SELECT 1 FROM queued_event WHERE request_id = ?", (request_id,)).fetchone()
        return row is not None

    def keep_answer(self, request_id: str, answer: LastAnswer) -> None:
        """Keep what the last attempt of an event answered, in place of what an earlier one did."""
        self._connection.execute(
            "INSERT OR REPLACE INTO last_answer VALUES (?, ?, ?, ?, ?)",
            (request_id, answer.version, answer.function_error, answer.payload, answer.error_message),
        )

    def last_answer(self, request_id: str) -> LastAnswer | None:
        """Return what the last attempt of an event answered."""
        row = self._connection.execute(
            "SELECT version, function_error, payload, error_message FROM last_answer WHERE request_id = ?",
            (request_id,),
        ).fetchone()
        return LastAnswer(*row) if row else None

    def settle(self, request_id: str, outgoing: Sequence[Delivery] = ()) -> None:
        """Drop an event whose outcome is recorded, and put down in its place what is to be told of it: both or none."""
        with self._connection:
            self._connection.execute("BEGIN")
            self.outgoing.put(outgoing)
            self._connection.execute("DELETE FROM queued_event WHERE request_id = ?", (request_id,))
            self._connection.execute("DELETE FROM last_answer WHERE request_id = ?", (request_id,))

    def reset(self) -> None:
        """Empty the account."""
        with self._connection:
            self._connection.execute("BEGIN")
            for table in TABLES:
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names

    def close(self) -> None:
        """Close the file; nothing of the account is in memory only."""
        self._connection.close()

    def _claim(self, path: Path) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if may_migrate(version, SCHEMA_VERSION):
            migrate(self._connection, path, version, SCHEMA_VERSION)
        elif version not in (0, SCHEMA_VERSION):
            self._connection.close()
            age = "newer" if version > SCHEMA_VERSION else "older"
            raise PlatformError(
                f"{path} has the form {version}, and this version of Lambda Lab reads form {SCHEMA_VERSION}: it was "
                f"written by a {age} one. Use the version that wrote it, or start with another --state directory; "
                "the file was left as it is."
            )
        for statement in SCHEMA:
            self._connection.execute(statement)
        self._connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
