"""STS: who am I, and may I be somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.arn import Arn
from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.seams import PolicyDocument
from runtime.policy import PolicyKind, validate
from runtime.policy.values import ContextValue
from runtime.services.call import Call
from runtime.services.constraints import Constraints

SESSION_NAME = r"[\w+=,.@-]*"
SHORTEST_SESSION_NAME, LONGEST_SESSION_NAME = 2, 64
SHORTEST_SECONDS, LONGEST_SECONDS = 900, 43200
LONGEST_POLICY, MOST_POLICIES = 2048, 10
PASSED_POLICY = "passed when the role was assumed"


class SecurityTokens:
    """The operations of STS that have to do with roles; whether a role lets somebody in, the authority says."""

    service = "sts"
    api_version = "2011-06-15"

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    async def get_caller_identity(self, call: Call) -> dict[str, Any]:
        """Say who calls."""
        principal = call.principal
        return {"UserId": principal.identifier, "Account": principal.account, "Arn": principal.arn}

    async def assume_role(
        self,
        call: Call,
        *,
        role_arn: str,
        role_session_name: str,
        external_id: str | None = None,
        duration_seconds: int = 3600,
        policy: str | None = None,
        policy_arns: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Give the credentials of a session of a role, which has no more rights than the policies that are passed.

        Session tags are not here: the endpoint refuses members that a method does not have.
        """
        _check(role_arn, role_session_name, duration_seconds, policy, policy_arns)
        identity = self._authority.assume_role(
            call.principal,
            role_arn,
            role_session_name,
            external_id=external_id,
            duration_seconds=duration_seconds,
            session_policies=self._session_policies(policy, policy_arns),
            circumstances=_circumstances(call),
        )
        credentials = identity.credentials
        return {
            "Credentials": {
                "AccessKeyId": credentials.access_key_id,
                "SecretAccessKey": credentials.secret_access_key,
                "SessionToken": credentials.session_token,
                "Expiration": credentials.expiration,
            },
            "AssumedRoleUser": {"AssumedRoleId": identity.principal.identifier, "Arn": identity.principal.arn},
        }

    def _session_policies(
        self, policy: str | None, policy_arns: Sequence[Mapping[str, str]]
    ) -> list[tuple[str, PolicyDocument]]:
        found = [self._managed(str(named.get("arn", ""))) for named in policy_arns]
        if policy is None:
            return found
        try:
            return [(PASSED_POLICY, validate(policy, PolicyKind.SESSION)), *found]
        except ValueError as error:
            raise malformed(str(error)) from error

    def _managed(self, policy_arn: str) -> tuple[str, PolicyDocument]:
        managed = self._authority.managed_policy(policy_arn)
        if managed is None:
            raise malformed(f"Policy {policy_arn} does not exist or is not attachable.")
        return managed


def malformed(message: str) -> ServiceError:
    """Return the refusal of a policy that no session can have."""
    return ServiceError("MalformedPolicyDocument", message, 400)


def _circumstances(call: Call) -> dict[str, ContextValue]:
    return {"aws:SourceIp": call.source_ip, "aws:SecureTransport": call.endpoint_url.startswith("https:")}


def _check(
    role_arn: str,
    session_name: str,
    duration_seconds: int,
    policy: str | None,
    policy_arns: Sequence[Mapping[str, str]],
) -> None:
    constraints = Constraints()
    if len(role_arn) < 20:
        constraints.violated("roleArn", role_arn, "Member must have length greater than or equal to 20")
    if len(session_name) < SHORTEST_SESSION_NAME:
        words = f"Member must have length greater than or equal to {SHORTEST_SESSION_NAME}"
        constraints.violated("roleSessionName", session_name, words)
    constraints.no_longer_than("roleSessionName", session_name, LONGEST_SESSION_NAME)
    constraints.matching("roleSessionName", session_name, SESSION_NAME)
    constraints.within("durationSeconds", duration_seconds, SHORTEST_SECONDS, LONGEST_SECONDS)
    constraints.no_longer_than("policy", policy or "", LONGEST_POLICY)
    if len(policy_arns) > MOST_POLICIES:
        arns = [named.get("arn") for named in policy_arns]
        constraints.violated("policyArns", str(arns), f"Member must have length less than or equal to {MOST_POLICIES}")
    constraints.refuse("ValidationError")
    try:
        Arn.parse(role_arn)
    except ValueError as error:
        raise ServiceError("ValidationError", f"{role_arn} is invalid", 400) from error
