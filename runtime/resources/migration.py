"""An account's file in an older form is brought into the present one, step by step.

Before anything is changed a copy is laid beside the file (``account.sqlite3.form-3``), which the version that wrote it
still reads. All steps are one transaction: a file has its old form or the new one. What an older form did not know of
an event that is still queued is filled in so that the event is run: it counts as accepted now, and what the journal
says of it is looked for from the journal's beginning.

A form that is newer than this version, or so old that no step leads from it, is not touched.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from runtime.clock import machine_time
from runtime.timeline import beginning


def may_migrate(form: int, present: int) -> bool:
    """Say whether steps lead from a form to the present one."""
    return form < present and all(step in STEPS for step in range(form, present))


def migrate(connection: sqlite3.Connection, path: Path, form: int, present: int) -> None:
    """Lay a copy beside the file, and bring it into the present form."""
    copy = path.with_name(f"{path.name}.form-{form}")
    copy.touch(mode=0o600)
    with closing(sqlite3.connect(copy)) as kept:
        connection.backup(kept)
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        for step in range(form, present):
            STEPS[step](connection, machine_time())
        connection.execute(f"PRAGMA user_version = {present}")


def _from_2(connection: sqlite3.Connection, now: datetime) -> None:
    """Events learn when they were accepted, and from where on the journal speaks of them."""
    connection.execute("ALTER TABLE queued_event ADD COLUMN accepted_at TEXT NOT NULL DEFAULT ''")
    connection.execute("ALTER TABLE queued_event ADD COLUMN journal_seq INTEGER NOT NULL DEFAULT 0")
    connection.execute("UPDATE queued_event SET accepted_at = ?", (now.isoformat(),))


def _from_3(connection: sqlite3.Connection, now: datetime) -> None:
    """Events get a place on a way of their own."""
    for column in ("trace_id TEXT NOT NULL DEFAULT ''", "span TEXT NOT NULL DEFAULT ''", "parent TEXT"):
        connection.execute(f"ALTER TABLE queued_event ADD COLUMN {column}")
    for (position,) in connection.execute("SELECT position FROM queued_event").fetchall():
        step = beginning(now)
        connection.execute(
            "UPDATE queued_event SET trace_id = ?, span = ? WHERE position = ?", (step.trace_id, step.span, position)
        )


STEPS: Mapping[int, Callable[[sqlite3.Connection, datetime], None]] = {2: _from_2, 3: _from_3}
"""What is to be done to a file of each form; whatever is a table of its own is made anyway."""
