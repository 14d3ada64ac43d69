"""A denial, explained from the journal."""

from __future__ import annotations

from typing import Any

import pytest

from lab.denial import denial
from lab.errors import LabError
from lab.feed import Entry

REFUSED: dict[str, Any] = {
    "principal": "arn:aws:sts::1:assumed-role/thumb/f", "action": "s3:GetObject", "resource": "arn:aws:s3:::photos/a",
    "decision": "implicit deny", "policy": None, "statement": None, "message": "User is not authorized",
    "explanation": "Nothing allows it.", "service": "s3", "operation": "GetObject", "request_id": "1",
    "trace": {"policies": [{"kind": "identity-based policy", "policy": "logs", "statements": 1}],
              "nearest": {"statement": {"Effect": "Allow", "Action": "s3:PutObject"}}},
}  # fmt: skip


def entry(seq: int, kind: str, **facts: Any) -> Entry:
    return Entry(seq, "2026-01-01T00:00:00.000Z", kind, facts, "", "")


def test_the_last_denial_is_told_with_what_was_looked_at_and_what_came_nearest() -> None:
    found = denial([entry(1, "denial", **REFUSED | {"action": "s3:ListBucket"}), entry(2, "denial", **REFUSED)])

    for shown in (repr(found), found._repr_html_()):
        for words in ("s3:GetObject was denied", "Nothing allows it.", "logs (identity-based policy)", "s3:PutObject"):
            assert words in shown


def test_one_may_look_back() -> None:
    journal = [entry(1, "denial", **REFUSED | {"action": "s3:ListBucket"}), entry(2, "denial", **REFUSED)]

    assert denial(journal, back=1).title == "s3:ListBucket was denied"
    for back in (2, -1):
        with pytest.raises(LabError, match="their number is 2"):
            denial(journal, back=back)


def test_a_role_that_could_not_be_assumed_is_a_denial_and_one_that_could_is_none() -> None:
    facts = {"service": "s3.amazonaws.com", "role": "arn:aws:iam::1:role/push", "session_name": "s",
             "external_id": "", "message": "not authorized",
             "explanation": "The trust policy does not name it.", "trace": None}  # fmt: skip

    found = denial([entry(1, "assumption", granted=False, **facts), entry(2, "assumption", granted=True, **facts)])

    assert found.title == "s3.amazonaws.com may not assume the role push"


def test_an_unsigned_request_is_explained() -> None:
    found = denial(
        [
            entry(1, "credentials", access_key_id="", service="s3", code="AccessDenied", message="m",
                  explanation="It is not signed.", request_id="1"),
        ]
    )  # fmt: skip

    assert "none: the request is not signed" in repr(found)


def test_without_a_denial_since_the_reset_it_says_so() -> None:
    with pytest.raises(LabError, match="Nothing has been denied"):
        denial([entry(1, "denial", **REFUSED), entry(2, "reset", caller="root")])


def test_the_words_of_others_cannot_break_the_page() -> None:
    assert "<script>" not in denial([entry(1, "denial", **REFUSED | {"message": "<script>"})])._repr_html_()
