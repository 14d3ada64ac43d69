"""The Principal and NotPrincipal elements: whether, and how closely, a policy names who is asking.

How closely matters: naming the account only hands the decision to the identity-based policies of that account, and
naming a role leaves its sessions within their permissions boundary, while naming a user or one session does not.

With NotPrincipal an exception for the account does not cover its users (AWS's example names the account beside the one
user whom it spares), so a Deny is about them; whether an Allow is, AWS does not say. And a Deny with NotPrincipal is
about everybody who has a permissions boundary, whomever it excepts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any

from runtime.arn import root_arn
from runtime.policy.pattern import texts
from runtime.policy.values import PolicyKind, Request


class Naming(IntEnum):
    """How closely a policy names a principal."""

    NOT = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECTLY = 3


EVERYBODY = "*"
TYPES = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


def named(statement: Mapping[str, Any], kind: PolicyKind, request: Request, *, has_boundary: bool) -> Naming | None:
    """Return how closely a statement is about who is asking; unknown if that cannot be read."""
    positive, excepting = "Principal" in statement, "NotPrincipal" in statement
    if not kind.names_principals:
        return None if positive or excepting else Naming.DIRECTLY
    if positive == excepting or (excepting and kind is PolicyKind.TRUST):
        return None
    if positive:
        return naming(statement["Principal"], kind, request)
    if has_boundary and statement.get("Effect") == "Deny":
        return Naming.DIRECTLY
    return _beyond(naming(statement["NotPrincipal"], kind, request))


def _beyond(excepted: Naming | None) -> Naming | None:
    if excepted is Naming.NOT:
        return Naming.DIRECTLY
    return Naming.NOT if excepted in (Naming.ROLE, Naming.DIRECTLY) else None


def naming(element: Any, kind: PolicyKind, request: Request) -> Naming | None:
    """Return how closely a Principal element names who is asking; unknown if it cannot be read."""
    if element == EVERYBODY:
        return Naming.DIRECTLY
    if not isinstance(element, Mapping) or not set(element) <= TYPES:
        return None
    if request.is_service:
        return _service_naming(element, kind, request.principal)
    return max((_closeness(name, request) for name in texts(element.get("AWS", ()))), default=Naming.NOT)


def _service_naming(element: Mapping[str, Any], kind: PolicyKind, service: str) -> Naming | None:
    if _names_service(texts(element.get("Service", ())), service):
        return Naming.DIRECTLY
    if EVERYBODY not in texts(element.get("AWS", ())):
        return Naming.NOT
    # Queues let SNS in by {"AWS": "*"}; of trust policies AWS says only that it lets every user in.
    return None if kind is PolicyKind.TRUST else Naming.DIRECTLY


def _names_service(names: Iterable[str], service: str) -> bool:
    return any(name in (EVERYBODY, service) for name in names)


def _closeness(name: str, request: Request) -> Naming:
    if name == EVERYBODY:
        return Naming.DIRECTLY
    if request.is_anonymous:
        return Naming.NOT
    if name == request.principal:
        return Naming.DIRECTLY
    if request.role and name == request.role:
        return Naming.ROLE
    if name in (request.account, root_arn(request.account)):
        return Naming.ACCOUNT
    if request.identifier and name == request.identifier:
        return Naming.ROLE if request.role else Naming.DIRECTLY
    return Naming.NOT
