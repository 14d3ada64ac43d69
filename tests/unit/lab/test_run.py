"""Runs as the journal has them."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from lab.errors import LabError
from lab.feed import Entry, Feed
from lab.run import Run, last_run, runs
from tests.unit.lab.conftest import FACTS, FakeRuntime


def test_a_run_has_the_facts_of_its_entry_as_attributes(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run()

    (run,) = runs(feed)

    assert {name: getattr(run, name) for name in FACTS} == FACTS
    assert run.is_cold
    assert run.has_succeeded
    assert run.peak_memory_mib == 32


def test_a_fact_that_a_newer_runtime_adds_does_no_harm(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run(weather="fine")

    assert runs(feed)[0].function == "hello"


def test_runs_before_the_last_reset_are_not_shown(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run()
    runtime.append("reset", caller="root")
    newer = runtime.run()

    assert [run.seq for run in runs(feed)] == [newer]


def test_runs_can_be_those_of_one_function(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run(function="other")
    runtime.run()

    assert [run.function for run in runs(feed, "hello")] == ["hello"]


def test_the_last_run_is_waited_for_when_there_is_none(runtime: FakeRuntime, feed: Feed) -> None:
    timer = threading.Timer(0.05, runtime.run)
    timer.start()

    run = last_run(feed, "hello", wait=5)
    timer.join()

    assert run.seq == 1


def test_a_run_that_ends_while_the_journal_is_read_is_not_missed(runtime: FakeRuntime, feed: Feed) -> None:
    class SlowFeed(Feed):
        """The moment after the last page has been answered, the run ends."""

        def entries(self, after: int = 0) -> Iterator[Entry]:
            yield from super().entries(after)
            if not runtime.entries:
                runtime.run()

    assert last_run(SlowFeed(feed.url), "hello", wait=1).seq == 1


def test_a_call_that_is_under_way_is_waited_for_although_there_is_an_older_run(
    runtime: FakeRuntime, feed: Feed
) -> None:
    runtime.run()
    runtime.under_way.append("hello")

    def end() -> None:
        runtime.run()
        runtime.under_way.clear()

    timer = threading.Timer(0.05, end)
    timer.start()

    run = last_run(feed, "hello", wait=5)
    timer.join()

    assert run.seq == 2


def test_a_call_of_another_function_is_not_waited_for(runtime: FakeRuntime, feed: Feed) -> None:
    first = runtime.run()
    runtime.under_way.append("other")

    assert last_run(feed, "hello", wait=0).seq == first


def test_an_older_run_is_not_passed_off_as_one_that_takes_too_long(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run()
    runtime.under_way.append("hello")

    with pytest.raises(LabError, match=r"still under way after 0 s[\s\S]*wait=1"):
        last_run(feed, "hello", wait=0)


def test_with_after_the_run_is_a_newer_one(runtime: FakeRuntime, feed: Feed) -> None:
    first = runtime.run()
    second = runtime.run()
    runtime.run()

    assert last_run(feed, after=first, wait=0).seq == second


def test_an_old_run_before_a_reset_is_not_taken_for_the_last(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run()
    runtime.append("reset", caller="root")
    runtime.append("function", operation="created", function="hello")

    with pytest.raises(LabError, match=r"No run of hello within 0 s[\s\S]*denial"):
        last_run(feed, "hello", wait=0)


def test_a_function_that_does_not_exist_is_said_so_with_the_names_of_those_that_do(
    runtime: FakeRuntime, feed: Feed
) -> None:
    for operation, name in (("created", "hello"), ("created", "gone"), ("deleted", "gone")):
        runtime.append("function", operation=operation, function=name)

    with pytest.raises(LabError, match="no function 'helo', it has hello"):
        last_run(feed, "helo", wait=0)


def test_an_account_that_another_notebook_emptied_is_said_to_be_empty(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.append("function", operation="created", function="hello")
    runtime.append("reset", caller="root")

    with pytest.raises(LabError, match=r"it has none: lab\.reset\(\), in any notebook, empties it"):
        last_run(feed, "hello", wait=0)


def test_a_run_reads_as_one_line_where_html_is_not_shown(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run()

    line = repr(runs(feed)[0])

    assert "hello: Succeeded, cold, 240 ms (billed 300 ms), CPU 6.25% of 6.25%, memory 32 of 128 MB" in line


def test_the_line_of_a_run_rounds_memory_up_as_its_card_and_report_do(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run(peak_memory_bytes=7 * 1024 * 1024 + 1)

    assert "memory 8 of 128 MB" in repr(runs(feed)[0])


def test_a_run_is_made_from_an_entry_of_the_feed(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run(status="TimedOut")

    (entry,) = feed.entries()

    assert not Run.of(entry).has_succeeded
