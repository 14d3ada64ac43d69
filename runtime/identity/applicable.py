"""Which policies apply to a request: the principal's own, those of the resource, and a role's trust policy; and tags.

A user's include those of his groups (the directory knows them). A permissions boundary and the policies of a session
are there only if the principal has them; a boundary whose policy is gone allows nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.arn import Arn, root_arn
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.seams import Directory
from runtime.policy import Policy, PolicyKind

CARRIERS = (PrincipalKind.USER, PrincipalKind.ROLE_SESSION, PrincipalKind.FEDERATED_USER)
EVERYTHING: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
BUCKET_ARN = "arn:aws:s3:::"


@dataclass(frozen=True, slots=True)
class ApplicablePolicies:
    """Finds policies in the directory."""

    directory: Directory

    def of(self, principal: Principal) -> Iterator[Policy]:
        """Give the policies that a principal carries; only users and role sessions carry any."""
        if principal.kind not in CARRIERS:
            return
        carrier = principal.carrier
        if carrier == root_arn(principal.account):  # who gave a federated user everything that he will share
            yield Policy("what the root user may", EVERYTHING)
        for name, document in self.directory.identity_policies(carrier):
            yield Policy(name, document)
        boundary = self.directory.permissions_boundary(carrier)
        if boundary is not None:
            yield Policy(*boundary, PolicyKind.BOUNDARY)
        for name, document in principal.session_policies:
            yield Policy(name, document, PolicyKind.SESSION)

    def tags_of(self, principal: Principal) -> Mapping[str, str]:
        """Return the tags of a principal: those of its session, before those of its user or role."""
        holder = self.directory.holder(principal.carrier) if principal.kind in CARRIERS else None
        return {**(holder.tags if holder else {}), **principal.tags.values}

    def on(self, resource: str) -> Iterator[Policy]:
        """Give the policy that a resource has itself."""
        found = self.directory.resource_policy(_bearer(resource)) if resource != "*" else None
        if found is not None:
            yield Policy(*found, PolicyKind.RESOURCE)

    def trust_of(self, role_arn: str) -> Policy:
        """Return who may assume a role; a role that does not exist trusts nobody."""
        return Policy("trust policy", self.directory.trust_policy(role_arn) or {}, PolicyKind.TRUST)


def owner(resource: str, account: str) -> str:
    """Return the account that owns a resource; a bucket's ARN does not say it, and this account has no others."""
    try:
        return Arn.parse(resource).account or account
    except ValueError:
        return account


def _bearer(resource: str) -> str:
    """Return the resource whose policy is about this one: an object's is its bucket's."""
    return resource.partition("/")[0] if resource.startswith(BUCKET_ARN) else resource
