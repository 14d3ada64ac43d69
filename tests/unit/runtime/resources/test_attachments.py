"""What is attached to a function, a version or an alias is found again, and goes with it."""

from __future__ import annotations

import sqlite3

import pytest

from runtime.resources.attachments import SCHEMA, Attachments, Kind


@pytest.fixture
def attachments() -> Attachments:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in SCHEMA:
        connection.execute(statement)
    return Attachments(connection)


def test_a_document_is_replaced_and_taken_away(attachments: Attachments) -> None:
    attachments.put(Kind.TAGS, "hello", {"a": "1"})
    attachments.put(Kind.TAGS, "hello", {"b": "2"})

    assert attachments.get(Kind.TAGS, "hello") == {"b": "2"}
    attachments.delete(Kind.TAGS, "hello")
    attachments.delete(Kind.TAGS, "hello")
    assert attachments.get(Kind.TAGS, "hello") is None


def test_documents_are_listed_by_qualifier_and_by_owner(attachments: Attachments) -> None:
    for owner, qualifier in (("b", "live"), ("b", ""), ("a", "1")):
        attachments.put(Kind.URL, owner, {"of": owner + qualifier}, qualifier)

    assert attachments.of(Kind.URL, "b") == {"": {"of": "b"}, "live": {"of": "blive"}}
    assert list(attachments.all(Kind.URL)) == [("a", "1"), ("b", ""), ("b", "live")]


def test_a_function_takes_everything_of_its_own_with_it_and_nothing_of_a_layer(attachments: Attachments) -> None:
    attachments.put(Kind.LAYER_POLICY, "same", {"layer": 1}, "1")
    for kind in (Kind.TAGS, Kind.POLICY, Kind.CONCURRENCY):
        attachments.put(kind, "same", {"function": 1})

    attachments.drop_function("same")

    assert not any(attachments.of(kind, "same") for kind in Kind if kind is not Kind.LAYER_POLICY)
    assert attachments.get(Kind.LAYER_POLICY, "same", "1") == {"layer": 1}


def test_an_alias_takes_with_it_what_is_attached_to_it_alone(attachments: Attachments) -> None:
    attachments.put(Kind.POLICY, "hello", {"of": "function"})
    attachments.put(Kind.POLICY, "hello", {"of": "alias"}, "live")

    attachments.drop_qualifier("hello", "live")

    assert attachments.of(Kind.POLICY, "hello") == {"": {"of": "function"}}
