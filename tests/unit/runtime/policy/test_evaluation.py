"""The rows of the probes in which a well-known emulator errs, and the laws of evaluation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


# The laws.

actions = st.sampled_from(["*", "s3:*", "s3:GetObject", "S3:GETOBJECT", "s3:Get?bject", "s3:Put*", "lambda:*"])
resources = st.sampled_from(["*", PHOTO, "arn:aws:s3:::photos/*", "arn:aws:s3:::*/cat.jpg", "arn:aws:s3:::other/*"])
conditions = st.sampled_from(
    [
        {},
        {"StringEquals": {"aws:username": "alice"}},
        {"StringNotEquals": {"aws:username": "alice"}},
        {"Null": {"aws:username": "true"}},
        {"StringSmells": {"aws:username": "alice"}},
        {"StringLike": {"aws:username": "${aws:username}"}},
    ]
)


@st.composite
def statement(draw: st.DrawFn, effect: str | None = None) -> Statement:
    action, resource = (
        draw(st.sampled_from(["Action", "NotAction"])),
        draw(st.sampled_from(["Resource", "NotResource"])),
    )
    return {
        "Effect": effect or draw(st.sampled_from(["Allow", "Deny"])),
        action: draw(st.lists(actions, min_size=1, max_size=2)),
        resource: draw(st.lists(resources, min_size=1, max_size=2)),
        "Condition": draw(conditions),
    }


requests = st.builds(
    lambda action, resource, context: Request(SESSION, ACCOUNT, action, resource, role=ROLE, context=context),
    st.sampled_from(["s3:GetObject", "s3:PutObject", "lambda:InvokeFunction"]),
    st.sampled_from([PHOTO, "arn:aws:s3:::other/x", FUNCTION]),
    st.sampled_from([{}, {"AWS:UserName": "alice"}, {"aws:username": "bob"}]),
)


@given(requests, st.lists(statement()))
def test_an_explicit_deny_always_wins(request: Request, statements: list[Statement]) -> None:
    assert verdict(request, policy(*statements, deny())) is EXPLICIT
    assert verdict(request, policy(deny()), policy(*statements)) is EXPLICIT


@given(requests, st.lists(statement()), statement("Allow"))
def test_adding_an_allow_never_removes_access(request: Request, statements: list[Statement], more: Statement) -> None:
    if verdict(request, policy(*statements)) is ALLOW:
        assert verdict(request, policy(*statements, more)) is ALLOW


@given(requests, st.lists(statement()), statement("Deny"))
def test_adding_a_deny_never_gives_access(request: Request, statements: list[Statement], more: Statement) -> None:
    if verdict(request, policy(*statements)) is not ALLOW:
        assert verdict(request, policy(*statements, more)) is not ALLOW


@given(requests, st.lists(statement()), st.randoms())
def test_the_order_of_statements_and_their_spread_over_policies_do_not_matter(
    request: Request, statements: list[Statement], random: Any
) -> None:
    shuffled = random.sample(statements, len(statements))
    cut = random.randint(0, len(shuffled))

    assert verdict(request, policy(*statements)) is verdict(request, policy(*shuffled[:cut]), policy(*shuffled[cut:]))


@given(requests, st.lists(actions, min_size=1), st.lists(resources, min_size=1))
def test_not_action_and_not_resource_are_complements(request: Request, some: list[str], where: list[str]) -> None:
    def is_allowed(statement: Statement) -> bool:
        return verdict(request, policy({"Effect": "Allow", **statement})) is ALLOW

    assert is_allowed({"Action": some, "Resource": "*"}) != is_allowed({"NotAction": some, "Resource": "*"})
    assert is_allowed({"Action": "*", "Resource": where}) != is_allowed({"Action": "*", "NotResource": where})


@given(requests, st.lists(statement()), st.lists(statement()))
def test_a_boundary_only_narrows(request: Request, statements: list[Statement], edges: list[Statement]) -> None:
    boundary = policy(*edges, kind=PolicyKind.BOUNDARY)

    if verdict(request, policy(*statements), boundary) is ALLOW:
        assert verdict(request, policy(*statements)) is ALLOW


@given(requests, st.lists(statement()))
def test_evaluating_twice_gives_the_same_decision(request: Request, statements: list[Statement]) -> None:
    assert evaluate(request, [policy(*statements)]) == evaluate(request, [policy(*statements)])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Effect", "AWS", "x"]), inner),
    max_leaves=8,
)
odd_statements = st.dictionaries(
    st.sampled_from(["Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal", "Sid"]),
    json_values,
)


@given(requests, st.lists(odd_statements | json_values, max_size=3), st.sampled_from(PolicyKind))
def test_no_document_whatsoever_breaks_the_judge(request: Request, statements: list[Any], kind: PolicyKind) -> None:
    assert evaluate(request, [Policy("odd", {"Statement": statements}, kind)]).verdict in Verdict
