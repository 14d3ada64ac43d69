"""From statements to a decision.

The order is AWS's ("How AWS enforcement code logic evaluates requests" in the IAM User Guide); who decides first is
the decision's evidence. Within one account: an explicit deny wins; a trust policy or a key policy must allow, since
identity-based policies alone never let a role be assumed or a key be used; elsewhere one allow is enough, of an
identity-based or of a resource's own policy. A resource's policy that names a user or one session is enough by itself;
one that names the role is enough within the role's boundary and the session's policies; one that names the account
leaves it to the identity-based policies.
From one account to another both sides must allow: the resource's own policy, in whatever way it names the caller or his
account, and the caller's identity-based policies within their boundary. Nobody in particular, and a service in its own
name, have no policies of their own: there the resource's policy decides alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runtime.policy.document import statements_of
from runtime.policy.naming import Naming
from runtime.policy.pattern import texts
from runtime.policy.statement import Question, Statement
from runtime.policy.values import Decision, Policy, PolicyKind, Request, Verdict

NARROWING = (PolicyKind.BOUNDARY, PolicyKind.SESSION)
KEY_ARN = "arn:aws:kms:"


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement that applies: it allows or denies."""

    policy: Policy
    statement: Statement
    naming: Naming


def evaluate(request: Request, policies: Iterable[Policy]) -> Decision:
    """Judge a request by every policy that applies to it: the principal's own, and those of the resource."""
    considered = tuple(policies)
    asked = question(request, considered)
    findings = [finding for policy in considered for finding in _find(policy, asked)]
    denial = next((finding for finding in findings if finding.statement.is_deny), None)
    if denial is not None:
        return _decided(Verdict.EXPLICIT_DENY, request, denial)
    return _allowed(request, {policy.kind for policy in considered}, findings)


def question(request: Request, policies: Iterable[Policy]) -> Question:
    """Return a request in the form in which statements are asked about it."""
    return Question(
        request=request,
        context={key.lower(): texts(value) for key, value in request.context.items()},
        action=request.action.lower(),
        has_boundary=any(policy.kind is PolicyKind.BOUNDARY for policy in policies),
    )


def _find(policy: Policy, asked: Question) -> Iterable[Finding]:
    for statement in statements_of(policy.document):
        if statement.concerns(asked):
            answers = statement.judged(asked, policy.kind)
            applies = answers.applies
            if applies or (applies is None and statement.is_deny):
                yield Finding(policy, statement, answers.naming)


def _allowed(request: Request, present: set[PolicyKind], allows: Sequence[Finding]) -> Decision:
    of_resource = max((allow for allow in allows if allow.policy.kind.names_principals), key=_closeness, default=None)
    if of_resource is None:
        if PolicyKind.TRUST in present:
            return _lacking(request, PolicyKind.TRUST)
        if _decides_alone(request) or request.resource.startswith(KEY_ARN) or request.is_from_elsewhere:
            return _lacking(request, PolicyKind.RESOURCE)
    elif _decides_alone(request) or (of_resource.naming is Naming.DIRECTLY and not request.is_from_elsewhere):
        return _decided(Verdict.ALLOW, request, of_resource)
    return _allowed_by_its_own(request, present, allows, of_resource)


def _allowed_by_its_own(
    request: Request, present: set[PolicyKind], allows: Sequence[Finding], of_resource: Finding | None
) -> Decision:
    """Decide where the principal's own policies have a say."""
    is_role_named = of_resource is not None and of_resource.naming is Naming.ROLE and not request.is_from_elsewhere
    granted = of_resource if is_role_named else _first(allows, PolicyKind.IDENTITY)
    if granted is None:
        return _lacking(request, PolicyKind.IDENTITY)
    for kind in NARROWING:
        if kind in present and _first(allows, kind) is None:
            return _lacking(request, kind)
    return _decided(Verdict.ALLOW, request, granted)


def _decides_alone(request: Request) -> bool:
    return request.is_service or request.is_anonymous


def _closeness(finding: Finding) -> int:
    return finding.naming


def _first(findings: Iterable[Finding], kind: PolicyKind) -> Finding | None:
    return next((finding for finding in findings if finding.policy.kind is kind), None)


def _decided(verdict: Verdict, request: Request, finding: Finding) -> Decision:
    policy, statement = finding.policy, finding.statement
    return Decision(verdict, request, policy.kind, policy.name, statement.source, statement.position)


def _lacking(request: Request, kind: PolicyKind) -> Decision:
    return Decision(Verdict.IMPLICIT_DENY, request, kind)
