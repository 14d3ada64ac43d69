"""Carry out a call that was judged: by one of our own services, or by the store.

A service is a class with ``service``, ``api_version`` and methods that are named as the operations are, in snake case,
and take their members so; several classes may share one service, each with a family of its operations. Lambda and STS
are ours alone: an operation or member of them that no method has is refused with words that say so, and is never
ignored. (The store would hand out session credentials that open nothing.) Of every other service the store has what we
do not.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import cache
from typing import Any, Protocol

from runtime.endpoint import model_constraints
from runtime.endpoint.exchange import Answer
from runtime.endpoint.judged import as_judged
from runtime.endpoint.model import snake_case
from runtime.endpoint.received import Received
from runtime.endpoint.store import Store
from runtime.errors import ServiceError

Method = Callable[..., Awaitable[Mapping[str, Any] | None]]
OURS_ALONE = frozenset({"lambda", "sts"})


class Service(Protocol):
    """One version of a service of ours, or a family of its operations."""

    service: str
    api_version: str


class Execution:
    """Finds whoever carries out an operation, and has it done."""

    def __init__(self, services: Iterable[Service], store: Store) -> None:
        self._services = tuple(services)
        self._store = store

    async def answer(self, received: Received) -> Answer:
        """Carry out a call and return what is answered."""
        method = self.method(received)
        if method is not None:
            output = await method(received.call, **self._members(received, method))
            return received.destination.wire.answer(received.operation, output, received.request_id)
        if received.service in OURS_ALONE:
            raise not_implemented(f"{received.service}:{received.operation.name}")
        return await self.stored(received)

    async def stored(self, received: Received) -> Answer:
        """Let the store carry out a call."""
        destination = received.destination
        return await self._store.answer(
            as_judged(received.operation, received.request),
            destination.signing_name,
            destination.region,
            received.access_key_id,
            is_write=received.operation.is_write,
        )

    def method(self, received: Received) -> Method | None:
        """Return the method of our own services that carries out the operation, if there is one."""
        operation = received.operation
        for service in self._services:
            if (service.service, service.api_version) == (operation.service, operation.api_version):
                method: Method | None = getattr(service, operation.method_name, None)
                if method is not None:
                    return method
        return None

    def _members(self, received: Received, method: Callable[..., object]) -> dict[str, Any]:
        parsed = received.destination.wire.parse(received.operation, received.labels, received.request)
        known, takes_any = _taken_by(getattr(method, "__func__", method))
        unknown = [] if takes_any else [name for name in parsed if snake_case(name) not in known]
        if unknown:
            raise not_implemented(f"{', '.join(unknown)} of {received.service}:{received.operation.name}")
        model_constraints.check(received.operation, parsed)
        return {snake_case(name): value for name, value in parsed.items()}


@cache
def _taken_by(function: Callable[..., object]) -> tuple[frozenset[str], bool]:
    """Return the names of the parameters of a function, and whether it takes any others too."""
    parameters = inspect.signature(function).parameters
    takes_any = any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters.values())
    return frozenset(parameters), takes_any


def not_implemented(what: str) -> ServiceError:
    """Return the refusal of what is not built yet."""
    message = f"Lambda Lab does not implement {what} yet. CONTRIBUTING.md says how to add an operation."
    return ServiceError("NotImplementedException", message, 501)
