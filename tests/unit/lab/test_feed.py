"""Reading the journal over HTTP."""

from __future__ import annotations

import threading

import pytest

from lab.errors import LabError
from lab.feed import PAGE, Feed
from tests.unit.lab.conftest import FakeRuntime


def test_entries_come_in_order_and_each_once_however_many_pages_they_fill(runtime: FakeRuntime, feed: Feed) -> None:
    for _ in range(2 * PAGE + 3):
        runtime.append("reset", caller="root")

    found = [entry.seq for entry in feed.entries()]

    assert found == list(range(1, 2 * PAGE + 4))


def test_entries_after_a_number_are_the_newer_ones(runtime: FakeRuntime, feed: Feed) -> None:
    for _ in range(3):
        runtime.append("reset", caller="root")

    assert [entry.seq for entry in feed.entries(after=2)] == [3]
    assert feed.last_seq() == 3


def test_waiting_ends_when_the_wanted_entry_is_there_and_passes_over_others(runtime: FakeRuntime, feed: Feed) -> None:
    def happen() -> None:
        runtime.append("denial", action="s3:GetObject")
        runtime.run()

    timer = threading.Timer(0.05, happen)
    timer.start()
    entry = feed.first(lambda entry: entry.kind == "invocation", after=0, wait=5)
    timer.join()

    assert entry is not None
    assert entry.seq == 2


def test_waiting_in_vain_says_so(feed: Feed) -> None:
    assert feed.first(lambda _entry: True, after=0, wait=0.05) is None


def test_a_runtime_that_is_gone_is_named_with_the_remedy() -> None:
    with pytest.raises(LabError, match=r"does not answer[\s\S]*lab\.start\(\)"):
        Feed("http://127.0.0.1:9").status()
