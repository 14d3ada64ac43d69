"""What a call asks for, as far as its authorisation is concerned; and one thing that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from runtime.endpoint.exchange import Request


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation, and the parameters by which resources are named."""

    service: str
    """botocore's name of it."""
    prefix: str
    """The name that IAM's actions begin with."""
    operation: str
    parameters: Mapping[str, Any]
    request: Request
    region: str
    account: str
    caller_name: str = ""
    """The name of the user who asks, for operations that are about oneself unless they say otherwise."""

    def text(self, name: str) -> str:
        """Return a parameter that is a text; empty if it is absent, or anything else."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) else ""

    def arn(self, resource: str, *, service: str | None = None, region: str | None = None) -> str:
        """Return the ARN of a resource of this account."""
        place = self.region if region is None else region
        return f"arn:aws:{service or self.prefix}:{place}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Need:
    """An action on a resource."""

    action: str
    resource: str = field(default="*")
    serves_for_roles: str = ""
    """Another action that is as good when a role session asks."""
