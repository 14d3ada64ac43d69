from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.policy import PolicyKind, validate

GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
SYNTAX = "Syntax errors in policy."


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (GOOD, PolicyKind.IDENTITY),
        ({**GOOD, "Condition": {"ForAnyValue:StringLikeIfExists": {"k": "v"}}}, PolicyKind.IDENTITY),
        ({**GOOD, "Principal": "*"}, PolicyKind.RESOURCE),
        (TRUST, PolicyKind.TRUST),
        ({**TRUST, "Sid": "", "Condition": {"StringLike": {"sts:ExternalId": "arn:aws:s3:::*"}}}, PolicyKind.TRUST),
    ],
)
def test_a_well_formed_policy_is_accepted(statement: dict[str, Any], kind: PolicyKind) -> None:
    document = {"Version": "2012-10-17", "Statement": [statement]}

    assert validate(json.dumps(document), kind) == document
    assert validate({"Statement": statement}, kind)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PolicyKind.TRUST, "This policy contains invalid Json"),
        (PolicyKind.IDENTITY, SYNTAX),
        (PolicyKind.RESOURCE, "Policies must be valid JSON and the first byte must be '{'"),
    ],
)
@pytest.mark.parametrize("text", ["", "{", "[]", '"x"'])
def test_what_is_no_json_object_is_refused_in_the_words_of_its_kind(kind: PolicyKind, words: str, text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        validate(text, kind)

    assert str(refusal.value) == words


@pytest.mark.parametrize(
    ("statement", "kind", "words"),
    [
        ({**GOOD, "Effect": "allow"}, PolicyKind.IDENTITY, SYNTAX),
        ({**GOOD, "NotAction": "x:y"}, PolicyKind.IDENTITY, SYNTAX),
        ({**GOOD, "Wenn": "x"}, PolicyKind.IDENTITY, SYNTAX),
        ({**GOOD, "Action": {"a": 1}}, PolicyKind.IDENTITY, SYNTAX),
        ({**GOOD, "Condition": {"StringSmells": {"a": "b"}}}, PolicyKind.IDENTITY, SYNTAX),
        ({**GOOD, "Principal": "*"}, PolicyKind.IDENTITY, "Policy document should not specify a principal."),
        ({"Effect": "Allow", "Resource": "*"}, PolicyKind.IDENTITY, "Policy statement must contain actions."),
        ({"Effect": "Allow", "Action": "s3:*"}, PolicyKind.IDENTITY, "Policy statement must contain resources."),
        (
            {**GOOD, "Action": "GetObject"},
            PolicyKind.IDENTITY,
            "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
        ),
        ({**GOOD, "Resource": "photos"}, PolicyKind.IDENTITY, 'Resource photos must be in ARN format or "*".'),
        (GOOD, PolicyKind.RESOURCE, "Missing required field Principal"),
        ({**TRUST, "Resource": "*"}, PolicyKind.TRUST, "Has prohibited field Resource"),
        ({**TRUST, "Action": "s3:*"}, PolicyKind.TRUST, "AssumeRole policy may only specify STS AssumeRole actions."),
    ],
)
def test_a_malformed_statement_is_refused_in_awss_words(
    statement: dict[str, Any], kind: PolicyKind, words: str
) -> None:
    with pytest.raises(ValueError) as refusal:
        validate({"Version": "2012-10-17", "Statement": [statement]}, kind)

    assert str(refusal.value) == words


@pytest.mark.parametrize("document", [{}, {"Statement": []}, {"Statement": ["x"]}, {"Statement": GOOD, "Version": "3"}])
def test_a_document_without_the_form_of_a_policy_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=SYNTAX):
        validate(document)


def test_two_statements_may_not_have_one_sid() -> None:
    with pytest.raises(ValueError, match="must be unique"):
        validate({"Statement": [{**GOOD, "Sid": "A"}, {**GOOD, "Sid": "A"}]})
