"""The way of an event, read from the journal."""

from __future__ import annotations

from typing import Any

import pytest

from lab.errors import LabError
from lab.feed import Entry
from lab.way import Way, way
from tests.unit.lab.conftest import FACTS

TRACE, OTHER = "1-00000001-aaaaaaaaaaaaaaaaaaaaaaaa", "1-00000002-bbbbbbbbbbbbbbbbbbbbbbbb"


def entries(*kinds_and_facts: tuple[str, dict[str, Any]], trace_id: str = TRACE, first: int = 1) -> list[Entry]:
    return [
        Entry(seq, f"2026-01-01T00:00:00.{seq:03}Z", kind, {"trace_id": trace_id} | facts, "", "")
        for seq, (kind, facts) in enumerate(kinds_and_facts, start=first)
    ]


def test_what_follows_stands_under_what_it_follows_from_also_if_it_was_journalled_before() -> None:
    found = way(
        entries(
            ("denial", {"parent": "run", "action": "s3:GetObject", "message": "no"}),
            ("acceptance", {"span": "taken", "parent": None, "function": "thumbnail"}),
            ("invocation", FACTS | {"span": "run", "parent": "taken", "status": "Failed", "error_message": "Access"}),
        )
    )

    assert [(step.seq, step.depth) for step in found.steps] == [(2, 0), (3, 1), (1, 2)]
    assert [step.words for step in found.steps][-1] == "s3:GetObject was denied"
    assert "Failed; Access" in found.steps[1].remark


def test_the_last_way_is_the_one_that_began_last() -> None:
    journal = [
        *entries(("acceptance", {"function": "a"})),
        *entries(("acceptance", {"function": "b"}), trace_id=OTHER, first=2),
        *entries(("event", {"function": "a", "decision": "gave up", "attempts": 3, "condition": "x"}), first=3),
    ]

    assert way(journal).trace_id == OTHER
    assert [step.seq for step in way(journal, TRACE).steps] == [1, 3]
    assert way(journal, "1-00000001").trace_id == TRACE


def test_an_id_that_is_not_known_or_not_clear_is_said_with_those_that_are() -> None:
    journal = [*entries(("acceptance", {})), *entries(("acceptance", {}), trace_id=OTHER, first=2)]

    with pytest.raises(LabError, match=rf"no way 1-9[\s\S]*{OTHER}"):
        way(journal, "1-9")
    with pytest.raises(LabError, match="beginning of 2 ways"):
        way(journal, "1-")


def test_a_reset_forgets_the_ways_before_it() -> None:
    journal = [*entries(("acceptance", {})), Entry(2, "2026-01-01T00:00:00.002Z", "reset", {}, "", "")]

    with pytest.raises(LabError, match="invoke a function"):
        way(journal)


@pytest.mark.parametrize("parents", [("b", "a"), ("a", "b"), ("unknown", "a")])
def test_a_parent_that_makes_no_sense_loses_no_step(parents: tuple[str, str]) -> None:
    first, second = parents
    found = way(
        entries(("acceptance", {"span": "a", "parent": first}), ("acceptance", {"span": "b", "parent": second}))
    )

    assert sorted(step.seq for step in found.steps) == [1, 2]


def test_a_way_of_ten_thousand_steps_one_under_the_other_is_drawn() -> None:
    chain = [("acceptance", {"span": str(number), "parent": str(number - 1)}) for number in range(1, 10_000)]
    journal = [
        Entry(seq, "2026-01-01T00:00:00.000Z", kind, facts | {"trace_id": TRACE}, "", "")
        for seq, (kind, facts) in enumerate(chain)
    ]

    found = way(journal)

    assert found.steps[-1].depth == 9_998
    assert len(repr(found)) < 1_000_000


EVERY_KIND: list[tuple[str, dict[str, Any], str]] = [
    ("throttle", {"function": "f", "reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}, "f was throttled"),
    ("assumption", {"service": "s3.amazonaws.com", "role": "arn:aws:iam::1:role/x/push", "granted": True},
     "s3.amazonaws.com assumed the role push"),
    ("assumption", {"service": "s3.amazonaws.com", "role": "arn:aws:iam::1:role/p", "granted": False, "message": "m"},
     "s3.amazonaws.com may not assume the role p"),
    ("object", {"event_name": "ObjectCreated:Put", "bucket": "photos", "key": "a/b.jpg"},
     "ObjectCreated:Put of photos/a/b.jpg"),
    ("push", {"source": "aws:s3", "function_arn": "arn:aws:lambda:us-east-1:1:function:f", "status": "accepted",
              "message": None}, "aws:s3 pushed to f"),
    ("event", {"function": "f", "decision": "retry", "attempts": 1, "condition": "c", "due": "later"},
     "the event for f will be tried again"),
    ("delivery", {"destination": "arn:aws:sqs:us-east-1:1:dead", "form": "record", "condition": "Success",
                  "status": "accepted", "message": ""}, "dead was told, by a record"),
    ("batch", {"step": "poll", "size": 3, "event_source_arn": "arn:aws:sqs:us-east-1:1:q", "function": "f"},
     "poll: 3 records of q, for f"),
    ("rule", {"rule": "nightly", "target": "arn:aws:lambda:us-east-1:1:function:f", "status": "accepted",
              "message": None}, "the rule nightly sent the event to f"),
    ("credentials", {"service": "s3", "code": "ExpiredToken", "message": "m"}, "s3 refused a caller"),
    ("something-new", {"name": "n"}, "something-new n"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "facts", "words"), EVERY_KIND)
def test_every_kind_of_entry_is_said_in_words(kind: str, facts: dict[str, Any], words: str) -> None:
    (step,) = way(entries((kind, facts))).steps

    assert step.words == words


@pytest.mark.parametrize(
    ("facts", "mark"), [({"step": "poll"}, "·"), ({"step": "discard"}, "✕"), ({"step": "hindered"}, "✕")]
)
def test_a_batch_that_is_lost_or_does_not_arrive_is_marked(facts: dict[str, Any], mark: str) -> None:
    batch = {"size": 1, "event_source_arn": "arn:aws:sqs:us-east-1:1:q", "function": "f"}

    (step,) = way(entries(("batch", batch | facts))).steps

    assert step.mark == mark
    assert "1 record of q" in step.words


def drawn(**facts: Any) -> Way:
    return way(entries(("invocation", FACTS | facts)))


def test_text_and_table_say_the_same() -> None:
    found = drawn(status="TimedOut", error_message="Task timed out")

    for shown in (repr(found), found._repr_html_()):
        assert "hello ran" in shown
        assert "cold start, 240 ms, TimedOut; Task timed out" in shown
        assert "▲" in shown


def test_a_learners_words_cannot_break_the_page() -> None:
    assert "<img" not in drawn(error_message="<img src=x onerror=alert(1)>")._repr_html_()
