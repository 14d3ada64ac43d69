"""Who can act in an account: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from runtime.identity.session_tags import NO_TAGS, SessionTags


class PrincipalKind(Enum):
    """The kinds of principal that an account knows."""

    ROOT = "root"
    USER = "user"
    ROLE_SESSION = "role session"
    FEDERATED_USER = "federated user"
    """Somebody to whom a user gave a part of his rights for a while (GetFederationToken)."""
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
    user: str = ""
    """ARN of the user (or root) who gave a federated user his rights."""
    given_by: str = ""
    """His unique id."""
    session_policies: tuple[tuple[str, Mapping[str, Any]], ...] = field(default=(), compare=False)
    """The policies that were passed when the role was assumed, as (name, document); a session has no more than they
    allow."""
    source_arn: str = ""
    """For a service: on behalf of which resource it acts (a bucket), which conditions know as ``aws:SourceArn``."""
    since: datetime | None = field(default=None, compare=False)
    """When these credentials were handed out, if they are temporary."""
    tags: SessionTags = field(default=NO_TAGS, compare=False)
    """The tags of the session, not those of the role or user."""

    @property
    def carrier(self) -> str:
        """The ARN of the role or user whose policies and tags count."""
        return self.role or self.user or self.arn

    @property
    def carrier_identifier(self) -> str:
        """The unique id of the carrier, as it was when the credentials were handed out."""
        return self.given_by or self.identifier.partition(":")[0]


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
