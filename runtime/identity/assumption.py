"""A role is assumed, or not: who asks, what of, for how long, with which tags; and how that is judged.

It promises that the trust policy decides as AWS has it, that a session never lasts longer than its role allows (an hour
at most where one session assumes a further role), and that each assumption, granted or refused, is journalled. It
opens no session: that is the authority's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from runtime.arn import assumed_role_arn
from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.identity import record
from runtime.identity.applicable import ApplicablePolicies, owner
from runtime.identity.circumstances import request_of
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.refusal import refusal
from runtime.identity.seams import USUAL_SESSION_SECONDS, Directory, PolicyDocument
from runtime.identity.session_tags import NO_TAGS, SessionTags
from runtime.journal import Journal
from runtime.policy import Decision, Policy, PolicyKind, Verdict, evaluate
from runtime.policy.values import ContextValue

ASSUME_ROLE, TAG_SESSION = "sts:AssumeRole", "sts:TagSession"
NO_ROLES_FOR_ROOT = "Roles may not be assumed by root accounts."
ROOT_HAS_NO_ROLES = (
    "The root user assumes no roles: it may do everything already, and a role would only take rights away. "
    "Call with the access key of a user who may assume the role."
)
NO_SUCH_ROLE = "There is no role {}. Create it first, or correct the ARN."
CHAINED_SECONDS = 3600
TOO_LONG = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
TOO_LONG_IN_A_CHAIN = (
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A session of a role, as it is asked for."""

    by: Principal
    role_arn: str
    session_name: str = ""
    external_id: str | None = None
    duration_seconds: int = USUAL_SESSION_SECONDS
    session_policies: tuple[tuple[str, PolicyDocument], ...] = ()
    tags: SessionTags = NO_TAGS
    circumstances: Mapping[str, ContextValue] = field(default_factory=dict)

    def conditions(self) -> dict[str, ContextValue]:
        """Return what conditions may ask about it."""
        context = {**self.circumstances, **self.tags.conditions()}
        if self.session_name:
            context["sts:RoleSessionName"] = self.session_name
        if self.external_id is not None:
            context["sts:ExternalId"] = self.external_id
        return context


class Assumptions:
    """Says who may assume which role."""

    def __init__(self, account: str, directory: Directory, journal: Journal, clock: Clock) -> None:
        self._account = account
        self._directory = directory
        self._policies = ApplicablePolicies(directory)
        self._journal = journal
        self._clock = clock

    def judged(self, wanted: Wanted) -> tuple[Decision, tuple[Policy, ...]]:
        """Judge an assumption, without a trace in the journal; tags that are passed need a right of their own."""
        decision, policies = self._judged(wanted, ASSUME_ROLE)
        if decision.is_allowed and wanted.tags.values:
            return self._judged(wanted, TAG_SESSION)
        return decision, policies

    def _judged(self, wanted: Wanted, action: str) -> tuple[Decision, tuple[Policy, ...]]:
        by, role = wanted.by, wanted.role_arn
        resource_account = owner(role, self._account)
        tags = self._policies.tags_of(by)
        request = request_of(by, action, role, resource_account, wanted.conditions(), self._clock.now(), tags)
        policies = (*self._policies.of(by), self._policies.trust_of(role))
        if by.kind is PrincipalKind.ROOT:
            decision = Decision(Verdict.IMPLICIT_DENY, request, PolicyKind.TRUST, remark=ROOT_HAS_NO_ROLES)
        elif self._directory.holder(role) is None:
            decision = Decision(Verdict.IMPLICIT_DENY, request, PolicyKind.TRUST, remark=NO_SUCH_ROLE.format(role))
        else:
            decision = evaluate(request, policies)
        return decision, policies

    def granted(self, wanted: Wanted) -> Principal:
        """Return the session's principal; raise ``ServiceError`` AccessDenied if the role does not let ``by`` in."""
        decision, policies = self.judged(wanted)
        refused = "" if decision.is_allowed else refusal(decision)
        if wanted.by.kind is PrincipalKind.ROOT:
            refused = NO_ROLES_FOR_ROOT
        facts = record.assumption(wanted.by, wanted.session_name, wanted.external_id, decision, policies, refused)
        self._journal.append("assumption", facts)
        holder = self._directory.holder(wanted.role_arn)
        if refused or holder is None:
            raise ServiceError("AccessDenied", refused, 403)
        _require_duration(wanted, holder.longest_session_seconds)
        return Principal(
            kind=PrincipalKind.ROLE_SESSION,
            arn=assumed_role_arn(self._account, wanted.role_arn, wanted.session_name),
            account=self._account,
            identifier=f"{holder.identifier}:{wanted.session_name}",
            role=wanted.role_arn,
            session_policies=wanted.session_policies,
            since=self._clock.now(),
            tags=wanted.tags,
        )


def _require_duration(wanted: Wanted, longest_seconds: int) -> None:
    is_chained = wanted.by.kind is PrincipalKind.ROLE_SESSION
    if is_chained and wanted.duration_seconds > CHAINED_SECONDS:
        raise ServiceError("ValidationError", TOO_LONG_IN_A_CHAIN, 400)
    if wanted.duration_seconds > longest_seconds:
        raise ServiceError("ValidationError", TOO_LONG, 400)
