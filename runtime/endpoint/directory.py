"""The documents of IAM, of buckets and of queues, read where moto keeps them.

Asked for at every call, so a change acts at once; a text that was read before is not read again (``policy.read``).
Calls to moto run on other threads meanwhile, so everything that is walked through is copied first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from runtime.arn import Arn, role_name
from runtime.endpoint.store import Store
from runtime.identity.principal import Credentials, Identity, Principal, PrincipalKind
from runtime.identity.seams import USUAL_SESSION_SECONDS, Holder, PolicyDocument
from runtime.identity.sessions import invalid_token
from runtime.policy import read

BUCKET_ARN, QUEUE_ARN, TOPIC_ARN = "arn:aws:s3:::", "arn:aws:sqs:", "arn:aws:sns:"
LAMBDA_ARN, IAM_ARN = "arn:aws:lambda:", "arn:aws:iam:"


class OwnFacts(Protocol):
    """What is known of resources that moto does not keep: Lambda's, or in a test of the wire nobody's."""

    def policy(self, resource_arn: str) -> tuple[str, PolicyDocument] | None:
        """Return the policy on a resource itself, as (name, document)."""

    def tags(self, resource_arn: str) -> Mapping[str, str]:
        """Return the tags of a resource."""

    def function_of_mapping(self, uuid: str) -> str | None:
        """Return the ARN of the function that an event source mapping is for."""

    def principal_deleted(self, arn: str, identifier: str) -> None:
        """Let policies that named a user or role name its unique id."""


class NothingOfOurs:
    """An account without Lambda."""

    def policy(self, resource_arn: str) -> tuple[str, PolicyDocument] | None:  # noqa: ARG002
        return None

    def tags(self, resource_arn: str) -> Mapping[str, str]:  # noqa: ARG002
        return {}

    def function_of_mapping(self, uuid: str) -> str | None:  # noqa: ARG002
        return None

    def principal_deleted(self, arn: str, identifier: str) -> None:
        pass


UNIQUE_ID = re.compile("AIDA|AROA")
NOTHING_OF_OURS = NothingOfOurs()


class MotoDirectory:
    """Implements :class:`~runtime.identity.seams.Directory` on moto's IAM and S3, and on Lambda's own policies.

    It also knows what the judge has to look up (:class:`~runtime.endpoint.needs.asked.Known`).
    """

    def __init__(self, store: Store, account: str, own: OwnFacts = NOTHING_OF_OURS) -> None:
        self._store = store
        self._account = account
        self._own = own

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
        return read(role.assume_role_policy_document) if role else None

    def holder(self, arn: str) -> Holder | None:
        """Return what is known of a user or role beside its policies."""
        kept = self._carrier(arn)
        if kept is None:
            return None
        seconds = int(getattr(kept, "max_session_duration", None) or USUAL_SESSION_SECONDS)
        return Holder(str(kept.id), _tags(kept.tags), seconds)

    def identity_policies(self, arn: str) -> Sequence[tuple[str, PolicyDocument]]:
        """Return the policies of a user (also by the groups that the user is in) or a role."""
        carrier = self._carrier(arn)
        if carrier is None:
            return []
        is_user = ":user/" in arn
        groups = [group for group in list(self._store.iam.groups.values()) if is_user and carrier in group.users]
        return [policy for holder in (carrier, *groups) for policy in _policies(holder)]

    def permissions_boundary(self, arn: str) -> tuple[str, PolicyDocument] | None:
        """Return the policy that bounds a user or role; an empty one if it is gone."""
        policy_arn = self.boundary(arn)
        return (self.managed_policy(policy_arn) or (policy_arn, {})) if policy_arn else None

    def boundary(self, arn: str) -> str | None:
        """Return the ARN of the policy that bounds a user or role."""
        boundary = getattr(self._carrier(arn), "permissions_boundary", None)
        return str(boundary["PermissionsBoundaryArn"]) if boundary else None

    def managed_policy(self, policy_arn: str) -> tuple[str, PolicyDocument] | None:
        """Return a managed policy in its default version."""
        policy = self._store.iam.managed_policies.get(policy_arn)
        return _default_version(policy) if policy else None

    def resource_policy(self, resource_arn: str) -> tuple[str, PolicyDocument] | None:
        """Return the policy of a bucket, a queue, a topic, a function or a layer version.

        Versions and aliases of a function have policies of their own.
        """
        if resource_arn.startswith(BUCKET_ARN):
            name = resource_arn.removeprefix(BUCKET_ARN).partition("/")[0]
            text, kind = self._store.bucket_policy(name), "bucket"
        elif resource_arn.startswith(QUEUE_ARN):
            queue = Arn.parse(resource_arn)
            name = queue.resource
            text, kind = self._store.queue_policy(name, queue.region), "queue"
        elif resource_arn.startswith(TOPIC_ARN):
            topic = Arn.parse(resource_arn)
            name = topic.resource
            text, kind = self._store.topic_policy(resource_arn, topic.region), "topic"
        else:
            return self._own.policy(resource_arn)
        return (f"policy of {kind} {name}", read(text)) if text else None

    def iam_arn(self, kind: str, name: str) -> str | None:
        """Return the ARN of what exists under a name, with its path."""
        iam = self._store.iam
        kept: dict[str, Any] = {
            "role": iam.roles,
            "user": iam.users,
            "group": iam.groups,
            "instance-profile": iam.instance_profiles,
        }
        found = [each for each in list(kept.get(kind, {}).values()) if each.name == name]
        return str(found[0].arn) if found else None

    def principal_exists(self, name: str) -> bool:
        """Tell whether a policy may name this principal; of other accounts everybody may be named."""
        if UNIQUE_ID.match(name):
            kept: list[Any] = [*list(self._store.iam.users.values()), *list(self._store.iam.roles.values())]
            return any(each.id == name for each in kept)
        is_own = name.startswith((f"{IAM_ARN}:{self._account}:user/", f"{IAM_ARN}:{self._account}:role/"))
        return not is_own or self._carrier(name) is not None

    def partition_key(self, table: str, region: str) -> str | None:
        """Return the attribute that is the partition key of a table."""
        return self._store.partition_key(table, region)

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource that exists."""
        if arn.startswith(LAMBDA_ARN):
            return self._own.tags(arn)
        kept = self._carrier(arn) if arn.startswith(IAM_ARN) else None
        return _tags(kept.tags) if kept is not None else self._store.tags(arn)

    def function_of_mapping(self, uuid: str) -> str | None:
        """Return the ARN of the function that an event source mapping is for."""
        return self._own.function_of_mapping(uuid)

    def principal_deleted(self, arn: str, identifier: str) -> None:
        """Let policies that the store does not keep forget the name of a user or role that is gone."""
        self._own.principal_deleted(arn, identifier)

    def _carrier(self, arn: str) -> Any:
        """Return the user or role that an ARN names, as moto keeps it; ``None`` if there is none."""
        if ":role/" in arn:
            return self._role(arn)
        user = self._user_named(arn.rsplit("/", 1)[-1])
        return user if user is not None and user.arn == arn else None

    def _role(self, arn: str) -> Any:
        roles = [role for role in list(self._store.iam.roles.values()) if role.name == role_name(arn)]
        return next((role for role in roles if role.arn == arn), None)

    def _user_named(self, name: str | None) -> Any:
        return self._store.iam.users.get(name) if name else None


def _tags(kept: Any) -> dict[str, str]:
    """Return tags by their names; moto keeps them in lists, under their names, or not at all."""
    pairs = list(kept.values()) if isinstance(kept, dict) else list(kept or [])
    return {tag["Key"]: tag["Value"] for tag in pairs}


def _policies(holder: Any) -> Iterator[tuple[str, PolicyDocument]]:
    for name, text in list(holder.policies.items()):
        yield name, read(text)
    for policy in list(holder.managed_policies.values()):
        default = _default_version(policy)
        if default is not None:
            yield default


def _default_version(policy: Any) -> tuple[str, PolicyDocument] | None:
    default = next((version for version in list(policy.versions) if version.is_default), None)
    return None if default is None else (policy.name, read(default.document))
