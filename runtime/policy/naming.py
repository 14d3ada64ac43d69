"""The Principal and NotPrincipal elements: whether, and how closely, a policy names who is asking.

How closely matters: naming the account only hands the decision to the identity-based policies of that account, and
naming a role leaves its sessions within their permissions boundary, while naming a user or one session does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from runtime.arn import root_arn
from runtime.policy.pattern import texts
from runtime.policy.values import Request


class Naming(IntEnum):
    """How closely a policy names a principal."""

    NOT = 0
    ACCOUNT = 1
    ROLE = 2
    DIRECTLY = 3


TYPES = frozenset({"AWS", "Service", "Federated", "CanonicalUser"})


def naming(element: Any, request: Request) -> Naming | None:
    """Return how closely a Principal element names who is asking; unknown if it cannot be read."""
    if element == "*":
        return Naming.DIRECTLY
    if not isinstance(element, dict) or not set(element) <= TYPES:
        return None
    if request.is_service:
        return _service_naming(element, request.principal)
    return max((_closeness(name, request) for name in texts(element.get("AWS", ()))), default=Naming.NOT)


def _service_naming(element: dict[str, Any], service: str) -> Naming | None:
    if _names_service(texts(element.get("Service", ())), service):
        return Naming.DIRECTLY
    # AWS calls {"AWS": "*"} everybody; whether services are among them it does not say.
    return None if "*" in texts(element.get("AWS", ())) else Naming.NOT


def _names_service(names: Iterable[str], service: str) -> bool:
    return any(name in ("*", service) for name in names)


def _closeness(name: str, request: Request) -> Naming:
    if name in ("*", request.principal):
        return Naming.DIRECTLY
    if request.role and name == request.role:
        return Naming.ROLE
    if name in (request.account, root_arn(request.account)):
        return Naming.ACCOUNT
    return Naming.NOT
