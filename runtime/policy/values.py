"""What is judged, by what, and how it came out: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

ContextValue = str | bool | int | Sequence[str]


class PolicyKind(Enum):
    """What a policy is attached to, in the words of AWS's messages."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"

    @property
    def names_principals(self) -> bool:
        """Tell whether its statements say whom they are about; the others are about whoever carries them."""
        return self in (PolicyKind.RESOURCE, PolicyKind.TRUST)


class Verdict(Enum):
    """The three ways a judgement can come out."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"


@dataclass(frozen=True, slots=True)
class Policy:
    """A document with a name and a place."""

    name: str
    document: Mapping[str, Any]
    kind: PolicyKind = PolicyKind.IDENTITY


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what with which resource, and under which circumstances."""

    principal: str
    """ARN of a user, a role session or the root user; for a service its name (``s3.amazonaws.com``)."""
    account: str
    """The principal's."""
    action: str
    resource: str
    """An ARN, or ``*`` for an action that is about no resource."""
    role: str = ""
    """ARN of the role, for a role session."""
    identifier: str = ""
    """The unique id of the user or role (AIDA..., AROA...), which a policy may name instead."""
    context: Mapping[str, ContextValue] = field(default_factory=dict)
    """Condition keys (their case does not matter) and their values."""
    resource_account: str = ""
    """The account that owns the resource, where it is not the principal's own."""
    is_anonymous: bool = False
    """Whether nobody in particular asks, as in an unsigned request to S3."""

    @property
    def is_service(self) -> bool:
        """Tell whether an AWS service asks in its own name."""
        return not self.principal.startswith("arn:")

    @property
    def is_from_elsewhere(self) -> bool:
        """Tell whether the resource belongs to another account than the one that asks."""
        return self.resource_account not in ("", self.account) and not (self.is_service or self.is_anonymous)


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of a judgement, with its evidence."""

    verdict: Verdict
    request: Request
    kind: PolicyKind | None = None
    """The kind of policy that decided; for an implicit deny the kind that should have allowed and did not."""
    policy: str | None = None
    """Name of the policy that decided; ``None`` if none did."""
    statement: Mapping[str, Any] | None = None
    position: int | None = None
    """Where the statement stands in its policy, from 1."""
    remark: str = ""
    """Why no policy was needed, or why none could have helped, where no policy decided."""

    @property
    def is_allowed(self) -> bool:
        """Tell whether the request may go ahead."""
        return self.verdict is Verdict.ALLOW
