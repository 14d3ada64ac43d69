from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.policy import Policy, PolicyKind, Request, Verdict, evaluate, explained, trace

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
PHOTO = "arn:aws:s3:::photos/cat.jpg"
GET = Request(USER, ACCOUNT, "s3:GetObject", PHOTO, context={"aws:SourceIp": "127.0.0.1", "aws:TagKeys": ["a", "b"]})


def allow(action: Any = "s3:GetObject", resource: Any = "arn:aws:s3:::photos/*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: Any, kind: PolicyKind = PolicyKind.IDENTITY, name: str = "p") -> Policy:
    return Policy(name, {"Version": "2012-10-17", "Statement": list(statements)}, kind)


ELSEWHERE = allow(resource="arn:aws:s3:::other/*", Sid="Elsewhere")
ANOTHER_ACTION = allow("s3:PutObject", Sid="Write")
AT_HOME = allow(Sid="AtHome", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})
BY_BOB = allow(Sid="Bob", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})
LOGS = allow("logs:*", "*", Sid="Logs")


@pytest.mark.parametrize(
    ("policies", "sid", "words"),
    [
        ([policy(LOGS, ANOTHER_ACTION)], "Write", 'it is about that resource, but allows "s3:PutObject" and not'),
        ([policy(ANOTHER_ACTION, ELSEWHERE)], "Elsewhere", 'allows that action, but only on "arn:aws:s3:::other/*"'),
        (
            [policy(ELSEWHERE, AT_HOME, ANOTHER_ACTION)],
            "AtHome",
            'IpAddress wants aws:SourceIp to be "10.0.0.0/8", and it is "127.0.0.1"',
        ),
        (
            [policy(allow(Sid="S", Condition={"StringLike": {"aws:Referer": ["x*", "y*"]}}))],
            "S",
            'StringLike wants aws:Referer to be like "x*" or "y*", and the request does not have that key',
        ),
        (
            [policy(ANOTHER_ACTION), policy(BY_BOB, kind=PolicyKind.RESOURCE, name="bucket policy")],
            "Bob",
            'user/bob"}, which is not who asks. Let in whoever asks by "Principal": {"AWS": "arn:aws:iam::',
        ),
        (
            [policy(ELSEWHERE), policy(BY_BOB, kind=PolicyKind.RESOURCE, name="bucket policy")],
            "Elsewhere",
            'Make its "Resource" fit "arn:aws:s3:::photos/cat.jpg".',
        ),
        (
            [policy(allow(resource="arn:aws:s3:::photos", Sid="Bucket"))],
            "Bucket",
            'That is the bucket itself; the objects in it are "arn:aws:s3:::photos/*".',
        ),
        (
            [policy(allow(resource="arn:aws:s3:::Photos/*", Sid="Case"))],
            "Case",
            "Upper and lower case are not the same there.",
        ),
        (
            [policy(allow(resource="arn:aws:s3:::${aws:SourceIp}/${aws:username}", Sid="Variable"))],
            "Variable",
            '${aws:SourceIp} is "127.0.0.1" here; ${aws:username} stands for nothing here: the request does not have',
        ),
        (
            [policy(allow("s3:GetObjects", Sid="Slip"))],
            "Slip",
            '"s3:GetObjects" is nearly the same name, but not the same. Add "s3:GetObject" to its "Action".',
        ),
        (
            [policy(allow(Sid="Not", Condition={"StringNotEquals": {"aws:SourceIp": "127.0.0.1"}}))],
            "Not",
            'StringNotEquals wants aws:SourceIp not to be "127.0.0.1", and it is "127.0.0.1"',
        ),
        (
            [policy(allow(Sid="Null", Condition={"Null": {"aws:SourceIp": "true"}}))],
            "Null",
            'Null wants aws:SourceIp to be absent, and it is "127.0.0.1"',
        ),
        (
            [policy(allow(Sid="Late", Condition={"DateLessThan": {"aws:CurrentTime": "2014-11-13"}}))],
            "Late",
            'DateLessThan wants aws:CurrentTime to be less than "2014-11-13"',
        ),
        (
            [policy(allow()), policy(ELSEWHERE, kind=PolicyKind.BOUNDARY, name="edge")],
            "Elsewhere",
            'The nearest is statement 1 ("Elsewhere") of the permissions boundary "edge"',
        ),
        (
            [policy(allow(Sid="Odd", Wenn="immer"))],
            "Odd",
            "not written as the policy language asks for",
        ),
    ],
)
def test_the_nearest_miss_is_named_with_what_it_lacks(policies: list[Policy], sid: str, words: str) -> None:
    found = trace(GET, policies)

    assert found.nearest is not None
    assert found.nearest.statement.source["Sid"] == sid
    assert words in explained(found)


@pytest.mark.parametrize(
    "policies",
    [
        [],
        [policy(LOGS)],
        [policy({"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::other/*"})],
        [policy(allow(), {"Effect": "Deny", "Action": "*", "Resource": "*"})],
        [policy(allow())],
    ],
)
def test_what_could_not_have_helped_is_no_near_miss(policies: list[Policy]) -> None:
    assert trace(GET, policies).nearest is None


def test_a_trace_keeps_every_policy_and_the_context_as_json() -> None:
    policies = [policy(LOGS, ELSEWHERE, name="one"), policy(AT_HOME, name="two")]

    document = trace(GET, policies).document()

    assert json.loads(json.dumps(document)) == document
    assert [(one["policy"], one["statements"]) for one in document["policies"]] == [("one", 2), ("two", 1)]
    assert document["context"] == {"aws:SourceIp": "127.0.0.1", "aws:TagKeys": ["a", "b"]}
    assert document["nearest"]["unmet"] == [
        {"operator": "IpAddress", "key": "aws:SourceIp", "expected": ["10.0.0.0/8"], "actual": ["127.0.0.1"]}
    ]
    assert (document["nearest"]["action"], document["nearest"]["condition"]) == (True, False)


def test_a_trace_names_what_decided() -> None:
    document = trace(GET, [policy(LOGS, allow(Sid="Read"), name="photos")]).document()

    assert (document["verdict"], document["policy"], document["position"], document["sid"]) == (
        "allow",
        "photos",
        2,
        "Read",
    )
    assert document["nearest"] is None


def test_a_trace_tells_the_story_of_the_decision() -> None:
    policies = [policy(allow(), {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "Sid": "Never"})]

    found = trace(GET, policies)

    assert found.decision == evaluate(GET, policies)
    assert found.decision.verdict is Verdict.EXPLICIT_DENY
    assert [one.answers.applies for one in found.statements] == [True, True]
    assert '("Never")' in explained(found)
