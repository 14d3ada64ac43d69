"""STS, second part: temporary credentials without a role. Whoever has an access key shares what he may.

``GetSessionToken`` gives credentials of oneself, ``GetFederationToken`` those of a *federated user*: somebody who may
do what both the user and the policies that are passed allow; without any he may do nothing but what a resource's own
policy lets him. Neither is for those who have temporary credentials already. Multi-factor authentication is not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.session_tags import NO_TAGS, passed_on
from runtime.services.call import Call
from runtime.services.constraints import Constraints
from runtime.services.security_tokens import check_tags, written
from runtime.services.session_policies import check_policies, session_policies

SHORTEST_SECONDS, USUAL_SECONDS, LONGEST_SECONDS = 900, 43200, 129600
LONGEST_OF_ROOT = 3600
NAME, SHORTEST_NAME, LONGEST_NAME = r"[\w+=,.@-]*", 2, 32
NO_RIGHTS = ("no policy was passed to GetFederationToken", {"Version": "2012-10-17", "Statement": []})


class SharedRights:
    """GetSessionToken and GetFederationToken."""

    service = "sts"
    api_version = "2011-06-15"

    def __init__(self, authority: Authority) -> None:
        self._authority = authority

    async def get_session_token(self, call: Call, *, duration_seconds: int = USUAL_SECONDS) -> dict[str, Any]:
        """Give temporary credentials to a user, of himself."""
        _require_own_key(call.principal, "GetSessionToken")
        constraints = Constraints()
        constraints.within("durationSeconds", duration_seconds, SHORTEST_SECONDS, LONGEST_SECONDS)
        constraints.refuse("ValidationError")
        return {"Credentials": written(self._authority.temporary(call.principal, _seconds(call, duration_seconds)))}

    async def get_federation_token(
        self,
        call: Call,
        *,
        name: str,
        policy: str | None = None,
        policy_arns: Sequence[Mapping[str, str]] = (),
        duration_seconds: int = USUAL_SECONDS,
        tags: Sequence[Mapping[str, str]] = (),
    ) -> dict[str, Any]:
        """Give temporary credentials to somebody with a part of the user's rights."""
        by = call.principal
        _require_own_key(by, "GetFederationToken")
        _check(name, policy, policy_arns, duration_seconds, tags)
        passed = session_policies(self._authority, policy, policy_arns) or [NO_RIGHTS]
        federated = Principal(
            kind=PrincipalKind.FEDERATED_USER,
            arn=f"arn:aws:sts::{by.account}:federated-user/{name}",
            account=by.account,
            identifier=f"{by.account}:{name}",
            user=by.arn,
            given_by=by.identifier,
            session_policies=tuple(passed),
            tags=passed_on(NO_TAGS, [(tag["Key"], tag["Value"]) for tag in tags], ()),
        )
        identity = self._authority.temporary(federated, _seconds(call, duration_seconds))
        user = {"FederatedUserId": federated.identifier, "Arn": federated.arn}
        return {"Credentials": written(identity), "FederatedUser": user}


def _require_own_key(principal: Principal, operation: str) -> None:
    if principal.since is not None:
        raise ServiceError("AccessDenied", f"Cannot call {operation} with session credentials", 403)


def _seconds(call: Call, wanted: int) -> int:
    return min(wanted, LONGEST_OF_ROOT) if call.principal.kind is PrincipalKind.ROOT else wanted


def _check(
    name: str,
    policy: str | None,
    policy_arns: Sequence[Mapping[str, str]],
    duration_seconds: int,
    tags: Sequence[Mapping[str, str]],
) -> None:
    constraints = Constraints()
    if len(name) < SHORTEST_NAME:
        constraints.violated("name", name, f"Member must have length greater than or equal to {SHORTEST_NAME}")
    constraints.no_longer_than("name", name, LONGEST_NAME)
    constraints.matching("name", name, NAME)
    constraints.within("durationSeconds", duration_seconds, SHORTEST_SECONDS, LONGEST_SECONDS)
    check_policies(constraints, policy, policy_arns)
    check_tags(constraints, tags)
    constraints.refuse("ValidationError")
