"""STS: who am I, and may I be somebody else."""

from __future__ import annotations

from typing import Any

from runtime.identity.authority import Authority
from runtime.services.call import Call
from runtime.services.constraints import Constraints

SESSION_NAME = r"[\w+=,.@-]*"
SHORTEST_SESSION_NAME, LONGEST_SESSION_NAME = 2, 64
SHORTEST_SECONDS, LONGEST_SECONDS = 900, 43200


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
    ) -> dict[str, Any]:
        """Give the credentials of a session of a role.

        Session policies and tags are not here: the endpoint refuses members that a method does not have, for to ignore
        a session policy would give more than was asked for.
        """
        _check(role_arn, role_session_name, duration_seconds)
        identity = self._authority.assume_role(
            call.principal, role_arn, role_session_name, external_id=external_id, duration_seconds=duration_seconds
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


def _check(role_arn: str, session_name: str, duration_seconds: int) -> None:
    constraints = Constraints()
    if len(role_arn) < 20:
        constraints.violated("roleArn", role_arn, "Member must have length greater than or equal to 20")
    if len(session_name) < SHORTEST_SESSION_NAME:
        words = f"Member must have length greater than or equal to {SHORTEST_SESSION_NAME}"
        constraints.violated("roleSessionName", session_name, words)
    constraints.no_longer_than("roleSessionName", session_name, LONGEST_SESSION_NAME)
    constraints.matching("roleSessionName", session_name, SESSION_NAME)
    constraints.within("durationSeconds", duration_seconds, SHORTEST_SECONDS, LONGEST_SECONDS)
    constraints.refuse("ValidationError")
