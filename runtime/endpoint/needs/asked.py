"""What is asked of the judge: a call on one side, on the other what it uses and the actions and resources it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from runtime.endpoint.exchange import Request
from runtime.policy.values import ContextValue


class Known(Protocol):
    """What has to be looked up, because a call does not say it."""

    def iam_arn(self, kind: str, name: str) -> str | None:
        """Return the ARN, path included, of a role, user, group, policy or instance profile that exists."""

    def boundary(self, arn: str) -> str | None:
        """Return the ARN of the policy that bounds a user or role."""

    def partition_key(self, table: str, region: str) -> str | None:
        """Return the attribute that is the partition key of a table."""

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource that exists."""

    def function_of_mapping(self, uuid: str) -> str | None:
        """Return the ARN of the function that an event source mapping is for."""


class NothingKnown:
    """An account in which nothing has been made yet."""

    def iam_arn(self, kind: str, name: str) -> str | None:  # noqa: ARG002
        return None

    def boundary(self, arn: str) -> str | None:  # noqa: ARG002
        return None

    def partition_key(self, table: str, region: str) -> str | None:  # noqa: ARG002
        return None

    def tags(self, arn: str) -> Mapping[str, str]:  # noqa: ARG002
        return {}

    def function_of_mapping(self, uuid: str) -> str | None:  # noqa: ARG002
        return None


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
    known: Known = field(default_factory=NothingKnown)

    def text(self, name: str) -> str:
        """Return a parameter that is a text; empty if it is absent, or anything else."""
        value = self.parameters.get(name)
        return value if isinstance(value, str) else ""

    def arn(self, resource: str, *, service: str | None = None, region: str | None = None) -> str:
        """Return the ARN of a resource of this account."""
        place = self.region if region is None else region
        return f"arn:aws:{service or self.prefix}:{place}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Use:
    """An action that a call makes use of, and what the call says of its resource."""

    action: str
    names: Mapping[str, str] = field(default_factory=dict)
    """Values of the variables in the forms of ARNs (``${BucketName}``); an empty one is not known."""
    arns: tuple[str, ...] = ()
    """Resources that are named in full; those of a kind that the action is not about count for nothing."""
    resource: str = ""
    """The resource outright, where AWS judges by another than its reference says."""
    conditions: Mapping[str, ContextValue] = field(default_factory=dict)
    """Condition keys that belong to this use alone."""
    serves_for_roles: str = ""
    """Another action that is as good when a role session asks."""


@dataclass(frozen=True, slots=True)
class Need:
    """An action on a resource, with what conditions may ask about."""

    action: str
    resource: str = field(default="*")
    serves_for_roles: str = ""
    conditions: Mapping[str, ContextValue] = field(default_factory=dict, compare=False)
    is_mapped: bool = True
    """Whether it is known which action the operation needs; if not, this is the operation's own name."""
