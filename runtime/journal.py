"""The journal: what happened, in order; the run ledger that widgets draw and quizzes assess.

An entry is ``{"seq", "time", "kind", "facts", "previous", "hash"}``; ``hash`` is the SHA-256 of the canonical JSON
(sorted keys, no spaces, UTF-8) of the entry without ``hash``, and ``previous`` is the hash of the entry before
(64 zeros for the first), so an entry cannot be changed, dropped or put in later without breaking the chain.
It is tamper-evident, not tamper-proof: whoever may write the file can make a new chain.

Kinds and their facts:

* ``invocation``: request_id, function, function_arn, version, generation, runtime, handler, code_sha256, role,
  invocation_type, source, caller, event_sha256, result_sha256, sandbox, start (``cold`` | ``warm``), log_group,
  log_stream, memory_mib, storage_mib, timeout_seconds, cpu_share, backend, mechanisms ({promise: mechanism or null}),
  lacking ({promise: what is lacking where none or a lesser mechanism keeps it}),
  init_ms, duration_ms, billed_ms, cpu_ms, received_share, peak_memory_bytes, cost_usd, status
  (``runtime.invocation.outcome.Status``), error_type, error_message,
  breach (null | {limit, configured, observed, unit, mechanism}), trace_id, span, parent
* ``throttle`` (an invocation too many, of which nothing has begun): request_id, function, function_arn,
  invocation_type, caller, reason (in AWS's words)
* ``denial``: principal, action, resource, decision (``explicit deny`` | ``implicit deny``), policy (name or null),
  statement (the statement that decided, or null), message, explanation (the decision in plain words, for learners),
  trace (everything that was considered, see ``runtime.policy.trace``), service, operation, request_id
* ``credentials`` (a request whose caller is not proven, or whose credentials are not for it): access_key_id (may be
  empty), service, code, message, explanation, request_id
* ``assumption``: service (the principal that assumed), role, session_name, external_id, granted, message, explanation,
  trace (null if granted)
* ``object`` (an object has changed, and its bucket notifies that): bucket, key, event_name, version_id, caller,
  request_id, notified (ARNs, and ``events.amazonaws.com`` for EventBridge)
* ``push`` (one of these notifications was brought, or refused): source, bucket, key, event_name, function_arn (of the
  function, the queue or the topic), role (the invocation role; null today), status (``accepted`` | ``refused``),
  message, request_id
* ``acceptance`` (an asynchronous event was accepted): request_id, function, generation, source, caller
* ``event`` (an asynchronous one after an attempt, or instead of one): request_id, function, generation, attempts,
  decision (``retry`` | ``gave up``), condition (why: ``runtime.eventsources.retries.Condition``), due (when it is tried
  again, or null)
* ``delivery`` (somebody was told of an asynchronous event that is over, or refused it): request_id, function, form
  (``record`` | ``dead letter``), destination, condition (``Success`` or why it was given up), role, status
  (``accepted`` | ``refused``), message
* ``function``: operation (``created``, ``updated``, ``published``, ``unpublished`` (a version), ``deleted``), function,
  version, generation, code_sha256, caller
* ``event-source``: operation, uuid, event_source_arn, function, role, caller   (``added``, ``updated``, ``removed``;
  and of its poller ``enabled``, ``ok``, ``problem``, ``readable``, with a message)
* ``rule`` (an event on its way to a target of a rule): rule, event_id, source, detail_type, schedule (the expression,
  or null), target, status (``accepted`` | ``refused``), message
* ``batch`` (of a stream or a queue, on its way to a function): step (of a stream ``poll``, ``checkpoint``, ``retry``,
  ``bisect``, ``hindered`` (it did not reach the function), ``discard``, ``destination``; of a queue ``poll``,
  ``delete``, ``return``, ``hindered``), mapping (UUID), source (``kinesis``, ``dynamodb``, ``sqs``), event_source_arn,
  function, generation, shard (of a stream), first and last (sequence numbers, or ids of messages), size; with some
  steps request_id (of the attempt, as in its ``invocation``), attempts, due, halves, condition, target, status, message
* ``reset``: caller
* ``clock`` (the account's time is being advanced; what falls due on the way is journalled after it): caller, advance
  (as it was asked for: ``24h``), seconds, before, after
* ``platform-error``: where, message

An entry on the way of an event has also ``trace_id`` and ``parent``, and ``span`` if others hang under it
(``runtime/timeline.py``): all entries of one ``trace_id`` are one event's way, and ``parent`` is the ``span`` that this
one follows from, null at the beginning. The way of an object that S3 pushes: ``object``; under it each ``push``; under
that ``assumption`` and ``acceptance``; under that the ``invocation`` of each attempt (with what the function's own
calls led to), ``event`` and ``delivery``. An
entry can come before the one that it hangs under, because that one says how it ended.

It is durable: SQLite in WAL mode; an entry that ``append`` returned survives ``kill -9``. The log is not forced onto
the disk at each entry, or every invocation would wait for the disk, so a power cut may take back the last entries: what
is left is a whole chain all the same, and it goes on from its end. What cannot be written (the disk is full) raises
``PlatformError``, and the chain goes on from the last entry when there is room again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.clock import Clock, iso_milliseconds
from runtime.errors import PlatformError
from runtime.timeline import here

LOG = logging.getLogger(__name__)
FIRST_PREVIOUS = "0" * 64
SCHEMA = """CREATE TABLE IF NOT EXISTS entries
    (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, hash TEXT NOT NULL, document TEXT NOT NULL)"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact that happened, chained to the one before."""

    seq: int
    time: str
    kind: str
    facts: Mapping[str, Any]
    previous: str
    hash: str

    def document(self) -> dict[str, Any]:
        """Return the entry as the JSON object that is hashed, stored and sent."""
        # dataclasses.asdict copies deeply, which is a tenth of what an invocation costs the platform
        return {
            "seq": self.seq,
            "time": self.time,
            "kind": self.kind,
            "facts": dict(self.facts),
            "previous": self.previous,
            "hash": self.hash,
        }


def canonical_json(document: Mapping[str, Any]) -> bytes:
    """Write JSON in the one form that is hashed: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def entry_hash(document: Mapping[str, Any]) -> str:
    """Return the hash of an entry's document, whatever its ``hash`` member says."""
    return hashlib.sha256(canonical_json({key: value for key, value in document.items() if key != "hash"})).hexdigest()


def _repaired(text: str) -> str:
    return text.encode(errors="replace").decode()


def _placed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Add where on the way of an event this happens, unless the facts say so themselves."""
    step = here()
    if step is None or "trace_id" in facts:
        return dict(facts)
    return {**facts, "trace_id": step.trace_id, "parent": step.span}


def _open(path: Path) -> tuple[sqlite3.Connection, int, str]:
    """Return the file's connection, and the number and the hash of the last entry."""
    path.touch(mode=0o600)  # what is written beside it (-wal, -shm) has the same rights
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(SCHEMA)
        row = connection.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return (connection, *(row or (0, FIRST_PREVIOUS)))


class Journal:
    """The run ledger of one account. Used by one process, on one event loop."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._path = path
        try:
            self._connection, self._seq, self._previous = _open(path)
        except (sqlite3.Error, OSError) as error:
            raise PlatformError(
                f"{path} cannot be read as a journal ({error}). Move it away to begin a new one; "
                "what it says of earlier runs is lost with it, the functions are not."
            ) from error
        self.is_writable = True
        """Whether the last entry could be written."""
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def seq(self) -> int:
        """The number of the last entry; 0 if there is none."""
        return self._seq

    def append(self, kind: str, facts: Mapping[str, Any]) -> Entry:
        """Write a fact down; it is durable and chained when this returns."""
        document: dict[str, Any] = {
            "seq": self._seq + 1,
            "time": iso_milliseconds(self._clock.now()),
            "kind": kind,
            "facts": _placed(facts),
            "previous": self._previous,
        }
        entry = Entry(**document, hash=entry_hash(document))
        text = canonical_json(entry.document()).decode()
        try:
            self._connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", (entry.seq, kind, entry.hash, text))
        except sqlite3.Error as error:
            self.is_writable = False
            raise PlatformError(f"The journal {self._path} cannot be written: {error}.") from error
        self.is_writable = True
        self._seq, self._previous = entry.seq, entry.hash
        self._wake()
        return entry

    def fault(self, where: str, message: str) -> None:
        """Write down a fault of our own; one that cannot even be written is said on standard error, and nothing else.

        Whoever reports a fault has nobody above to report a second one to.
        """
        facts = {"where": where, "message": message}
        try:
            self.append("platform-error", {name: _repaired(text) for name, text in facts.items()})
        except PlatformError:
            LOG.exception("platform error: %s: %s", where, message)

    def entries(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """Return at most ``limit`` entries whose ``seq`` is greater than ``after``, oldest first."""
        rows = self._connection.execute(
            "SELECT document FROM entries WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit)
        ).fetchall()
        return [Entry(**json.loads(document)) for (document,) in rows]

    def latest(self, kinds: Collection[str], limit: int) -> list[Entry]:
        """Return the last entries of some kinds, at most ``limit``, newest first."""
        marks = ", ".join("?" * len(kinds))
        rows = self._connection.execute(
            f"SELECT document FROM entries WHERE kind IN ({marks}) ORDER BY seq DESC LIMIT ?",  # noqa: S608 - marks
            (*kinds, limit),
        ).fetchall()
        return [Entry(**json.loads(document)) for (document,) in rows]

    async def wait(self, after: int, timeout: float) -> list[Entry]:  # noqa: ASYNC109 - it answers, it does not raise
        """Return the entries after ``after`` as soon as there is one; nothing when ``timeout`` seconds have passed."""
        if self._seq <= after:
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.add(waiter)
            try:
                await asyncio.wait_for(waiter, timeout)
            except TimeoutError:
                return []
            finally:
                self._waiters.discard(waiter)
        return self.entries(after)

    def close(self) -> None:
        """Let everybody who waits go with what there is, and close the file."""
        self._wake()
        self._connection.close()

    def _wake(self) -> None:
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
