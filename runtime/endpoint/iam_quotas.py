"""How much of it IAM takes: the sizes of policies, and how many a user, role or group may have.

The quotas are AWS's own where nobody has asked for more ("IAM and AWS STS quotas" in the IAM User Guide), and so are
the words. White space does not count. Inline policies count together, but for the one that is written anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.errors import ServiceError

INLINE = {"PutUserPolicy": ("user", 2048), "PutRolePolicy": ("role", 10240), "PutGroupPolicy": ("group", 5120)}
MANAGED = frozenset({"CreatePolicy", "CreatePolicyVersion"})
TRUSTING = {"CreateRole": "AssumeRolePolicyDocument", "UpdateAssumeRolePolicy": "PolicyDocument"}
ATTACHING = {"AttachUserPolicy": "User", "AttachRolePolicy": "Role", "AttachGroupPolicy": "Group"}
LARGEST_MANAGED, LARGEST_TRUST, MOST_ATTACHED, MOST_GROUPS = 6144, 2048, 10, 10


def require_room(operation: str, members: Mapping[str, Any], iam: Any) -> None:
    """Let a call pass that stays within the quotas; raise ``ServiceError`` LimitExceeded for any other."""
    if operation in INLINE:
        _require_room_for_inline(operation, members, iam)
    elif operation in MANAGED and _size(members["PolicyDocument"]) > LARGEST_MANAGED:
        raise _exceeded(f"Cannot exceed quota for PolicySize: {LARGEST_MANAGED}")
    elif operation in TRUSTING and _size(members[TRUSTING[operation]]) > LARGEST_TRUST:
        raise _exceeded(f"Cannot exceed quota for ACLSizePerRole: {LARGEST_TRUST}")
    elif operation in ATTACHING:
        kind = ATTACHING[operation]
        holder = _holder(iam, kind.lower(), members[f"{kind}Name"])
        attached = {policy.arn for policy in list(holder.managed_policies.values())} if holder else set()
        if len(attached | {members["PolicyArn"]}) > max(MOST_ATTACHED, len(attached)):
            raise _exceeded(f"Cannot exceed quota for PoliciesPer{kind}: {MOST_ATTACHED}")
    elif operation == "AddUserToGroup":
        _require_room_for_group(members, iam)


def _require_room_for_inline(operation: str, members: Mapping[str, Any], iam: Any) -> None:
    kind, largest = INLINE[operation]
    name = members[f"{kind.capitalize()}Name"]
    holder = _holder(iam, kind, name)
    kept = {**holder.policies, members["PolicyName"]: members["PolicyDocument"]} if holder else {}
    if sum(_size(document) for document in kept.values()) > largest:
        raise _exceeded(f"Maximum policy size of {largest} bytes exceeded for {kind} {name}")


def _require_room_for_group(members: Mapping[str, Any], iam: Any) -> None:
    user = iam.users.get(members["UserName"])
    groups = {group.name for group in list(iam.groups.values()) if user in group.users} if user else set()
    if len(groups | {members["GroupName"]}) > max(MOST_GROUPS, len(groups)):
        raise _exceeded(f"Cannot exceed quota for GroupsPerUser: {MOST_GROUPS}")


def _holder(iam: Any, kind: str, name: str) -> Any:
    """Return a user, role or group; ``None`` if there is none, which the store will say."""
    if kind == "role":
        return next((role for role in list(iam.roles.values()) if role.name == name), None)
    return (iam.users if kind == "user" else iam.groups).get(name)


def _size(document: str) -> int:
    return len("".join(document.split()))


def _exceeded(words: str) -> ServiceError:
    return ServiceError("LimitExceeded", words, 409)
