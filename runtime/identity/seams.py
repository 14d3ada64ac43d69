"""The two seams that identity needs and that the endpoint fills: where IAM documents are kept, how a call is made.

They are protocols because there are two implementations of each: moto's store and the endpoint itself in the
platform, and small fakes in the unit tests.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from runtime.identity.principal import Credentials, Identity

USUAL_SESSION_SECONDS = 3600
PolicyDocument = Mapping[str, Any]
"""A policy as JSON gives it."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A user or role, beside its policies."""

    identifier: str
    """The unique id (AROA..., AIDA...); made anew under the same name it has another one."""
    tags: Mapping[str, str] = field(default_factory=dict)
    longest_session_seconds: int = USUAL_SESSION_SECONDS
    """Of a role: what it was made with as MaxSessionDuration."""


class Directory(Protocol):
    """The documents of IAM, and the policies on resources, wherever they are stored.

    Absent things are ``None`` or empty.
    """

    def user(self, access_key_id: str) -> Identity | None:
        """Return the IAM user that owns an access key."""

    def trust_policy(self, role_arn: str) -> PolicyDocument | None:
        """Return who may assume a role; ``None`` if there is no such role."""

    def holder(self, arn: str) -> Holder | None:
        """Return what is known of a user or role beside its policies; ``None`` if there is none of that ARN."""

    def identity_policies(self, arn: str) -> Sequence[tuple[str, PolicyDocument]]:
        """Return every policy attached to a user's or role's ARN, as (name of the policy, document)."""

    def permissions_boundary(self, arn: str) -> tuple[str, PolicyDocument] | None:
        """Return the policy that bounds a user or role, as (name, document); an empty one if the policy is gone."""

    def managed_policy(self, policy_arn: str) -> tuple[str, PolicyDocument] | None:
        """Return a managed policy in its default version, as (name, document)."""

    def resource_policy(self, resource_arn: str) -> tuple[str, PolicyDocument] | None:
        """Return the policy on a resource itself, as (name, document); for an object its bucket is asked for."""


class Caller(Protocol):
    """Makes a signed call to this platform's own endpoint, so that the platform's parts are judged like anybody."""

    async def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        api_version: str | None = None,
    ) -> Mapping[str, Any]:
        """Call an operation by botocore's names (``"logs"``, ``"PutLogEvents"``) and return its parsed output.

        Without an API version it is the newest that botocore knows.
        Raise :class:`~runtime.errors.ServiceError` with the code and words that the endpoint answered.
        """
