"""A position says that everything before it is done, and nothing that is done is forgotten over a restart."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from runtime.eventsources.pull.progress import Progress
from runtime.eventsources.pull.streams import Record
from runtime.timeline import Step


def record(sequence: int) -> Record:
    return Record(sequence, "k", datetime(2014, 11, 13, tzinfo=UTC), {}, "{}")


def read_again(progress: Progress) -> Progress:
    """Return what the next platform makes of what was written down."""
    return Progress(json.loads(json.dumps(progress.document())))


def test_records_that_are_settled_in_another_order_hold_the_position_at_the_first_that_is_not() -> None:
    progress = Progress()
    for sequence in (1, 2, 3):
        assert progress.note(record(sequence))

    progress.settle([record(2), record(3)])
    assert progress.document()["position"] is None
    progress.settle([record(1)])

    assert (progress.document()["position"], progress.is_settled) == (3, True)


def test_a_try_is_remembered_until_its_first_record_is_settled() -> None:
    progress = Progress()
    progress.fail(record(4), record(6), 2, Step("1-2-3", "span", None))

    tried = read_again(progress).tries[4]
    assert (tried.last, tried.attempts, tried.step) == (6, 2, Step("1-2-3", "span", None))
    progress.settle([record(4)])
    assert read_again(progress).tries == {}


@given(st.integers(1, 30), st.data())
def test_after_a_restart_exactly_what_was_not_settled_is_delivered(count: int, data: st.DataObject) -> None:
    progress = Progress()
    for sequence in range(1, count + 1):
        progress.note(record(sequence))
    settled = data.draw(st.sets(st.integers(1, count)))
    for sequence in data.draw(st.permutations(sorted(settled))):
        progress.settle([record(sequence)])

    again = read_again(progress)
    first = (again.position or 0) + 1
    delivered = [sequence for sequence in range(first, count + 1) if again.note(record(sequence))]

    assert delivered == [sequence for sequence in range(1, count + 1) if sequence not in settled]
