"""Who can act in an account: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


class PrincipalKind(Enum):
    """The kinds of principal that an account knows."""

    ROOT = "root"
    USER = "user"
    ROLE_SESSION = "role session"
    SERVICE = "service"
    ANONYMOUS = "anonymous"
    """Did not sign; nothing but a resource's own policy can allow it anything."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Someone or something that acts."""

    kind: PrincipalKind
    arn: str
    """Root, user and session ARNs; for a service its name (``s3.amazonaws.com``)."""
    account: str
    identifier: str
    """The unique id that GetCallerIdentity and S3's events show: account number, AIDA..., AROA...:session."""
    role: str = ""
    """ARN of the role, for a role session."""
    session_policies: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=(), compare=False)
    """The policies that were passed when the role was assumed, as (name, document); a session has no more than they
    allow."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key; with a token and an expiry it is a session's."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expiration: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """A principal together with the credentials that prove it."""

    principal: Principal
    credentials: Credentials
