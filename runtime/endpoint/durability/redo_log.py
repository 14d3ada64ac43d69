"""The file in which the store's state survives ``kill -9``: the last checkpoint, and every write since then.

A write is the call that was carried out, with what else it depended on: the moment, and the seed of the random numbers
that became identifiers and keys. It is in the file before it is answered. A checkpoint takes the place of all calls
before it, in one transaction. Large contents (objects of S3) lie beside the checkpoint under their SHA-256, so that a
checkpoint writes only those that are new.

The file holds secrets (access keys), so only its owner can read it. As in the account, every statement is its own
transaction: what ``append`` returned from survives the end of the process, and all but the very last of it a power cut.
A checkpoint can only be read by the version of moto that wrote it, so another one is refused.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from runtime.endpoint.exchange import Request
from runtime.errors import PlatformError

FORM = 1
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS call (
        position INTEGER PRIMARY KEY, service TEXT NOT NULL, region TEXT NOT NULL, access_key_id TEXT NOT NULL,
        moment TEXT NOT NULL, seed TEXT NOT NULL, head TEXT NOT NULL, body BLOB NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS checkpoint (written_by TEXT NOT NULL, state BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS content (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL)",
)


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call that changed the store, with everything that it takes to repeat it."""

    request: Request
    service: str
    region: str
    access_key_id: str
    moment: datetime
    seed: int


class RedoLog:
    """One store's file. Whoever uses it sees to it that only one thread does at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = f"moto {version('moto')}"
        with self._loud("opened"):
            path.touch(mode=0o600)
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._claim()
            (self.length,) = self._connection.execute("SELECT count(*) FROM call").fetchone()
            """How many calls there have been since the checkpoint."""

    def append(self, call: StoredCall) -> None:
        """Write a call down; it is durable when this returns."""
        request = call.request
        head = {
            "method": request.method,
            "raw_path": request.raw_path,
            "query_string": request.query_string,
            "headers": request.headers,
            "source_ip": request.source_ip,
            "endpoint_url": request.endpoint_url,
        }
        row = (call.service, call.region, call.access_key_id, call.moment.isoformat(), f"{call.seed:x}")
        with self._loud("written to"):
            self._connection.execute(
                "INSERT INTO call (service, region, access_key_id, moment, seed, head, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*row, json.dumps(head), request.body),
            )
        self.length += 1

    def calls(self) -> Iterator[StoredCall]:
        """Return the calls since the checkpoint, in their order."""
        rows = self._connection.execute(
            "SELECT service, region, access_key_id, moment, seed, head, body FROM call ORDER BY position"
        )
        for service, region, access_key_id, moment, seed, head, body in rows:
            fields = json.loads(head)
            headers = tuple((name, value) for name, value in fields.pop("headers"))
            request = Request(**fields, headers=headers, body=body)
            yield StoredCall(request, service, region, access_key_id, datetime.fromisoformat(moment), int(seed, 16))

    def checkpoint(self) -> bytes | None:
        """Return the last checkpoint, if there is one."""
        row = self._connection.execute("SELECT state FROM checkpoint").fetchone()
        return bytes(row[0]) if row else None

    def content(self, sha256: str) -> bytes:
        """Return a content of the last checkpoint."""
        row = self._connection.execute("SELECT bytes FROM content WHERE sha256 = ?", (sha256,)).fetchone()
        if row is None:
            raise PlatformError(f"{self._path} lacks the content {sha256}: it was damaged. Put a copy of it back.")
        return bytes(row[0])

    def replace(self, state: bytes, contents: Mapping[str, bytes]) -> None:
        """Let a checkpoint take the place of the one before and of all calls."""
        with self._loud("written to"), self._connection:
            self._connection.execute("BEGIN")
            (gone,) = self._connection.execute("SELECT json_group_array(sha256) FROM content").fetchone()
            kept = set(json.loads(gone))
            self._connection.executemany(
                "INSERT INTO content VALUES (?, ?)", [pair for pair in contents.items() if pair[0] not in kept]
            )
            self._connection.executemany(
                "DELETE FROM content WHERE sha256 = ?", [(sha256,) for sha256 in kept - contents.keys()]
            )
            self._connection.execute("DELETE FROM checkpoint")
            self._connection.execute("INSERT INTO checkpoint VALUES (?, ?)", (self._writer, state))
            self._connection.execute("DELETE FROM call")
        self.length = 0

    def clear(self) -> None:
        """Forget everything."""
        with self._loud("written to"), self._connection:
            self._connection.execute("BEGIN")
            for table in ("call", "checkpoint", "content"):
                self._connection.execute(f"DELETE FROM {table}")  # noqa: S608 - three literals
        self.length = 0

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _claim(self) -> None:
        (form,) = self._connection.execute("PRAGMA user_version").fetchone()
        if form in (0, FORM):
            for statement in SCHEMA:
                self._connection.execute(statement)
            self._connection.execute(f"PRAGMA user_version = {FORM}")
            row = self._connection.execute("SELECT written_by FROM checkpoint").fetchone()
            if row is None or row[0] == self._writer:
                return
        writer = row[0] if form in (0, FORM) else f"form {form}"
        self._connection.close()
        raise PlatformError(
            f"{self._path} was written by {writer}, and this is {self._writer}, form {FORM}. Use the version that "
            "wrote it, or move the file away: then IAM, S3, tables and logs begin empty, and the functions stay."
        )

    @contextmanager
    def _loud(self, what: str) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise PlatformError(
                f"{self._path} cannot be {what} ({error}). It keeps IAM, S3, tables and logs; where it is damaged, put "
                "a copy of it back, or move it away to begin without them."
            ) from error
