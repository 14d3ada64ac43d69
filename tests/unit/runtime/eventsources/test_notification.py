"""What a bucket notifies: which events of which keys, and which rules contradict each other."""

from __future__ import annotations

import pytest

from runtime.eventsources.notification import Rule, Target, names_event


def rule(*events: str, prefix: str = "", suffix: str = "") -> Rule:
    return Rule("id", Target.FUNCTION, "arn:aws:lambda:us-east-1:123456789012:function:f", events, prefix, suffix)


@pytest.mark.parametrize(
    ("pattern", "is_named"),
    [
        ("s3:ObjectCreated:Put", True),
        ("s3:ObjectCreated:*", True),
        ("s3:ObjectCreated:Post", False),
        ("s3:ObjectRemoved:*", False),
        ("s3:ReducedRedundancyLostObject", False),
    ],
)
def test_an_event_is_named_exactly_or_by_its_family(pattern: str, *, is_named: bool) -> None:
    assert names_event([pattern], "ObjectCreated:Put") is is_named


@pytest.mark.parametrize(
    ("prefix", "suffix", "key", "is_concerned"),
    [
        ("", "", "anything", True),
        ("in/", "", "in/a.jpg", True),
        ("in/", "", "out/in/a.jpg", False),
        ("", ".jpg", "in/a.jpg", True),
        ("", ".jpg", "in/a.JPG", False),
        ("in/", ".jpg", "in/a.png", False),
        ("my%20photos/", "", "my photos/a.jpg", True),
        ("caf%C3%A9/", "", "caf\u00e9/a.jpg", True),
        ("a+b", "", "a+b.jpg", True),
    ],
)
def test_a_key_passes_a_filter_by_its_beginning_and_its_end(
    prefix: str, suffix: str, key: str, *, is_concerned: bool
) -> None:
    filtered = rule("s3:ObjectCreated:*", prefix=prefix, suffix=suffix)

    assert filtered.concerns("ObjectCreated:Put", key) is is_concerned


@pytest.mark.parametrize(
    ("one", "other", "is_ambiguous"),
    [
        (rule("s3:ObjectCreated:*"), rule("s3:ObjectCreated:Put"), True),
        (rule("s3:ObjectCreated:*"), rule("s3:ObjectRemoved:*"), False),
        (rule("s3:ObjectCreated:Put"), rule("s3:ObjectCreated:Copy"), False),
        (rule("s3:ObjectCreated:*", prefix="in/"), rule("s3:ObjectCreated:*", prefix="out/"), False),
        (rule("s3:ObjectCreated:*", prefix="in/"), rule("s3:ObjectCreated:*", prefix="in/cats/"), True),
        (rule("s3:ObjectCreated:*", prefix="in/"), rule("s3:ObjectCreated:*"), True),
        (rule("s3:ObjectCreated:*", suffix=".jpg"), rule("s3:ObjectCreated:*", suffix="pg"), True),
        (rule("s3:ObjectCreated:*", suffix=".jpg"), rule("s3:ObjectCreated:*", suffix=".png"), False),
        (
            rule("s3:ObjectCreated:*", prefix="in/", suffix=".jpg"),
            rule("s3:ObjectCreated:*", prefix="in/", suffix=".png"),
            False,
        ),
        (rule("s3:ObjectCreated:*", prefix="in/"), rule("s3:ObjectCreated:*", suffix=".png"), True),
    ],
)
def test_two_rules_are_ambiguous_if_one_event_of_one_key_can_be_meant_by_both(
    one: Rule, other: Rule, *, is_ambiguous: bool
) -> None:
    assert (one.event_shared_with(other) is not None) is is_ambiguous
    assert (other.event_shared_with(one) is not None) is is_ambiguous
