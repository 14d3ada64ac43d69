"""Who calls an operation, and from where: what the endpoint hands to a service beside the parameters."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.identity.principal import Principal


@dataclass(frozen=True, slots=True)
class Call:
    """The circumstances of one call that was already identified and judged."""

    principal: Principal
    request_id: str
    source_ip: str
    endpoint_url: str
    """As the caller reached us; presigned locations are built on it."""
