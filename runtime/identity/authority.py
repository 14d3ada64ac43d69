"""The authority: knows every credential, lets roles be assumed, and judges every call.

It promises that each refusal carries AWS's words, names the statement that decided, and is journalled (``denial``),
and that each assumption of a role, granted or refused, is journalled too (``assumption``).
Root may do everything that a resource's own policy does not deny; but root assumes no roles, as on AWS.
It does not store roles or policies: those are asked of the :class:`Directory` at every call, so a change of a policy
acts at once. Session credentials live in memory and end with the runtime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn

from runtime.arn import root_arn
from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.identity import record, unproven
from runtime.identity.applicable import ApplicablePolicies, owner
from runtime.identity.assumption import Assumptions, Wanted
from runtime.identity.circumstances import request_of
from runtime.identity.principal import Credentials, Identity, Principal, PrincipalKind
from runtime.identity.refusal import refusal
from runtime.identity.seams import USUAL_SESSION_SECONDS, Directory, PolicyDocument
from runtime.identity.session_tags import NO_TAGS, SessionTags
from runtime.identity.sessions import SESSION_KEY_PREFIX, Sessions, invalid_token
from runtime.journal import Journal
from runtime.policy import Decision, Policy, Request, Verdict, evaluate
from runtime.policy.values import ContextValue

ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""AWS asks no permission for these; even an explicit deny does not stop them."""
SERVICE_SESSION = timedelta(minutes=15)
Judgement = tuple[Decision, tuple[Policy, ...]]
"""A decision, and the policies of which it was made."""
WAY_OUT_OF_A_BUCKET_POLICY = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""Root keeps these whatever the bucket's policy says, so that nobody locks an account out."""


class Authority:
    """Who is who in the account, and who may do what."""

    def __init__(
        self, *, account: str, root: Credentials, directory: Directory, journal: Journal, clock: Clock, is_strict: bool
    ) -> None:
        self._account = account
        self._root = Identity(Principal(PrincipalKind.ROOT, root_arn(account), account, account), root)
        self._directory = directory
        self._policies = ApplicablePolicies(directory)
        self._assumptions = Assumptions(account, directory, journal, clock)
        self._journal = journal
        self._clock = clock
        self._is_strict = is_strict
        self._sessions = Sessions()

    @property
    def root(self) -> Identity:
        """Return the account's root user."""
        return self._root

    def service(self, name: str, source_arn: str = "") -> Principal:
        """Return an AWS service (``s3.amazonaws.com``) as someone who acts on behalf of this account, or a resource."""
        return Principal(PrincipalKind.SERVICE, name, self._account, name, source_arn=source_arn)

    def service_session(self, name: str, source_arn: str) -> Identity:
        """Return credentials with which a service calls others for a resource; only their policies let it in."""
        now = self._clock.now()
        return self._sessions.open(self.service(name, source_arn), now + SERVICE_SESSION, now)

    def identify(self, access_key_id: str, session_token: str | None, *, inside_sandbox: bool) -> Identity | None:
        """Return whose an access key is; the caller still has to verify the signature with its secret.

        ``None``: the key is unknown and this account is lenient, so it acts as root and no signature can be verified.
        Lost session credentials never do: they are refused everywhere.
        """
        if access_key_id == self._root.credentials.access_key_id:
            return self._root
        if access_key_id.startswith(SESSION_KEY_PREFIX):
            return self._session(access_key_id, session_token)
        user = self._directory.user(access_key_id)
        if user is None and (self._is_strict or inside_sandbox):
            raise invalid_token()
        return user

    def _session(self, access_key_id: str, session_token: str | None) -> Identity:
        identity = self._sessions.find(access_key_id, session_token, self._clock.now())
        principal = identity.principal
        if principal.kind is PrincipalKind.SERVICE or principal.carrier == self._root.principal.arn:
            return identity
        # A role that was deleted, and perhaps made again under its name, is not the role that was assumed.
        holder = self._directory.holder(principal.carrier)
        if holder is None or holder.identifier != principal.carrier_identifier:
            raise invalid_token()
        return identity

    def knows_key(self, access_key_id: str) -> bool:
        """Tell whether an access key is of this account."""
        if access_key_id == self._root.credentials.access_key_id or self._sessions.has(access_key_id):
            return True
        try:
            return self._directory.user(access_key_id) is not None
        except ServiceError:  # an inactive key is refused, and exists
            return True

    def may_be_named(self, arn: str) -> bool:
        """Tell whether a policy may name a principal: one of this account must exist."""
        is_own = arn.startswith((f"arn:aws:iam::{self._account}:user/", f"arn:aws:iam::{self._account}:role/"))
        return not is_own or self._directory.holder(arn) is not None

    def managed_policy(self, policy_arn: str) -> tuple[str, PolicyDocument] | None:
        """Return a managed policy, as (name, document), that can be passed to a session."""
        return self._directory.managed_policy(policy_arn)

    def may_assume(
        self,
        by: Principal,
        role_arn: str,
        *,
        session_name: str = "",
        external_id: str | None = None,
        circumstances: Mapping[str, ContextValue] | None = None,
    ) -> Decision:
        """Judge whether a role can be assumed, without assuming it and without a trace in the journal."""
        wanted = Wanted(
            by=by,
            role_arn=role_arn,
            session_name=session_name,
            external_id=external_id,
            circumstances=circumstances or {},
        )
        return self._assumptions.judged(wanted)[0]

    def assume_role(
        self,
        by: Principal,
        role_arn: str,
        session_name: str,
        *,
        external_id: str | None = None,
        duration_seconds: int = USUAL_SESSION_SECONDS,
        session_policies: Sequence[tuple[str, PolicyDocument]] = (),
        tags: SessionTags = NO_TAGS,
        circumstances: Mapping[str, ContextValue] | None = None,
    ) -> Identity:
        """Return a session of a role; raise ``ServiceError`` AccessDenied if it does not let ``by`` in."""
        wanted = Wanted(
            by=by,
            role_arn=role_arn,
            session_name=session_name,
            external_id=external_id,
            duration_seconds=duration_seconds,
            session_policies=tuple(session_policies),
            tags=tags,
            circumstances=circumstances or {},
        )
        return self._open(self._assumptions.granted(wanted), duration_seconds)

    def temporary(self, principal: Principal, duration_seconds: int) -> Identity:
        """Return temporary credentials of a principal that has others: himself, or one who shares his rights."""
        return self._open(replace(principal, since=self._clock.now()), duration_seconds)

    def _open(self, principal: Principal, duration_seconds: int) -> Identity:
        now = self._clock.now()
        return self._sessions.open(principal, now + timedelta(seconds=duration_seconds), now)

    def judge(
        self, principal: Principal, action: str, resource: str, context: Mapping[str, ContextValue] | None = None
    ) -> Decision:
        """Say whether a principal may do something, and what decided; nothing is journalled."""
        return self._judged(principal, action, resource, context)[0]

    def _judged(
        self, principal: Principal, action: str, resource: str, context: Mapping[str, ContextValue] | None
    ) -> Judgement:
        request = self._request(principal, action, resource, context or {})
        if action in ALWAYS_ALLOWED:
            return Decision(Verdict.ALLOW, request, remark="everybody may ask that"), ()
        policies = (*self._policies.of(principal), *self._policies.on(resource))
        decision = evaluate(request, policies)
        return (_as_root(decision) if principal.kind is PrincipalKind.ROOT else decision), policies

    def _request(
        self, principal: Principal, action: str, resource: str, context: Mapping[str, ContextValue]
    ) -> Request:
        resource_account = owner(resource, self._account)
        tags = self._policies.tags_of(principal)
        return request_of(principal, action, resource, resource_account, dict(context), self._clock.now(), tags)

    def require(
        self,
        principal: Principal,
        action: str,
        resource: str,
        context: Mapping[str, ContextValue] | None = None,
        *,
        service: str,
        operation: str,
        request_id: str = "",
    ) -> None:
        """Let a call pass, or journal its denial and raise ``ServiceError`` AccessDenied with AWS's sentence."""
        decision, policies = self._judged(principal, action, resource, context)
        if decision.is_allowed:
            return
        self._refuse(decision, policies, refusal(decision, service), service, operation, request_id)

    def refuse(
        self, principal: Principal, action: str, why: str, *, service: str, operation: str, request_id: str = ""
    ) -> None:
        """Journal the denial of what no policy can allow, and raise ``ServiceError`` AccessDenied that says why."""
        request = self._request(principal, action, "*", {})
        decision = Decision(Verdict.IMPLICIT_DENY, request, remark=why)
        sentence = f"User: {principal.arn} is not authorized to perform: {action}. {why}"
        self._refuse(decision, (), sentence, service, operation, request_id)

    def refuse_temporary(self, principal: Principal, error: ServiceError, service: str, request_id: str) -> NoReturn:
        """Journal and raise the refusal of a call that temporary credentials without a role are not for."""
        facts = unproven.facts(error, "", service, request_id)
        self._journal.append("credentials", {**facts, "explanation": unproven.NOT_FOR_THAT.format(who=principal.arn)})
        raise error

    def _refuse(
        self,
        decision: Decision,
        policies: tuple[Policy, ...],
        message: str,
        service: str,
        operation: str,
        request_id: str,
    ) -> None:
        facts = record.denial(decision, policies, message, service=service, operation=operation, request_id=request_id)
        self._journal.append("denial", facts)
        raise ServiceError("AccessDenied", message, 403)


def _as_root(decision: Decision) -> Decision:
    request = decision.request
    if decision.verdict is Verdict.EXPLICIT_DENY and request.action not in WAY_OUT_OF_A_BUCKET_POLICY:
        return decision
    return Decision(Verdict.ALLOW, request, remark="the root user needs no policy")
