"""What every request's context says about who is asking and when, whatever the operation: AWS's global condition keys.

``aws:username`` exists for users only, as on AWS, so a policy with ``${aws:username}`` in it says nothing to a role.
``aws:MultiFactorAuthPresent`` and ``aws:TokenIssueTime`` exist for temporary credentials only, also as on AWS.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from runtime.identity.principal import Principal, PrincipalKind
from runtime.policy import Request
from runtime.policy.values import ContextValue

PRINCIPAL_TYPES = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ROLE_SESSION: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.ANONYMOUS: "Anonymous",
}


def request_of(
    principal: Principal,
    action: str,
    resource: str,
    resource_account: str,
    context: dict[str, ContextValue],
    now: datetime,
    tags: Mapping[str, str],
) -> Request:
    """Return what is to be judged; what the caller knows of the context goes before what is known of everybody."""
    who = {**_global_context(principal, now), **{f"aws:PrincipalTag/{name}": tag for name, tag in tags.items()}}
    return Request(
        principal=principal.arn,
        account=principal.account,
        action=action,
        resource=resource,
        role=principal.role,
        identifier="" if principal.user else principal.carrier_identifier,
        context={**who, "aws:ResourceAccount": resource_account, **context},
        resource_account=resource_account,
        is_anonymous=principal.kind is PrincipalKind.ANONYMOUS,
    )


def _global_context(principal: Principal, now: datetime) -> dict[str, ContextValue]:
    context: dict[str, ContextValue] = {
        "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:EpochTime": int(now.timestamp()),
    }
    if principal.kind is PrincipalKind.SERVICE:
        return {
            **context,
            "aws:PrincipalIsAWSService": True,
            "aws:PrincipalServiceName": principal.arn,
            "aws:SourceAccount": principal.account,
            **({"aws:SourceArn": principal.source_arn} if principal.source_arn else {}),
        }
    context |= {
        "aws:PrincipalIsAWSService": False,
        # For a session AWS gives the role's ARN here, so that one condition fits all of its sessions.
        "aws:PrincipalArn": principal.role or principal.arn,
        "aws:PrincipalAccount": principal.account,
        "aws:PrincipalType": PRINCIPAL_TYPES[principal.kind],
        "aws:userid": principal.identifier,
    }
    if principal.since is not None:
        context["aws:TokenIssueTime"] = principal.since.strftime("%Y-%m-%dT%H:%M:%SZ")
        context["aws:MultiFactorAuthPresent"] = False
    if principal.kind is PrincipalKind.USER:
        context["aws:username"] = principal.arn.rsplit("/", 1)[-1]
    return context
