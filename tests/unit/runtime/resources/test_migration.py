"""Files in the forms that older versions wrote: what was in them is there, and the file itself is still to be had."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.resources.account import SCHEMA_VERSION, Account
from runtime.resources.migration import STEPS
from tests.unit.runtime.functions import function

QUEUED = {
    2: """CREATE TABLE queued_event (
        position INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, function TEXT NOT NULL,
        generation TEXT NOT NULL, payload BLOB NOT NULL, caller TEXT NOT NULL, source TEXT NOT NULL,
        client_context TEXT, qualifier TEXT)""",
    3: """CREATE TABLE queued_event (
        position INTEGER PRIMARY KEY AUTOINCREMENT, request_id TEXT NOT NULL UNIQUE, function TEXT NOT NULL,
        generation TEXT NOT NULL, payload BLOB NOT NULL, caller TEXT NOT NULL, source TEXT NOT NULL,
        accepted_at TEXT NOT NULL, journal_seq INTEGER NOT NULL, client_context TEXT, qualifier TEXT)""",
}
"""The table that has changed since, as each form had it."""
EVENT = {
    "request_id": "1",
    "function": "f",
    "generation": "today",
    "payload": b"{}",
    "caller": "me",
    "source": "direct",
}
KNEW = {2: {}, 3: {"accepted_at": "2026-01-02T03:04:05+00:00", "journal_seq": 7}}


def write_old(path: Path, form: int, *events: Mapping[str, object]) -> None:
    """Write an account as a version of that form did, with a function and some events."""
    connection = sqlite3.connect(path)
    connection.execute(QUEUED[form])
    connection.execute(
        "CREATE TABLE function (name TEXT NOT NULL, number INTEGER NOT NULL, document TEXT NOT NULL,"
        " PRIMARY KEY (name, number))"
    )
    one = function()
    members = ("name", "arn", "runtime", "handler", "role", "memory_mib", "timeout_seconds", "description")
    document = {member: getattr(one, member) for member in members} | {
        "generation": "today",
        "code_sha256": one.code_sha256,
        "code_size": 1,
        "last_modified": one.last_modified.isoformat(),
        "revision": "1",
        "environment": {},
        "storage_mib": 512,
        "version": "$LATEST",
        "layers": [],
    }
    connection.execute("INSERT INTO function VALUES ('f', 0, ?)", (json.dumps(document),))
    for event in events:
        names, places = ", ".join(event), ", ".join("?" * len(event))
        connection.execute(f"INSERT INTO queued_event ({names}) VALUES ({places})", tuple(event.values()))
    connection.execute(f"PRAGMA user_version = {form}")
    connection.commit()
    connection.close()


def form_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    (form,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(form)


@pytest.mark.parametrize("form", sorted(QUEUED))
def test_what_an_older_version_wrote_is_there_and_its_events_still_wait(tmp_path: Path, form: int) -> None:
    path = tmp_path / "account.sqlite3"
    write_old(path, form, EVENT | KNEW[form], EVENT | KNEW[form] | {"request_id": "2"})

    account = Account(path)

    assert [one.name for one in account.functions()] == ["f"]
    first, second = account.queued()
    assert (first.request_id, first.payload, second.request_id) == ("1", b"{}", "2")
    assert first.trace_id
    assert first.span
    assert first.trace_id != second.trace_id
    assert first.journal_seq == KNEW[form].get("journal_seq", 0)
    assert account.function("f") == function()
    account.settle("1")
    account.close()
    assert form_of(path) == SCHEMA_VERSION


@pytest.mark.parametrize("form", sorted(QUEUED))
def test_the_file_as_it_was_lies_beside_it_for_its_owner_alone(tmp_path: Path, form: int) -> None:
    path = tmp_path / "account.sqlite3"
    write_old(path, form)

    Account(path).close()

    copy = tmp_path / f"account.sqlite3.form-{form}"
    assert form_of(copy) == form
    assert copy.stat().st_mode & 0o077 == 0


def test_a_step_that_fails_leaves_the_file_in_its_old_form(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite3"
    write_old(path, 2)
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE queued_event ADD COLUMN trace_id TEXT")  # in the way of the second step
    connection.commit()
    connection.close()

    with pytest.raises(PlatformError, match="cannot be read as an account"):
        Account(path)

    connection = sqlite3.connect(path)
    columns = {row[1] for row in connection.execute("PRAGMA table_info(queued_event)")}
    connection.close()
    assert "accepted_at" not in columns
    assert form_of(path) == 2


@pytest.mark.parametrize(("form", "age"), [(1, "older"), (99, "newer")])
def test_a_form_from_which_no_step_leads_is_refused_and_left_alone(tmp_path: Path, form: int, age: str) -> None:
    path = tmp_path / "account.sqlite3"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {form}")
    connection.close()

    with pytest.raises(PlatformError, match=f"has the form {form}.*written by a {age} one"):
        Account(path)

    assert form_of(path) == form
    assert not list(tmp_path.glob("*.form-*"))


def test_a_step_leads_from_every_form_to_the_next() -> None:
    assert sorted(STEPS) == list(range(min(STEPS), SCHEMA_VERSION))
