"""Policies that are passed when a session is opened: it has no more than they allow.

One may be written out, and ten may be named that are managed; all of them together count as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.seams import PolicyDocument
from runtime.policy import PolicyKind, validate
from runtime.services.constraints import Constraints

LONGEST_POLICY, MOST_POLICIES = 2048, 10
PASSED_POLICY = "passed when the session was opened"


def check_policies(constraints: Constraints, policy: str | None, policy_arns: Sequence[Mapping[str, str]]) -> None:
    """Note what is too long or too many."""
    constraints.no_longer_than("policy", policy or "", LONGEST_POLICY)
    if len(policy_arns) > MOST_POLICIES:
        arns = [named.get("arn") for named in policy_arns]
        constraints.violated("policyArns", str(arns), f"Member must have length less than or equal to {MOST_POLICIES}")


def session_policies(
    authority: Authority, policy: str | None, policy_arns: Sequence[Mapping[str, str]]
) -> list[tuple[str, PolicyDocument]]:
    """Return the policies of a session, as (name, document); raise ``ServiceError`` for what is none."""
    found = [_managed(authority, str(named.get("arn", ""))) for named in policy_arns]
    if policy is None:
        return found
    try:
        return [(PASSED_POLICY, validate(policy, PolicyKind.SESSION)), *found]
    except ValueError as error:
        raise _malformed(str(error)) from error


def _managed(authority: Authority, policy_arn: str) -> tuple[str, PolicyDocument]:
    managed = authority.managed_policy(policy_arn)
    if managed is None:
        raise _malformed(f"Policy {policy_arn} does not exist or is not attachable.")
    return managed


def _malformed(message: str) -> ServiceError:
    return ServiceError("MalformedPolicyDocument", message, 400)
