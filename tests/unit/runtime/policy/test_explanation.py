from __future__ import annotations

from typing import Any

import pytest

from runtime.policy import Decision, Policy, PolicyKind, Request, Verdict, evaluate, explain

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/thumbnailer"
SESSION = Request(
    f"arn:aws:sts::{ACCOUNT}:assumed-role/thumbnailer/resize", ACCOUNT, "s3:GetObject", "arn:aws:s3:::p/{x}", role=ROLE
)
ASSUME = Request("s3.amazonaws.com", ACCOUNT, "sts:AssumeRole", ROLE)
INVOKE = Request("s3.amazonaws.com", ACCOUNT, "lambda:InvokeFunction", "arn:aws:lambda:us-east-1:1:function:f")


def policy(kind: PolicyKind = PolicyKind.IDENTITY, **statement: Any) -> Policy:
    return Policy("photos", {"Statement": [{"Action": "*", "Resource": "*", **statement}]}, kind)


def test_an_allow_names_who_what_and_the_statement() -> None:
    assert explain(evaluate(SESSION, [policy(Effect="Allow", Sid="Read")])) == (
        'A session of the role "thumbnailer" may do s3:GetObject on arn:aws:s3:::p/{x}: '
        'statement 1 ("Read") of the identity-based policy "photos" allows it.'
    )


def test_an_explicit_deny_names_its_statement_and_the_way_out() -> None:
    text = explain(evaluate(SESSION, [policy(Effect="Allow"), policy(Effect="Deny")]))

    assert 'statement 1 of the identity-based policy "photos" denies it' in text
    assert "remove that statement" in text


@pytest.mark.parametrize(
    ("request_", "policies", "words"),
    [
        (SESSION, [], 'no policy attached to the role "thumbnailer" allows it'),
        (SESSION, [], '"Action": "s3:GetObject" and "Resource": "arn:aws:s3:::p/{x}"'),
        (ASSUME, [Policy("t", {}, PolicyKind.TRUST)], "The service s3.amazonaws.com may not assume the role"),
        (ASSUME, [Policy("t", {}, PolicyKind.TRUST)], "no statement of the role's trust policy lets it in"),
        (INVOKE, [], "Give the resource a policy that allows lambda:InvokeFunction to s3.amazonaws.com."),
        (
            SESSION,
            [policy(Effect="Allow"), Policy("b", {}, PolicyKind.BOUNDARY)],
            "a policy allows it, but the permissions boundary does not",
        ),
    ],
)
def test_a_lack_says_what_is_missing_and_where(request_: Request, policies: list[Policy], words: str) -> None:
    assert words in explain(evaluate(request_, policies))


def test_who_needs_no_policy_is_said_too() -> None:
    request = Request(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "s3:ListAllMyBuckets", "*")

    text = explain(Decision(Verdict.ALLOW, request, remark="the root user needs no policy"))

    assert text == "The account's root user may do s3:ListAllMyBuckets: the root user needs no policy."


def test_a_deny_says_what_its_condition_found() -> None:
    statement = {"StringNotEquals": {"aws:PrincipalTag/team": "red"}}

    text = explain(evaluate(SESSION, [policy(Effect="Allow"), policy(Effect="Deny", Condition=statement)]))

    assert 'Its condition is met: StringNotEquals compares aws:PrincipalTag/team with "red", and the request' in text
    assert "does not have that key" in text


def test_whoever_lacks_the_right_to_pass_a_role_reads_what_that_is() -> None:
    request = Request(SESSION.principal, ACCOUNT, "iam:PassRole", ROLE, role=ROLE)

    text = explain(evaluate(request, []))

    assert f"may not pass the role {ROLE} to a service (iam:PassRole)" in text
    assert "beside the right to the call itself" in text
