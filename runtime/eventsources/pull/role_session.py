"""The role with which Lambda reads a source: assumed, used through the endpoint, and assumed anew before it expires.

In the preview it is the invocation role of the mapping, today the execution role of the function. Either lets
``lambda.amazonaws.com`` in, or nothing is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.principal import Identity
from runtime.identity.seams import Caller
from runtime.invocation.execution_role import NOT_ASSUMABLE, SERVICE_PRINCIPAL

ROLE_REFUSED = "RoleNotAssumable"
RENEWED_BEFORE_EXPIRY = timedelta(minutes=5)
OVER = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"})
"""What is answered to credentials that are no good any more: they expired, or the role was made anew."""


class RoleSession:
    """Calls in the name of one role."""

    def __init__(
        self, *, authority: Authority, caller: Caller, clock: Clock, role: Callable[[], str], name: str
    ) -> None:
        self._role = role
        self._authority = authority
        self._caller = caller
        self._clock = clock
        self._name = name
        self._identity: Identity | None = None

    @property
    def role(self) -> str:
        """Return the ARN of the role as it is now; a function may be given another one."""
        return self._role()

    def identity(self) -> Identity:
        """Return a session of the role; raise ``ServiceError`` if it does not let Lambda in."""
        role = self.role
        if self._identity is None or self._identity.principal.role != role or self._is_about_over(self._identity):
            service = self._authority.service(SERVICE_PRINCIPAL)
            try:
                self._identity = self._authority.assume_role(service, role, self._name)
            except ServiceError as refusal:
                raise ServiceError(ROLE_REFUSED, NOT_ASSUMABLE, refusal.status) from refusal
        return self._identity

    async def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call an operation, with new credentials if need be; raise ``ServiceError`` with what was answered."""
        try:
            return await self._caller.call(service, operation, parameters, self.identity().credentials)
        except ServiceError as refusal:
            if refusal.code not in OVER:
                raise
            self._identity = None
        return await self._caller.call(service, operation, parameters, self.identity().credentials)

    def _is_about_over(self, identity: Identity) -> bool:
        expiration = identity.credentials.expiration
        return expiration is not None and expiration - self._clock.now() < RENEWED_BEFORE_EXPIRY
