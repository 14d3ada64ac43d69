"""What botocore's model demands is demanded, in AWS's sentences, wherever the member stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from runtime.endpoint.model import Models
from runtime.endpoint.model_constraints import check
from runtime.errors import ServiceError

NOT_NULL = "Member must not be null"


def violations(operation: str, given: Mapping[str, Any]) -> list[str]:
    model = Models().service("lambda")
    assert model is not None
    with pytest.raises(ServiceError) as caught:
        check(model.operation(operation), given)
    assert caught.value.code == "ValidationException"
    return caught.value.message.partition(" detected: ")[2].split("; ")


@pytest.mark.parametrize(
    ("operation", "given", "said"),
    [
        (
            "PutFunctionEventInvokeConfig",
            {"MaximumRetryAttempts": -1},
            "Value '-1' at 'maximumRetryAttempts' failed to satisfy constraint: "
            "Member must have value greater than or equal to 0",
        ),
        (
            "PublishVersion",
            {"Description": "x" * 257},
            f"Value '{'x' * 257}' at 'description' failed to satisfy constraint: "
            "Member must have length less than or equal to 256",
        ),
        (
            "CreateEventSourceMapping",
            {"FilterCriteria": {"Filters": [{"Pattern": "{}"}, {"Pattern": "x" * 4097}]}},
            f"Value '{'x' * 4097}' at 'filterCriteria.filters.2.member.pattern' failed to satisfy constraint: "
            "Member must have length less than or equal to 4096",
        ),
        (
            "CreateEventSourceMapping",
            {"FilterCriteria": {"Filters": [None]}},
            f"Value null at 'filterCriteria.filters.1.member' failed to satisfy constraint: {NOT_NULL}",
        ),
        (
            "CreateEventSourceMapping",
            {"FunctionResponseTypes": ["Other"]},
            "Value '[Other]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: "
            f"[Member must satisfy enum value set: [ReportBatchItemFailures], {NOT_NULL}]",
        ),
        (
            "UpdateFunctionConfiguration",
            {"Environment": {"Variables": {"1ST": "x"}}},
            "Value '{1ST=x}' at 'environment.variables' failed to satisfy constraint: Map keys must satisfy "
            f"constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, {NOT_NULL}]",
        ),
        (
            "TagResource",
            {"Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "Tags": {"a": None}},
            "Value '{a=None}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: "
            "[Member must have length less than or equal to 256",
        ),
    ],
)
def test_a_member_that_breaks_the_model_is_named(operation: str, given: Mapping[str, Any], said: str) -> None:
    assert any(sentence.startswith(said) for sentence in violations(operation, {"FunctionName": "f", **given}))


def test_all_violations_are_told_at_once() -> None:
    said = violations("CreateFunction", {"FunctionName": "f", "Role": "r", "Handler": "a b", "Code": {}, "Timeout": 0})

    assert [sentence.split("'")[3] for sentence in said] == ["role", "handler", "timeout"]


def test_what_lambda_says_in_other_words_is_left_to_it() -> None:
    model = Models().service("lambda")
    assert model is not None
    role = "arn:aws:iam::123456789012:role/r"

    check(model.operation("Invoke"), {"FunctionName": "a b", "Payload": b"x" * 100})
    check(model.operation("CreateFunction"), {"FunctionName": "f", "Runtime": "cobol85", "Role": role, "Code": {}})


def test_letters_of_every_language_are_fine_in_tags() -> None:
    model = Models().service("lambda")
    assert model is not None
    resource = "arn:aws:lambda:us-east-1:123456789012:function:f"

    check(model.operation("TagResource"), {"Resource": resource, "Tags": {"Straße des 17. Juni": "東京 @home"}})
