from __future__ import annotations

from typing import Any

import pytest

from runtime.policy.condition import are_met, clauses, is_known

FACTS: dict[str, tuple[str, ...]] = {
    "aws:username": ("alice",),
    "aws:sourceip": ("203.0.113.7",),
    "aws:currenttime": ("2014-11-13T18:30:00Z",),
    "aws:epochtime": ("1415903400",),
    "aws:securetransport": ("true",),
    "aws:tagkeys": ("stage", "team"),
    "aws:principalarn": ("arn:aws:iam::123456789012:role/r",),
    "s3:max-keys": ("10",),
    "k:bytes": ("QmlnIGNhdA==",),
    "k:odd": ("many",),
    "k:star": ("*",),
    "k:empty": ("",),
    "k:empties": ("", ""),
}


def is_met(condition: Any, *, has_variables: bool = True) -> bool | None:
    return are_met(clauses(condition, has_variables=has_variables), FACTS)


MET = [
    ("StringEquals", "aws:username", "alice", True),
    ("StringEquals", "AWS:UserName", "alice", True),
    ("StringEquals", "aws:username", "Alice", False),
    ("StringEquals", "aws:username", ["bob", "alice"], True),
    ("StringEquals", "aws:username", "a*", False),
    ("StringEquals", "aws:absent", "x", False),
    ("StringEquals", "aws:username", [], False),
    ("StringNotEquals", "aws:username", ["bob", "alice"], False),
    ("StringNotEquals", "aws:username", ["bob", "carol"], True),
    ("StringNotEquals", "aws:absent", "x", True),
    ("StringEqualsIgnoreCase", "aws:username", "ALICE", True),
    ("StringNotEqualsIgnoreCase", "aws:username", "ALICE", False),
    ("StringLike", "aws:username", "a*", True),
    ("StringLike", "aws:username", "al?ce", True),
    ("StringLike", "aws:username", "A*", False),
    ("StringNotLike", "aws:username", "a*", False),
    ("StringEquals", "aws:username", "${aws:username}", True),
    ("StringEquals", "aws:username", "${aws:absent, 'alice'}", True),
    ("StringEquals", "aws:username", "${aws:absent}", False),
    ("StringNotEquals", "aws:username", "${aws:absent}", True),
    ("StringNotLike", "aws:username", ["${aws:absent}", "alice"], False),
    ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::${aws:absent}:role/*", True),
    ("StringEquals", "aws:TagKeys", "stage", None),
    ("StringNotEquals", "aws:TagKeys", "cost", None),
    ("StringEquals", "k:empty", "", True),
    ("Null", "k:empty", "true", True),
    ("ForAllValues:StringEquals", "k:empties", ["stage"], True),
    ("ForAnyValue:StringEquals", "k:empties", [""], False),
    ("ForAllValues:Null", "aws:absent", "true", None),
    ("NumericEquals", "s3:max-keys", "NaN", None),
    ("DateLessThan", "aws:CurrentTime", "2014-12", True),
    ("StringLike", "aws:username", "${k:star}", False),
    ("StringLike", "k:star", "${*}", True),
    ("NumericEquals", "s3:max-keys", "10.0", True),
    ("NumericEquals", "s3:max-keys", 10, True),
    ("NumericNotEquals", "s3:max-keys", "10", False),
    ("NumericLessThan", "s3:max-keys", "11", True),
    ("NumericLessThan", "s3:max-keys", "10", False),
    ("NumericLessThanEquals", "s3:max-keys", "10", True),
    ("NumericGreaterThan", "s3:max-keys", "9", True),
    ("NumericGreaterThanEquals", "s3:max-keys", "10", True),
    ("NumericLessThan", "s3:max-keys", "many", None),
    ("NumericLessThan", "k:odd", "10", False),
    ("NumericEquals", "s3:max-keys", "${s3:max-keys}", None),
    ("DateLessThan", "aws:CurrentTime", "2014-12-01T00:00:00Z", True),
    ("DateLessThan", "aws:CurrentTime", "2014", False),
    ("DateGreaterThan", "aws:CurrentTime", "2014-11-13T20:00:00+02:00", True),
    ("DateGreaterThan", "aws:CurrentTime", "1415900000", True),
    ("DateEquals", "aws:EpochTime", "2014-11-13T18:30:00Z", True),
    ("DateNotEquals", "aws:CurrentTime", "2014-11-13T18:30:00Z", False),
    ("DateLessThan", "aws:CurrentTime", "tomorrow", None),
    ("DateLessThan", "aws:CurrentTime", "9" * 30, None),
    ("Bool", "aws:SecureTransport", True, True),
    ("Bool", "aws:SecureTransport", "TRUE", True),
    ("Bool", "aws:SecureTransport", "false", False),
    ("Bool", "aws:SecureTransport", "perhaps", None),
    ("BinaryEquals", "k:bytes", "QmlnIGNhdA==", True),
    ("BinaryEquals", "k:bytes", "QQ==", False),
    ("BinaryEquals", "k:bytes", "no base64!", None),
    ("IpAddress", "aws:SourceIp", "203.0.113.0/24", True),
    ("IpAddress", "aws:SourceIp", "203.0.113.7", True),
    ("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "2001:db8::/32"], False),
    ("IpAddress", "aws:username", "10.0.0.0/8", False),
    ("IpAddress", "aws:SourceIp", "home", None),
    ("NotIpAddress", "aws:SourceIp", "203.0.113.0/24", False),
    ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", True),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*", True),
    ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/*", True),
    ("ArnLike", "aws:PrincipalArn", "arn:*:role/r", None),
    ("ArnLike", "aws:PrincipalArn", "arn:aws:*:123456789012:role/r:x", False),
    ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:user/*", True),
    ("ArnLike", "aws:username", "arn:aws:iam::*:user/*", False),
    ("Null", "aws:username", "false", True),
    ("Null", "aws:username", True, False),
    ("Null", "aws:absent", "true", True),
    ("Null", "aws:absent", "maybe", None),
    ("StringEqualsIfExists", "aws:absent", "x", True),
    ("StringEqualsIfExists", "aws:username", "x", False),
    ("StringNotEqualsIfExists", "aws:absent", "x", True),
    ("NullIfExists", "aws:absent", "true", None),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["stage", "team", "cost"], True),
    ("ForAllValues:StringEquals", "aws:TagKeys", ["stage"], False),
    ("ForAllValues:StringEquals", "aws:absent", ["stage"], True),
    ("ForAllValues:StringNotEquals", "aws:TagKeys", ["cost"], True),
    ("ForAllValues:StringNotEquals", "aws:TagKeys", ["stage"], False),
    ("ForAnyValue:StringEquals", "aws:TagKeys", ["stage"], True),
    ("ForAnyValue:StringLike", "aws:TagKeys", ["c*"], False),
    ("ForAnyValue:StringNotEquals", "aws:TagKeys", ["stage"], True),
    ("ForAnyValue:StringEquals", "aws:absent", ["stage"], False),
    ("ForAnyValue:StringEqualsIfExists", "aws:absent", ["stage"], False),
    ("ForSomeValues:StringEquals", "aws:TagKeys", ["stage"], None),
    ("StringSmells", "aws:username", "alice", None),
    ("stringequals", "aws:username", "alice", None),
]


@pytest.mark.parametrize(("name", "key", "values", "expected"), MET)
def test_an_operator_answers_as_aws_says(name: str, key: str, values: Any, expected: bool | None) -> None:
    assert is_met({name: {key: values}}) is expected


def test_operators_and_keys_must_all_be_met() -> None:
    met = {"StringEquals": {"aws:username": "alice", "s3:max-keys": "10"}, "Bool": {"aws:SecureTransport": "true"}}

    assert is_met(met) is True
    assert is_met({**met, "Null": {"aws:username": "true"}}) is False
    assert is_met({}) is True


def test_one_condition_that_is_not_met_settles_an_unknown_one() -> None:
    condition = {"StringSmells": {"aws:username": "alice"}, "StringEquals": {"aws:username": "bob"}}

    assert is_met(condition) is False


def test_before_version_2012_a_variable_is_plain_text() -> None:
    condition = {"StringEquals": {"aws:username": "${aws:username}"}}

    assert is_met(condition, has_variables=False) is False


@pytest.mark.parametrize("name", ["StringEquals", "Null", "ArnLikeIfExists", "ForAnyValue:StringLike"])
def test_an_operator_is_known_by_its_full_name(name: str) -> None:
    assert is_known(name)
    assert not is_known(name.lower())
