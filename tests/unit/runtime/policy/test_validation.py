from __future__ import annotations

import json
import re
from typing import Any

import pytest

from runtime.policy import PolicyKind, validate, validate_bucket_policy
from runtime.policy.validation import NOT_ALPHANUMERIC

GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
SYNTAX = "Syntax errors in policy."


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (GOOD, PolicyKind.IDENTITY),
        ({**GOOD, "Condition": {"ForAnyValue:StringLikeIfExists": {"k": "v"}}}, PolicyKind.IDENTITY),
        ({**GOOD, "Principal": "*"}, PolicyKind.RESOURCE),
        ({**GOOD, "Principal": {"AWS": "123456789012"}, "Action": "lambda:Invoke*"}, PolicyKind.RESOURCE),
        (TRUST, PolicyKind.TRUST),
        ({**TRUST, "Sid": "", "Condition": {"StringLike": {"sts:ExternalId": "arn:aws:s3:::*"}}}, PolicyKind.TRUST),
    ],
)
def test_a_well_formed_policy_is_accepted(statement: dict[str, Any], kind: PolicyKind) -> None:
    document = {"Version": "2012-10-17", "Statement": [statement]}

    assert validate(json.dumps(document), kind) == document
    assert validate({"Version": "2012-10-17", "Statement": statement}, kind)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PolicyKind.TRUST, "This policy contains invalid Json"),
        (PolicyKind.IDENTITY, SYNTAX),
        (PolicyKind.RESOURCE, "Policies must be valid JSON and the first byte must be '{'"),
    ],
)
@pytest.mark.parametrize("text", ["", "[]", '"x"', "null"])
def test_what_is_no_json_object_is_refused_in_the_words_of_its_kind(kind: PolicyKind, words: str, text: str) -> None:
    with pytest.raises(ValueError) as refusal:
        validate(text, kind)

    assert str(refusal.value) == words


@pytest.mark.parametrize(
    ("statement", "kind", "words"),
    [
        ({**GOOD, "Effect": "allow"}, PolicyKind.IDENTITY, "The policy failed legacy parsing"),
        ({**GOOD, "Effect": "Permit"}, PolicyKind.IDENTITY, SYNTAX),
        ({**GOOD, "Sid": "with blanks"}, PolicyKind.IDENTITY, NOT_ALPHANUMERIC),
        ({**GOOD, "Action": "s3:Get:Object"}, PolicyKind.IDENTITY, "Actions/Condition can contain only one colon."),
        ({**GOOD, "Action": "s3*:Get"}, PolicyKind.IDENTITY, "Vendor s3* is not valid"),
        ({**GOOD, "Resource": []}, PolicyKind.IDENTITY, "Policy statement must contain resources."),
        (
            {**GOOD, "Resource": "arn:amazon:s3:::photos"},
            PolicyKind.IDENTITY,
            'Partition "amazon" is not valid for resource "arn:amazon:s3:::photos".',
        ),
        (
            {**GOOD, "Resource": "arn:aws::::photos"},
            PolicyKind.IDENTITY,
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ),
        ({**GOOD, "Resource": "arn:aws:s3:photos"}, PolicyKind.IDENTITY, "The policy failed legacy parsing"),
        (
            {**GOOD, "Resource": "arn:aws:s3:us-east-1::photos"},
            PolicyKind.IDENTITY,
            "Resource arn:aws:s3:us-east-1::photos can not contain region information.",
        ),
        (
            {**GOOD, "Resource": "arn:aws:iam:us-east-1:123456789012:role/x"},
            PolicyKind.IDENTITY,
            "IAM resource arn:aws:iam:us-east-1:123456789012:role/x cannot contain region information.",
        ),
        ({**TRUST, "Principal": {"AWS": "alice"}}, PolicyKind.TRUST, 'Invalid principal in policy: "AWS":"alice"'),
        ({**TRUST, "Principal": {"Service": "x"}}, PolicyKind.TRUST, 'Invalid principal in policy: "SERVICE":"x"'),
        ({**TRUST, "Principal": {"Aws": "*"}}, PolicyKind.TRUST, SYNTAX),
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


@pytest.mark.parametrize("document", [{"Statement": GOOD}, {"Version": "2008-10-17", "Statement": GOOD}])
def test_a_policy_of_the_old_language_is_no_longer_taken_but_for_trust(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Policy document must be version 2012-10-17 or greater"):
        validate(document)

    assert validate({**document, "Statement": TRUST}, PolicyKind.TRUST)


@pytest.mark.parametrize("path", ["*", "role/*", "user/alice", "policy/x"])
def test_a_resource_of_iam_has_a_path_that_iam_knows(path: str) -> None:
    arn = f"arn:aws:iam::123456789012:{path}"

    assert validate({"Version": "2012-10-17", "Statement": {**GOOD, "Resource": arn}})
    with pytest.raises(ValueError, match='IAM resource path must either be "\\*" or start with user/'):
        validate({"Version": "2012-10-17", "Statement": {**GOOD, "Resource": arn.replace(path, f"x{path}")}})


OF_BUCKET = {**GOOD, "Principal": "*", "Resource": ["arn:aws:s3:::photos", "arn:aws:s3:::photos/*"]}


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("{", "This policy contains invalid Json"),
        (" {}", "Policies must be valid JSON and the first byte must be '{'"),
        ({}, "Missing required field Statement"),
        ({"Statement": []}, "Could not parse the policy: Statement is empty!"),
        ({"Version": "2020-01-01", "Statement": OF_BUCKET}, "The policy must contain a valid version string"),
        ({"Statement": OF_BUCKET, "Author": "me"}, "Unknown field Author"),
        ({"Statement": {**OF_BUCKET, "Principle": "*"}}, "Unknown field Principle"),
        ({"Statement": {**OF_BUCKET, "Effect": "allow"}}, "Invalid policy syntax."),
        ({"Statement": {**OF_BUCKET, "Principal": {"AWS": "alice"}}}, "Invalid principal in policy"),
        ({"Statement": {**OF_BUCKET, "Action": "lambda:Invoke"}}, "Policy has invalid action"),
        ({"Statement": {**OF_BUCKET, "Resource": "arn:aws:s3:::other/*"}}, "Policy has invalid resource"),
        ({"Statement": {**OF_BUCKET, "Resource": "arn:aws:s3:::photosynthesis"}}, "Policy has invalid resource"),
        ({"Statement": {**OF_BUCKET, "Condition": {"StringSmells": {}}}}, "Invalid Condition type : StringSmells"),
        ({"Statement": {key: OF_BUCKET[key] for key in OF_BUCKET if key != "Resource"}}, "required field Resource"),
    ],
)
def test_a_malformed_policy_of_a_bucket_is_refused_in_the_words_of_s3(document: Any, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        validate_bucket_policy(document if isinstance(document, str) else json.dumps(document), "photos")


def test_a_policy_of_a_bucket_may_be_of_either_version_and_about_everything_in_it() -> None:
    for version in ({}, {"Version": "2008-10-17"}, {"Version": "2012-10-17"}):
        assert validate_bucket_policy({**version, "Statement": [OF_BUCKET, {**OF_BUCKET, "Resource": "*"}]}, "photos")


@pytest.mark.parametrize("document", [{}, {"Statement": []}, {"Statement": ["x"]}, {"Statement": GOOD, "Version": "3"}])
def test_a_document_without_the_form_of_a_policy_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=SYNTAX):
        validate(document)


def test_two_statements_may_not_have_one_sid() -> None:
    with pytest.raises(ValueError, match="must be unique"):
        validate({"Version": "2012-10-17", "Statement": [{**GOOD, "Sid": "A"}, {**GOOD, "Sid": "A"}]})
