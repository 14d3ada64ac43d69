"""The authority: knows every credential, lets roles be assumed, and judges every call.

It promises that each refusal carries AWS's words, names the statement that decided, and is journalled (``denial``),
and that each assumption of a role, granted or refused, is journalled too (``assumption``).
Root may do everything that a resource's own policy does not deny; but root assumes no roles, as on AWS.
It does not store roles or policies: those are asked of the :class:`Directory` at every call, so a change of a policy
acts at once. Session credentials live in memory and end with the runtime.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from runtime.arn import assumed_role_arn, root_arn
from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.identity.circumstances import request_of
from runtime.identity.principal import Credentials, Identity, Principal, PrincipalKind
from runtime.identity.refusal import refusal
from runtime.identity.seams import Directory
from runtime.identity.sessions import SESSION_KEY_PREFIX, Sessions, invalid_token
from runtime.journal import Journal
from runtime.policy import Decision, Policy, PolicyKind, Request, Verdict, evaluate, explain
from runtime.policy.values import ContextValue

ASSUME_ROLE = "sts:AssumeRole"
NO_ROLES_FOR_ROOT = "Roles may not be assumed by root accounts."
ALWAYS_ALLOWED = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""AWS asks no permission for these; even an explicit deny does not stop them."""
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
        self._journal = journal
        self._clock = clock
        self._is_strict = is_strict
        self._sessions = Sessions()

    @property
    def root(self) -> Identity:
        """Return the account's root user."""
        return self._root

    def service(self, name: str) -> Principal:
        """Return an AWS service (``s3.amazonaws.com``) as someone who acts on behalf of this account."""
        return Principal(PrincipalKind.SERVICE, name, self._account, name)

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
        # A role that was deleted, and perhaps made again under its name, is not the role that was assumed.
        if self._directory.role_identifier(principal.role) != principal.identifier.partition(":")[0]:
            raise invalid_token()
        return identity

    def may_assume(
        self, by: Principal, role_arn: str, *, session_name: str = "", external_id: str | None = None
    ) -> Decision:
        """Judge whether a role can be assumed, without assuming it and without a trace in the journal."""
        context: dict[str, ContextValue] = {}
        if session_name:
            context["sts:RoleSessionName"] = session_name
        if external_id is not None:
            context["sts:ExternalId"] = external_id
        request = request_of(by, ASSUME_ROLE, role_arn, context, self._clock.now())
        if by.kind is PrincipalKind.ROOT:
            return Decision(Verdict.IMPLICIT_DENY, request, PolicyKind.TRUST)
        trust = Policy("trust policy", self._directory.trust_policy(role_arn) or {}, PolicyKind.TRUST)
        return evaluate(request, (*self._identity_policies(by), trust))

    def assume_role(
        self,
        by: Principal,
        role_arn: str,
        session_name: str,
        *,
        external_id: str | None = None,
        duration_seconds: int = 3600,
    ) -> Identity:
        """Return a session of a role; raise ``ServiceError`` AccessDenied if it does not let ``by`` in."""
        decision = self.may_assume(by, role_arn, session_name=session_name, external_id=external_id)
        identifier = self._directory.role_identifier(role_arn)
        message, explanation = refusal(decision), explain(decision)
        if by.kind is PrincipalKind.ROOT:
            message = explanation = NO_ROLES_FOR_ROOT
        elif identifier is None:
            explanation = f"There is no role {role_arn}. Create it first, or correct the ARN."
        is_granted = decision.is_allowed and identifier is not None
        self._journal.append(
            "assumption",
            {
                "service": by.arn,
                "role": role_arn,
                "session_name": session_name,
                "external_id": external_id,
                "granted": is_granted,
                "message": "" if is_granted else message,
                "explanation": explanation,
            },
        )
        if not is_granted or identifier is None:
            raise ServiceError("AccessDenied", message, 403)
        return self._open_session(role_arn, identifier, session_name, duration_seconds)

    def _open_session(self, role_arn: str, identifier: str, session_name: str, duration_seconds: int) -> Identity:
        now = self._clock.now()
        principal = Principal(
            kind=PrincipalKind.ROLE_SESSION,
            arn=assumed_role_arn(self._account, role_arn, session_name),
            account=self._account,
            identifier=f"{identifier}:{session_name}",
            role=role_arn,
        )
        return self._sessions.open(principal, now + timedelta(seconds=duration_seconds), now)

    def judge(
        self, principal: Principal, action: str, resource: str, context: Mapping[str, ContextValue] | None = None
    ) -> Decision:
        """Say whether a principal may do something, and what decided; nothing is journalled."""
        request = request_of(principal, action, resource, dict(context or {}), self._clock.now())
        if action in ALWAYS_ALLOWED:
            return Decision(Verdict.ALLOW, request, remark="everybody may ask that")
        decision = evaluate(request, (*self._identity_policies(principal), *self._resource_policies(resource)))
        return self._as_root(decision, request) if principal.kind is PrincipalKind.ROOT else decision

    def _as_root(self, decision: Decision, request: Request) -> Decision:
        if decision.verdict is Verdict.EXPLICIT_DENY and request.action not in WAY_OUT_OF_A_BUCKET_POLICY:
            return decision
        return Decision(Verdict.ALLOW, request, remark="the root user needs no policy")

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
        decision = self.judge(principal, action, resource, context)
        if decision.is_allowed:
            return
        message = refusal(decision, service)
        self._journal.append(
            "denial",
            {
                "principal": principal.arn,
                "action": action,
                "resource": resource,
                "decision": decision.verdict.value,
                "policy": decision.policy,
                "statement": decision.statement,
                "message": message,
                "explanation": explain(decision),
                "service": service,
                "operation": operation,
                "request_id": request_id,
            },
        )
        raise ServiceError("AccessDenied", message, 403)

    def _identity_policies(self, principal: Principal) -> Iterator[Policy]:
        if principal.kind in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION):
            for name, document in self._directory.identity_policies(principal.role or principal.arn):
                yield Policy(name, document)

    def _resource_policies(self, resource: str) -> Iterator[Policy]:
        found = self._directory.resource_policy(_policy_bearer(resource)) if resource != "*" else None
        if found is not None:
            yield Policy(found[0], found[1], PolicyKind.RESOURCE)


def _policy_bearer(resource: str) -> str:
    """Return the resource whose policy is about this one: an object's is its bucket's."""
    return resource.partition("/")[0] if resource.startswith("arn:aws:s3:::") else resource
