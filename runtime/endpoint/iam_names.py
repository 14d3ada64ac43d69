"""What IAM lets a user, role, group or policy be called, and the path that it lies in be.

The store takes any text. But a name is the end of an ARN: a user ``team/alice`` would be to every policy who the user
``alice`` in the path ``/team/`` is. Lengths and patterns are those of botocore's model, and letters are those of ASCII;
the sentences are AWS's. Asked of a name when it is given, not when it is used, so that nothing becomes unreachable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runtime.endpoint.model import Operation
from runtime.errors import ServiceError
from runtime.services.constraints import Constraints

GIVING = {
    "CreateGroup": ("GroupName", "Path"),
    "CreateInstanceProfile": ("InstanceProfileName", "Path"),
    "CreatePolicy": ("PolicyName", "Path"),
    "CreateRole": ("RoleName", "Path"),
    "CreateUser": ("UserName", "Path"),
    "PutGroupPolicy": ("PolicyName",),
    "PutRolePolicy": ("PolicyName",),
    "PutUserPolicy": ("PolicyName",),
    "UpdateGroup": ("NewGroupName", "NewPath"),
    "UpdateUser": ("NewUserName", "NewPath"),
}
"""The operations that give a name, and the members that are one or a path."""
OF_A_NAME = "It must contain only alphanumeric characters and/or the following: +=,.@_-"
OF_A_PATH = "It must begin and end with / and contain only alphanumeric characters and/or / characters."


def require_names(operation: Operation, members: Mapping[str, Any]) -> None:
    """Let a call pass that gives a name that can be; raise ``ServiceError`` ValidationError for any other."""
    given = [name for name in GIVING.get(operation.name, ()) if name in members]
    rules = {name: operation.input_shape.members[name].metadata for name in given} if operation.input_shape else {}
    lengths = Constraints()
    for name, rule in rules.items():
        lengths.no_longer_than(_written(name), members[name], rule["max"])
        lengths.no_shorter_than(_written(name), members[name], rule["min"])
    lengths.refuse("ValidationError")
    for name, rule in rules.items():
        if not re.fullmatch(rule["pattern"], members[name], re.ASCII):
            form = OF_A_PATH if name.endswith("Path") else OF_A_NAME
            raise ServiceError("ValidationError", f"The specified value for {_written(name)} is invalid. {form}", 400)


def _written(name: str) -> str:
    return f"{name[0].lower()}{name[1:]}"
