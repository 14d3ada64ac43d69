"""IAM: the parameter that names whom or what an operation is about gives the resource."""

from __future__ import annotations

from runtime.endpoint.needs.asked import Asked, Need

KINDS = {
    "InstanceProfileName": "instance-profile",
    "GroupName": "group",
    "RoleName": "role",
    "UserName": "user",
    "PolicyName": "policy",
}
"""In the order in which they decide: AddUserToGroup is about the group, PutRolePolicy about the role."""

LISTS = {
    "ListRoles": "role/",
    "ListUsers": "user/",
    "ListGroups": "group/",
    "ListInstanceProfiles": "instance-profile/",
}
ABOUT_ONESELF = frozenset({"GetUser", "ListAccessKeys", "CreateAccessKey", "DeleteAccessKey", "UpdateAccessKey"})
"""Without a user name these are about the user who asks."""


def needs(asked: Asked) -> list[Need]:
    """Return what a call to IAM needs."""
    return [Need(f"iam:{asked.operation}", _resource(asked))]


def _resource(asked: Asked) -> str:
    for parameter, kind in KINDS.items():
        name = asked.text(parameter)
        if name and not (parameter == "PolicyName" and asked.text("PolicyArn")):
            path = asked.text("Path") if asked.operation.startswith("Create") else ""
            return _arn(asked, f"{kind}{path or '/'}{name}")
    if asked.text("PolicyArn"):
        return asked.text("PolicyArn")
    if asked.operation in LISTS:
        return _arn(asked, LISTS[asked.operation])
    if asked.operation in ABOUT_ONESELF and asked.caller_name:
        return _arn(asked, f"user/{asked.caller_name}")
    return "*"


def _arn(asked: Asked, resource: str) -> str:
    return asked.arn(resource, region="")
