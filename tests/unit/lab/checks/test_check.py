"""Self-tests over the journal."""

from __future__ import annotations

import pytest

from lab.checks import Check, Evidence, examine
from lab.errors import LabError
from lab.feed import Feed
from tests.unit.lab.conftest import FakeRuntime

CHECKS = {
    "two-sandboxes": Check(
        "Has one function run in two sandboxes?",
        lambda evidence: len({run.sandbox for run in evidence.runs}) > 1,
        "Invoke it once more.",
    )
}


def test_a_check_is_done_when_the_journal_shows_it(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run(sandbox="s-1")
    runtime.run(sandbox="s-2")

    finding = examine(CHECKS, "two-sandboxes", Evidence(tuple(feed.entries())))

    assert finding
    assert repr(finding) == "done: Has one function run in two sandboxes?"


def test_a_check_that_is_not_done_gives_its_hint(runtime: FakeRuntime, feed: Feed) -> None:
    runtime.run()

    finding = examine(CHECKS, "two-sandboxes", Evidence(tuple(feed.entries())))

    assert not finding
    assert "hint: Invoke it once more." in repr(finding)
    assert "Not yet" in finding._repr_html_()


def test_a_check_with_a_slip_in_its_name_is_guessed() -> None:
    with pytest.raises(LabError, match="did you mean two-sandboxes"):
        examine(CHECKS, "two-sandbox", Evidence(()))
