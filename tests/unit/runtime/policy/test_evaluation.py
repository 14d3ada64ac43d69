"""The rows of the probes in which a well-known emulator errs, and what else AWS says of how policies are combined."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runtime.policy import Policy, PolicyKind, Request, Verdict, evaluate

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/thumbnailer"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/thumbnailer/resize"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PHOTO = "arn:aws:s3:::photos/cat.jpg"
TABLE = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/pets"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:resize"
ALLOW, EXPLICIT, IMPLICIT = Verdict.ALLOW, Verdict.EXPLICIT_DENY, Verdict.IMPLICIT_DENY

Statement = dict[str, Any]


def by_session(action: str, resource: str, **context: Any) -> Request:
    return Request(SESSION, ACCOUNT, action, resource, role=ROLE, context=context)


def by_user(action: str, resource: str, **context: Any) -> Request:
    return Request(USER, ACCOUNT, action, resource, context=context)


def policy(*statements: Statement, kind: PolicyKind = PolicyKind.IDENTITY, name: str = "p") -> Policy:
    return Policy(name, {"Version": "2012-10-17", "Statement": list(statements)}, kind)


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> Statement:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(principal: Any, **more: Any) -> Policy:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **more}
    return policy(statement, kind=PolicyKind.TRUST, name="trust policy")


def verdict(request: Request, *policies: Policy) -> Verdict:
    return evaluate(request, policies).verdict


GET = by_session("s3:GetObject", PHOTO)
FROM_HOME = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
PROBES = {
    "GetObject allowed on *": (GET, [allow("s3:GetObject")], ALLOW),
    "GetObject allowed on the bucket": (GET, [allow("s3:GetObject", "arn:aws:s3:::photos/*")], ALLOW),
    "GetObject allowed on a prefix": (GET, [allow("s3:GetObject", "arn:aws:s3:::photos/c*")], ALLOW),
    "another action": (by_session("s3:PutObject", PHOTO), [allow("s3:GetObject")], IMPLICIT),
    "another bucket": (
        by_session("s3:GetObject", "arn:aws:s3:::x/y"),
        [allow("s3:*", "arn:aws:s3:::photos/*")],
        IMPLICIT,
    ),
    "explicit Deny + Allow": (GET, [allow(), deny("s3:GetObject")], EXPLICIT),
    "no policy at all": (GET, [], IMPLICIT),
    "Condition on an Allow that is not met": (GET, [allow(**FROM_HOME)], IMPLICIT),
    "Condition on a Deny that is not met": (GET, [allow(), deny(**FROM_HOME)], ALLOW),
    "? wildcard in Resource": (GET, [allow("s3:GetObject", "arn:aws:s3:::photos/?at.jpg")], ALLOW),
    "action in other case": (GET, [allow("S3:getobject")], ALLOW),
    "Allow + NotResource, excepted": (
        GET,
        [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::photos/*"}],
        IMPLICIT,
    ),
    "Allow + NotResource, the rest": (
        GET,
        [{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::private/*"}],
        ALLOW,
    ),
    "Deny + NotResource, the rest": (
        GET,
        [allow(), {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::x/*"}],
        EXPLICIT,
    ),
    "Deny + NotResource, excepted": (
        GET,
        [allow(), {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::photos/*"}],
        ALLOW,
    ),
    "dynamodb:GetItem on that table": (
        by_session("dynamodb:GetItem", TABLE),
        [allow("dynamodb:GetItem", TABLE)],
        ALLOW,
    ),
    "dynamodb:GetItem on another table": (
        by_session("dynamodb:GetItem", TABLE + "2"),
        [allow("dynamodb:GetItem", TABLE)],
        IMPLICIT,
    ),
    "lambda:* on a function ARN": (by_session("lambda:InvokeFunction", FUNCTION), [allow("lambda:*", FUNCTION)], ALLOW),
    "iam:PassRole not allowed": (by_user("iam:PassRole", ROLE), [allow("lambda:*")], IMPLICIT),
    "iam:PassRole allowed": (by_user("iam:PassRole", ROLE), [allow("iam:PassRole", ROLE)], ALLOW),
}


@pytest.mark.parametrize(("request_", "statements", "expected"), PROBES.values(), ids=PROBES.keys())
def test_an_identity_policy_is_judged_as_aws_does(
    request_: Request, statements: list[Statement], expected: Verdict
) -> None:
    assert verdict(request_, policy(*statements)) is expected


ASSUME = by_user("sts:AssumeRole", ROLE)
WITH_ID = {"Condition": {"StringEquals": {"sts:ExternalId": "42"}}}
BY_S3 = Request("s3.amazonaws.com", ACCOUNT, "sts:AssumeRole", ROLE, context={"sts:ExternalId": "arn:aws:s3:::photos"})
LIKE, ARN_LIKE = ({name: {"sts:ExternalId": "arn:aws:s3:::*"}} for name in ("StringLike", "ArnLike"))
OTHER_BUCKET = {"StringLike": {"sts:ExternalId": "arn:aws:s3:::other"}}
MAY_ASSUME = policy(allow("sts:AssumeRole", ROLE))
ASSUMPTIONS = {
    "a user named in the trust policy": (ASSUME, [trust({"AWS": USER})], ALLOW),
    "another user": (ASSUME, [trust({"AWS": USER + "2"}), MAY_ASSUME], IMPLICIT),
    "root named, identity Allow": (ASSUME, [trust({"AWS": ROOT}), MAY_ASSUME], ALLOW),
    "account number named, identity Allow": (ASSUME, [trust({"AWS": ACCOUNT}), MAY_ASSUME], ALLOW),
    "root named, no identity Allow": (ASSUME, [trust({"AWS": ROOT})], IMPLICIT),
    "user named, identity Deny": (ASSUME, [trust({"AWS": USER}), policy(deny("sts:*"))], EXPLICIT),
    "a role trusting a service": (ASSUME, [trust({"Service": "lambda.amazonaws.com"}), MAY_ASSUME], IMPLICIT),
    "identity Allow alone": (ASSUME, [policy(kind=PolicyKind.TRUST), MAY_ASSUME], IMPLICIT),
    "ExternalId required, none given": (ASSUME, [trust({"AWS": USER}, **WITH_ID)], IMPLICIT),
    "ExternalId wrong": (
        replace(ASSUME, context={"sts:ExternalId": "43"}),
        [trust({"AWS": USER}, **WITH_ID)],
        IMPLICIT,
    ),
    "ExternalId right": (replace(ASSUME, context={"sts:ExternalId": "42"}), [trust({"AWS": USER}, **WITH_ID)], ALLOW),
    "Lambda assumes a role that trusts only S3": (
        replace(BY_S3, principal="lambda.amazonaws.com"),
        [trust({"Service": "s3.amazonaws.com"})],
        IMPLICIT,
    ),
    "S3 with the bucket as ExternalId, StringLike": (
        BY_S3,
        [trust({"Service": "s3.amazonaws.com"}, Condition=LIKE)],
        ALLOW,
    ),
    "S3 with the bucket as ExternalId, ArnLike": (
        BY_S3,
        [trust({"Service": "s3.amazonaws.com"}, Condition=ARN_LIKE)],
        ALLOW,
    ),
    "S3 for another bucket": (BY_S3, [trust({"Service": "s3.amazonaws.com"}, Condition=OTHER_BUCKET)], IMPLICIT),
    "one of two services": (BY_S3, [trust({"Service": ["lambda.amazonaws.com", "s3.amazonaws.com"]})], ALLOW),
    "a session of a trusted role": (
        replace(by_session("sts:AssumeRole", ROLE + "2"), context={}),
        [trust({"AWS": ROLE})],
        ALLOW,
    ),
    "NotPrincipal, which trust policies do not have": (
        ASSUME,
        [
            policy(
                {"Effect": "Allow", "NotPrincipal": {"AWS": "*"}, "Action": "sts:AssumeRole"}, kind=PolicyKind.TRUST
            ),
            MAY_ASSUME,
        ],
        IMPLICIT,
    ),
}


@pytest.mark.parametrize(("request_", "policies", "expected"), ASSUMPTIONS.values(), ids=ASSUMPTIONS.keys())
def test_an_assumption_of_a_role_is_judged_as_aws_does(
    request_: Request, policies: list[Policy], expected: Verdict
) -> None:
    assert verdict(request_, *policies) is expected


def of_bucket(principal: Any, effect: str = "Allow", **more: Any) -> Policy:
    statement = {
        "Effect": effect,
        "Principal": principal,
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::photos/*",
        **more,
    }
    return policy(statement, kind=PolicyKind.RESOURCE, name="bucket policy")


def not_principal(*names: str, effect: str = "Deny") -> Policy:
    statement = {
        "Effect": effect,
        "NotPrincipal": {"AWS": list(names)},
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::photos/*",
    }
    return policy(statement, kind=PolicyKind.RESOURCE, name="bucket policy")


BOUNDARY_WITHOUT_S3 = policy(allow("logs:*"), kind=PolicyKind.BOUNDARY, name="boundary")
WRITE_LOGS_SESSION = policy(allow("logs:*"), kind=PolicyKind.SESSION, name="session policy")
S3_SERVICE = Request("s3.amazonaws.com", ACCOUNT, "lambda:InvokeFunction", FUNCTION)
ALL = policy(allow())
RESOURCE_POLICIES = {
    "bucket policy Allow, role without identity policy": (GET, [of_bucket({"AWS": ROLE})], ALLOW),
    "bucket policy Allow for one session": (GET, [of_bucket({"AWS": SESSION})], ALLOW),
    "bucket policy Allow for everybody": (GET, [of_bucket("*")], ALLOW),
    "bucket policy Allow for another role": (GET, [of_bucket({"AWS": ROLE + "2"})], IMPLICIT),
    "bucket policy Allow for the account, no identity Allow": (GET, [of_bucket({"AWS": ROOT})], IMPLICIT),
    "bucket policy Deny *": (GET, [ALL, of_bucket("*", "Deny")], EXPLICIT),
    "bucket policy Deny for the account": (GET, [ALL, of_bucket({"AWS": ROOT}, "Deny")], EXPLICIT),
    "Deny NotPrincipal, excepted": (GET, [ALL, not_principal(ROLE)], ALLOW),
    "Deny NotPrincipal, the rest": (GET, [ALL, not_principal(USER)], EXPLICIT),
    "Deny NotPrincipal, only the account excepted": (GET, [ALL, not_principal(ROOT)], EXPLICIT),
    "Allow NotPrincipal, excepted": (GET, [not_principal(ROLE, effect="Allow")], IMPLICIT),
    "Allow NotPrincipal, the rest": (GET, [not_principal(USER, effect="Allow")], ALLOW),
    "a boundary narrows an identity policy": (GET, [ALL, BOUNDARY_WITHOUT_S3], IMPLICIT),
    "a session policy narrows an identity policy": (GET, [ALL, WRITE_LOGS_SESSION], IMPLICIT),
    "a boundary narrows what names the role": (GET, [of_bucket({"AWS": ROLE}), BOUNDARY_WITHOUT_S3], IMPLICIT),
    "a boundary does not narrow what names the session": (
        GET,
        [of_bucket({"AWS": SESSION}), BOUNDARY_WITHOUT_S3],
        ALLOW,
    ),
    "a boundary allows nothing by itself": (GET, [policy(allow(), kind=PolicyKind.BOUNDARY)], IMPLICIT),
    "a Deny in a boundary": (GET, [ALL, policy(allow(), deny("s3:*"), kind=PolicyKind.BOUNDARY)], EXPLICIT),
    "a service without a resource policy": (S3_SERVICE, [], IMPLICIT),
    "a service with a resource policy": (
        S3_SERVICE,
        [
            policy(
                allow("lambda:InvokeFunction", FUNCTION, Principal={"Service": "s3.amazonaws.com"}),
                kind=PolicyKind.RESOURCE,
            )
        ],
        ALLOW,
    ),
}


@pytest.mark.parametrize(("request_", "policies", "expected"), RESOURCE_POLICIES.values(), ids=RESOURCE_POLICIES.keys())
def test_policies_of_several_kinds_are_combined_as_aws_does(
    request_: Request, policies: list[Policy], expected: Verdict
) -> None:
    assert verdict(request_, *policies) is expected


UNREADABLE = {
    "an unknown condition operator": {"Condition": {"StringSmells": {"aws:username": "alice"}}},
    "a value that the operator cannot read": {"Condition": {"NumericEquals": {"aws:EpochTime": "soon"}}},
    "an unknown element": {"Wenn": "immer"},
    "a principal where none may be": {"Principal": "*"},
    "Action beside NotAction": {"NotAction": "ec2:*"},
    "a condition that is no object": {"Condition": ["x"]},
    "a condition operator without keys": {"Condition": {"StringEquals": "x"}},
}


@pytest.mark.parametrize("more", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_not_understood_neither_allows_nor_loses_a_deny(more: Statement) -> None:
    request = replace(GET, context={"aws:EpochTime": 1})

    assert verdict(request, policy(allow(**more))) is IMPLICIT
    assert verdict(request, policy(allow(), deny(**more))) is EXPLICIT


@pytest.mark.parametrize(
    "document", [{}, {"Statement": "x"}, {"Statement": [None, 3]}, {"Statement": {"Effect": "allow"}}]
)
def test_a_document_that_is_no_policy_grants_nothing(document: dict[str, Any]) -> None:
    assert verdict(GET, Policy("odd", document)) is IMPLICIT


def test_a_decision_names_the_statement_that_decided() -> None:
    wanted = allow("s3:GetObject", Sid="Read")

    decision = evaluate(GET, [policy(allow("logs:*"), name="logs"), policy(deny("ec2:*"), wanted, name="photos")])

    assert (decision.policy, decision.position, decision.statement) == ("photos", 2, wanted)
    assert decision.kind is PolicyKind.IDENTITY


def test_a_denial_for_lack_of_an_allow_names_the_kind_of_policy_that_lacked_it() -> None:
    assert evaluate(GET, []).kind is PolicyKind.IDENTITY
    assert evaluate(GET, [ALL, BOUNDARY_WITHOUT_S3]).kind is PolicyKind.BOUNDARY
    assert evaluate(ASSUME, [policy(kind=PolicyKind.TRUST)]).kind is PolicyKind.TRUST
    assert evaluate(S3_SERVICE, []).kind is PolicyKind.RESOURCE
    assert evaluate(GET, []).statement is None


OTHER = "210987654321"
STRANGER = f"arn:aws:iam::{OTHER}:user/bob"
FROM_OTHER = Request(STRANGER, OTHER, "s3:GetObject", PHOTO, resource_account=ACCOUNT)
NOBODY = Request("arn:aws:iam::ANONYMOUS_PRINCIPAL:user/anonymous", "", "s3:GetObject", PHOTO, is_anonymous=True)
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd"
DECRYPT = by_user("kms:Decrypt", KEY)


def of_key(principal: Any) -> Policy:
    return policy(allow("kms:*", "*", Principal=principal), kind=PolicyKind.RESOURCE, name="key policy")


ACROSS = {
    "identity Allow alone": (FROM_OTHER, [ALL], IMPLICIT, PolicyKind.RESOURCE),
    "the user named, no identity Allow": (FROM_OTHER, [of_bucket({"AWS": STRANGER})], IMPLICIT, PolicyKind.IDENTITY),
    "everybody named, no identity Allow": (FROM_OTHER, [of_bucket("*")], IMPLICIT, PolicyKind.IDENTITY),
    "the user named and allowed": (FROM_OTHER, [of_bucket({"AWS": STRANGER}), ALL], ALLOW, PolicyKind.IDENTITY),
    "the account named, the user allowed": (FROM_OTHER, [of_bucket({"AWS": OTHER}), ALL], ALLOW, PolicyKind.IDENTITY),
    "the other account named": (FROM_OTHER, [of_bucket({"AWS": ACCOUNT}), ALL], IMPLICIT, PolicyKind.RESOURCE),
    "both, but a boundary": (
        FROM_OTHER,
        [of_bucket({"AWS": STRANGER}), ALL, BOUNDARY_WITHOUT_S3],
        IMPLICIT,
        PolicyKind.BOUNDARY,
    ),
    "nobody, and everybody is let in": (NOBODY, [of_bucket("*")], ALLOW, PolicyKind.RESOURCE),
    "nobody, and the account is let in": (NOBODY, [of_bucket({"AWS": ACCOUNT})], IMPLICIT, PolicyKind.RESOURCE),
    "nobody, without a policy": (NOBODY, [], IMPLICIT, PolicyKind.RESOURCE),
    "a key, identity Allow alone": (DECRYPT, [ALL], IMPLICIT, PolicyKind.RESOURCE),
    "a key that names the account, identity Allow": (DECRYPT, [of_key({"AWS": ROOT}), ALL], ALLOW, PolicyKind.IDENTITY),
    "a key that names the user": (DECRYPT, [of_key({"AWS": USER})], ALLOW, PolicyKind.RESOURCE),
}


@pytest.mark.parametrize(("request_", "policies", "expected", "kind"), ACROSS.values(), ids=ACROSS.keys())
def test_where_both_sides_must_allow_they_must(
    request_: Request, policies: list[Policy], expected: Verdict, kind: PolicyKind
) -> None:
    decision = evaluate(request_, policies)

    assert (decision.verdict, decision.kind) == (expected, kind)


def test_a_deny_with_not_principal_is_about_everybody_who_has_a_boundary() -> None:
    everything = policy(allow(), kind=PolicyKind.BOUNDARY, name="edge")

    assert verdict(GET, ALL, not_principal(ROLE)) is ALLOW
    assert verdict(GET, ALL, not_principal(ROLE), everything) is EXPLICIT


def test_a_queue_that_lets_everybody_in_lets_services_in_and_a_role_that_does_no_service() -> None:
    send = replace(S3_SERVICE, action="sqs:SendMessage")
    queue = policy(allow("sqs:SendMessage", "*", Principal={"AWS": "*"}), kind=PolicyKind.RESOURCE)

    assert verdict(send, queue) is ALLOW
    assert verdict(BY_S3, trust({"AWS": "*"})) is IMPLICIT


def test_a_variable_in_not_resource_without_a_value_neither_allows_nor_loses_a_deny() -> None:
    spared = {"Action": "*", "NotResource": "arn:aws:s3:::photos/${aws:username}/*"}

    assert verdict(GET, policy({"Effect": "Allow", **spared})) is IMPLICIT
    assert verdict(GET, policy(allow(), {"Effect": "Deny", **spared})) is EXPLICIT
