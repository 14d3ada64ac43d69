"""The Principal and NotPrincipal elements: whether, and how closely, a policy names who is asking.

How closely matters: naming the account only hands the decision to the identity-based policies of that account, and
naming a role leaves its sessions within their permissions boundary, while naming a user or one session does not.

With NotPrincipal an exception for the account alone may or may not cover its users (AWS: "might deny access"), so that
is unknown; and a Deny with NotPrincipal is about everybody who has a permissions boundary, whomever it excepts.
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
        return naming(statement["Principal"], request)
    if has_boundary and statement.get("Effect") == "Deny":
        return Naming.DIRECTLY
    return _beyond(naming(statement["NotPrincipal"], request))


def _beyond(excepted: Naming | None) -> Naming | None:
    if excepted is Naming.NOT:
        return Naming.DIRECTLY
    return Naming.NOT if excepted in (Naming.ROLE, Naming.DIRECTLY) else None


def naming(element: Any, request: Request) -> Naming | None:
    """Return how closely a Principal element names who is asking; unknown if it cannot be read."""
    if element == EVERYBODY:
        return Naming.DIRECTLY
    if not isinstance(element, Mapping) or not set(element) <= TYPES:
        return None
    if request.is_service:
        return _service_naming(element, request.principal)
    return max((_closeness(name, request) for name in texts(element.get("AWS", ()))), default=Naming.NOT)


def _service_naming(element: Mapping[str, Any], service: str) -> Naming | None:
    if _names_service(texts(element.get("Service", ())), service):
        return Naming.DIRECTLY
    # AWS calls {"AWS": "*"} everybody; whether services are among them it does not say.
    return None if EVERYBODY in texts(element.get("AWS", ())) else Naming.NOT


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
    return Naming.NOT
