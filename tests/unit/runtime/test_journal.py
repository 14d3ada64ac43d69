"""The journal keeps its docstring: chained, durable, and awake."""

from __future__ import annotations

import asyncio
import hashlib
import json
import multiprocessing
import os
import signal
from pathlib import Path

import pytest

from runtime.clock import SystemClock
from runtime.errors import PlatformError
from runtime.journal import FIRST_PREVIOUS, Journal, entry_hash


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite3"


def test_the_first_entry_follows_sixty_four_zeros(path: Path) -> None:
    entry = Journal(path, SystemClock()).append("reset", {"caller": "root"})

    assert entry.seq == 1
    assert entry.previous == FIRST_PREVIOUS == "0" * 64


def test_the_hash_is_the_sha256_of_the_canonical_json_without_the_hash(path: Path) -> None:
    document = Journal(path, SystemClock()).append("reset", {"b": "é", "a": [1, None]}).document()

    stated = document.pop("hash")
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert stated == hashlib.sha256(canonical.encode()).hexdigest()


def test_every_entry_names_the_hash_of_the_one_before(path: Path) -> None:
    journal = Journal(path, SystemClock())

    for number in range(5):
        journal.append("reset", {"caller": str(number)})

    entries = journal.entries()
    assert [entry.previous for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]


def test_a_changed_fact_no_longer_fits_its_hash(path: Path) -> None:
    document = Journal(path, SystemClock()).append("invocation", {"duration_ms": 12.5}).document()

    document["facts"] = {"duration_ms": 0.1}

    assert entry_hash(document) != document["hash"]


def test_the_chain_goes_on_after_the_process_was_killed(path: Path) -> None:
    first = Journal(path, SystemClock()).append("reset", {"caller": "root"})  # never closed, as after kill -9

    second = Journal(path, SystemClock()).append("reset", {"caller": "root"})

    assert (second.seq, second.previous) == (2, first.hash)


def append_and_be_killed(path: Path) -> None:
    journal = Journal(path, SystemClock())
    for number in range(50):
        journal.append("reset", {"caller": str(number)})
    os.kill(os.getpid(), signal.SIGKILL)


def test_an_entry_that_was_returned_survives_kill_9_of_the_process(path: Path) -> None:
    process = multiprocessing.get_context("fork").Process(target=append_and_be_killed, args=[path])

    process.start()
    process.join()

    journal = Journal(path, SystemClock())
    assert process.exitcode == -signal.SIGKILL
    assert [entry.facts["caller"] for entry in journal.entries()] == [str(number) for number in range(50)]
    assert journal.append("reset", {"caller": "root"}).seq == 51
    journal.close()


def test_entries_are_paged_by_their_sequence_number(path: Path) -> None:
    journal = Journal(path, SystemClock())
    for number in range(5):
        journal.append("reset", {"caller": str(number)})

    page = journal.entries(after=1, limit=2)

    assert [entry.seq for entry in page] == [2, 3]


async def test_a_waiting_reader_gets_the_next_entry_as_it_is_written(path: Path) -> None:
    journal = Journal(path, SystemClock())
    reading = asyncio.ensure_future(journal.wait(after=0, timeout=5))
    await asyncio.sleep(0)

    written = journal.append("reset", {"caller": "root"})

    assert await reading == [written]


async def test_a_reader_whose_time_is_up_gets_nothing(path: Path) -> None:
    assert await Journal(path, SystemClock()).wait(after=0, timeout=0.01) == []


@pytest.mark.parametrize("content", [b"no database" * 1000, b""], ids=["garbage", "directory"])
def test_a_file_that_is_no_journal_is_named_with_its_remedy(path: Path, content: bytes) -> None:
    if content:
        path.write_bytes(content)
    else:
        path.mkdir()

    with pytest.raises(PlatformError, match=r"journal\.sqlite3 cannot be read as a journal .* Move it away"):
        Journal(path, SystemClock())


def test_what_cannot_be_written_is_our_own_fault_and_does_not_break_the_chain(path: Path) -> None:
    journal = Journal(path, SystemClock())
    journal.append("reset", {"caller": "root"})
    journal.close()

    with pytest.raises(PlatformError, match="cannot be written"):
        journal.append("reset", {"caller": "nobody"})
    assert not journal.is_writable

    again = Journal(path, SystemClock())
    assert again.append("reset", {"caller": "root"}).seq == 2
    again.close()


def test_whoever_reports_a_fault_learns_of_no_second_one(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(path, SystemClock())
    journal.fault("a test", "half a pair: \ud800")
    assert journal.entries()[0].facts == {"where": "a test", "message": "half a pair: ?"}
    journal.close()

    journal.fault("another test", "the reason")

    assert "another test: the reason" in caplog.text


def test_the_latest_entries_of_some_kinds_are_given_newest_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "lab.sqlite3", SystemClock())
    for number, kind in enumerate(("denial", "push", "assumption", "denial")):
        journal.append(kind, {"number": number})

    latest = journal.latest(("denial", "assumption"), 2)
    journal.close()

    assert [entry.facts["number"] for entry in latest] == [3, 2]
