"""From statements to a decision, within one account.

The order is AWS's ("How AWS enforcement code logic evaluates requests" in the IAM User Guide); who decides first is
the decision's evidence. A trust policy must allow: identity-based policies alone never let a role be assumed.
A resource's own policy that names a user or one session is enough; one that names the role is enough within the role's
boundary; one that names the account leaves it to the identity-based policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runtime.policy.naming import Naming
from runtime.policy.pattern import texts
from runtime.policy.statement import Finding, find
from runtime.policy.values import Decision, Policy, PolicyKind, Request, Verdict

NARROWING = (PolicyKind.BOUNDARY, PolicyKind.SESSION)


def evaluate(request: Request, policies: Iterable[Policy]) -> Decision:
    """Judge a request by every policy that applies to it: the principal's own, and those of the resource."""
    considered = tuple(policies)
    context = {key.lower(): texts(value) for key, value in request.context.items()}
    findings = [finding for policy in considered for finding in find(policy, request, context)]
    denial = next((finding for finding in findings if finding.is_deny), None)
    if denial is not None:
        return _decided(Verdict.EXPLICIT_DENY, request, denial)
    return _allowed(request, {policy.kind for policy in considered}, findings)


def _allowed(request: Request, present: set[PolicyKind], allows: Sequence[Finding]) -> Decision:
    of_resource = max((allow for allow in allows if allow.policy.kind.names_principals), key=_closeness, default=None)
    if of_resource is not None and of_resource.naming is Naming.DIRECTLY:
        return _decided(Verdict.ALLOW, request, of_resource)
    if of_resource is None and (PolicyKind.TRUST in present or request.is_service):
        return _lacking(request, PolicyKind.TRUST if PolicyKind.TRUST in present else PolicyKind.RESOURCE)
    is_role_named = of_resource is not None and of_resource.naming is Naming.ROLE
    granted = of_resource if is_role_named else _first(allows, PolicyKind.IDENTITY)
    if granted is None:
        return _lacking(request, PolicyKind.IDENTITY)
    for kind in NARROWING:
        if kind in present and _first(allows, kind) is None:
            return _lacking(request, kind)
    return _decided(Verdict.ALLOW, request, granted)


def _closeness(finding: Finding) -> int:
    return finding.naming


def _first(findings: Iterable[Finding], kind: PolicyKind) -> Finding | None:
    return next((finding for finding in findings if finding.policy.kind is kind), None)


def _decided(verdict: Verdict, request: Request, finding: Finding) -> Decision:
    policy = finding.policy
    return Decision(verdict, request, policy.kind, policy.name, finding.statement, finding.position)


def _lacking(request: Request, kind: PolicyKind) -> Decision:
    return Decision(Verdict.IMPLICIT_DENY, request, kind)
