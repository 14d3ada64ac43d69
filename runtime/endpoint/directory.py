"""The documents of IAM and of buckets, read where moto keeps them.

Read at every call, so a change acts at once. Calls to moto run on other threads meanwhile, so everything that is walked
through is copied first.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runtime.arn import role_name
from runtime.endpoint.store import Store
from runtime.identity.principal import Credentials, Identity, Principal, PrincipalKind
from runtime.identity.seams import PolicyDocument
from runtime.identity.sessions import invalid_token

BUCKET_ARN = "arn:aws:s3:::"


class MotoDirectory:
    """Implements :class:`~runtime.identity.seams.Directory` on moto's IAM and S3."""

    def __init__(self, store: Store, account: str) -> None:
        self._store = store
        self._account = account

    def user(self, access_key_id: str) -> Identity | None:
        """Return the IAM user that owns an access key; an inactive key is refused like one that never was."""
        key = self._store.iam.access_keys.get(access_key_id)
        user = self._user_named(key.user_name) if key else None
        if key is None or user is None:
            return None
        if key.status != "Active":
            raise invalid_token()
        principal = Principal(PrincipalKind.USER, user.arn, self._account, user.id)
        return Identity(principal, Credentials(key.access_key_id, key.secret_access_key))

    def trust_policy(self, role_arn: str) -> PolicyDocument | None:
        """Return who may assume a role; ``None`` if there is no such role."""
        role = self._role(role_arn)
        return _document(role.assume_role_policy_document) if role else None

    def role_identifier(self, role_arn: str) -> str | None:
        """Return the unique id of a role."""
        role = self._role(role_arn)
        return str(role.id) if role else None

    def identity_policies(self, arn: str) -> Sequence[tuple[str, PolicyDocument]]:
        """Return the policies of a user (also by the groups that the user is in) or a role."""
        if ":role/" in arn:
            role = self._role(arn)
            return list(_policies(role)) if role else []
        user = self._user_named(arn.rsplit("/", 1)[-1])
        if user is None or user.arn != arn:
            return []
        groups = [group for group in list(self._store.iam.groups.values()) if user in group.users]
        return [policy for holder in (user, *groups) for policy in _policies(holder)]

    def resource_policy(self, resource_arn: str) -> tuple[str, PolicyDocument] | None:
        """Return the policy of a bucket."""
        if not resource_arn.startswith(BUCKET_ARN):
            return None
        bucket = resource_arn.removeprefix(BUCKET_ARN).partition("/")[0]
        text = self._store.bucket_policy(bucket)
        return (f"policy of bucket {bucket}", _document(text)) if text else None

    def _role(self, arn: str) -> Any:
        roles = [role for role in list(self._store.iam.roles.values()) if role.name == role_name(arn)]
        return next((role for role in roles if role.arn == arn), None)

    def _user_named(self, name: str | None) -> Any:
        return self._store.iam.users.get(name) if name else None


def _policies(holder: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, text in list(holder.policies.items()):
        yield name, _document(text)
    for policy in list(holder.managed_policies.values()):
        default = next((version for version in list(policy.versions) if version.is_default), None)
        if default is not None:
            yield policy.name, _document(default.document)


def _document(text: str) -> Mapping[str, Any]:
    document = json.loads(text)
    return document if isinstance(document, dict) else {}
