"""A call that has been identified and routed: everything that the endpoint knows of it, in one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.endpoint.destination import Destination
from runtime.endpoint.exchange import Request
from runtime.endpoint.model import Operation
from runtime.identity.principal import Principal
from runtime.services.call import Call


@dataclass(frozen=True)
class Received:
    """One call, between its identification and its answer."""

    request: Request
    request_id: str
    destination: Destination
    operation: Operation
    labels: Mapping[str, str]
    principal: Principal
    access_key_id: str
    is_form: bool = False
    """Whether it came as an HTML form."""

    @property
    def service(self) -> str:
        return self.destination.service

    @property
    def call(self) -> Call:
        """What a service is told about the call."""
        return Call(self.principal, self.request_id, self.request.source_ip, self.request.endpoint_url)
