"""Where iam-simulate and we read a policy differently, each with what AWS says.

A difference is no excuse: it is a rewriting of the case into a form that says the same by AWS's rules and in which the
simulator does not err. Rewritten, both must agree, and we must say of the rewritten case what we say of the original.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.differential.cases import Case
from tests.differential.rewriting import (
    by_document,
    with_account,
    with_prefixes,
    without_limit,
    without_null_values,
    without_own_account,
    without_services,
    without_variables,
    without_what_cannot_be_resolved,
)
from tests.differential.scenes import HERE


@dataclass(frozen=True)
class Difference:
    """One thing that is read differently."""

    name: str
    simulator: str
    """What the simulator does."""
    aws: str
    """What AWS says, and where."""
    rewrite: Callable[[Case], Case]
    example: Case
    """The smallest case in which it matters."""


def _example(statement: dict[str, Any], *, version: str = "2012-10-17", **more: Any) -> Case:
    """Return a case of the user alice with all rights and this statement beside them, or with one of the resource."""
    every = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    about = {} if "NotResource" in statement or more.get("action") else {"Resource": "*"}
    document = {"Version": version, "Statement": [{"Action": "s3:*", **about, **statement}]}
    is_of_resource = "Principal" in statement or "NotPrincipal" in statement
    case = Case(
        principal=f"arn:aws:iam::{HERE}:user/alice",
        account=HERE,
        role="",
        action="s3:GetObject",
        resource="arn:aws:s3:::photos/cat.jpg",
        resource_account=HERE,
        context={"aws:SourceIp": "203.0.113.7", "aws:PrincipalAccount": HERE, "aws:UserAgent": "x"},
        identity=[every] if is_of_resource else [every, document],
        resource_policy=document if is_of_resource else None,
    )
    return replace(case, **more)


SESSION = f"arn:aws:sts::{HERE}:assumed-role/thumbnailer/resize"


DIFFERENCES = (
    Difference(
        "version-2008",
        "replaces variables whatever the version of the policy",
        'IAM User Guide, "Variables and tags": without Version 2012-10-17 "variables like ${aws:username} are treated '
        'as literal strings in the policy".',
        by_document(without_variables),
        _example(
            {"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:UserAgent": "${aws:UserAgent}"}}},
            version="2008-10-17",
        ),
    ),
    Difference(
        "variable-in-an-arn",
        "takes the colon of ${aws:PrincipalAccount} for one of the ARN's",
        'IAM User Guide, "Variables and tags": policy variables are supported "in any condition that involves the '
        'string operators or the ARN operators".',
        by_document(with_account),
        _example(
            {"Effect": "Deny", "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:${aws:PrincipalAccount}:x"}}},
            context={"aws:SourceArn": f"arn:aws:sns:us-east-1:{HERE}:x", "aws:PrincipalAccount": HERE},
        ),
    ),
    Difference(
        "addresses",
        "finds no address in 0.0.0.0/0 (a shift by 32 bits shifts by none in JavaScript), and takes an address of IPv6 "
        "for one that NotIpAddress with a single address of IPv4 is not about",
        'IAM User Guide, "Condition operators": NotIpAddress is "all IP addresses except the specified IP address or '
        'range", and an address without a prefix has the prefix /32.',
        by_document(with_prefixes),
        _example({"Effect": "Deny", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}}),
    ),
    Difference(
        "resource-without-value",
        "lets a statement with NotResource be about nothing if a variable in it has no value",
        'IAM User Guide, "Policy variables with no value": a resource that includes such a variable "will not match '
        'any resource", so NotResource spares nothing by it. Where that would allow more, we do not follow it.',
        by_document(without_what_cannot_be_resolved),
        _example({"Effect": "Deny", "NotResource": "arn:aws:s3:::photos/${aws:username}/*"}),
    ),
    Difference(
        "value-without-value",
        "lets an inverted operator not fit a variable that has no value",
        'IAM User Guide, "Policy variables with no value": "Inverted condition operators like StringNotEquals or '
        'StringNotLike do match against a null value".',
        by_document(without_null_values),
        _example({"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:UserAgent": "${aws:Referer}"}}}),
    ),
    Difference(
        "not-principal-account",
        "spares all users of an account that NotPrincipal names",
        'IAM User Guide, "NotPrincipal": the example that denies all but the user Bob names his account beside him.',
        by_document(without_own_account),
        _example({"Effect": "Deny", "NotPrincipal": {"AWS": HERE}}),
    ),
    Difference(
        "trusted-users",
        'lets every service assume a role that trusts {"AWS": "*"}',
        'IAM User Guide, "Principal": with such a trust policy "any IAM user in any account in your partition can '
        'access the role"; of services it says nothing, and what is not said opens no door.',
        by_document(without_services),
        _example(
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}},
            principal="s3.amazonaws.com",
            action="sts:AssumeRole",
            resource=f"arn:aws:iam::{HERE}:role/thumbnailer",
            identity=[],
        ),
    ),
    Difference(
        "session-named-directly",
        "lets the session's policies limit what a resource's policy gives to the session itself",
        'IAM User Guide, "Policy evaluation logic": permissions granted directly to a session "are not limited by an '
        'implicit deny in an identity-based policy, a permissions boundary, or session policy".',
        without_limit,
        _example(
            {"Effect": "Allow", "Principal": {"AWS": SESSION}},
            principal=SESSION,
            role=f"arn:aws:iam::{HERE}:role/thumbnailer",
            session={"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]},
        ),
    ),
)


def rewritten(case: Case) -> Case:
    """Return the case in the form in which both read it alike."""
    for difference in DIFFERENCES:
        case = difference.rewrite(case)
    return case
