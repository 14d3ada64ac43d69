"""IAM: the parameters that name users, roles and so on give the resources; of which kind one is about, its action says.

A name alone does not tell the path, which is part of the ARN (``role/admin/root``): it is looked up.
"""

from __future__ import annotations

from runtime.endpoint.needs.asked import Asked, Use
from runtime.endpoint.needs.named import arns_in
from runtime.endpoint.needs.passed_roles import passing
from runtime.policy.values import ContextValue

KINDS = {
    "InstanceProfileName": "instance-profile",
    "GroupName": "group",
    "RoleName": "role",
    "UserName": "user",
    "PolicyName": "policy",
}
NAMES = {
    "OidcProviderName": "Url",
    "SamlProviderName": "Name",
    "CertificateNameWithPath": "ServerCertificateName",
    "MfaTokenIdWithPath": "VirtualMFADeviceName",
}
"""Variables of ARNs whose path is not looked up."""
LISTS = {
    "ListRoles": "role/",
    "ListUsers": "user/",
    "ListGroups": "group/",
    "ListInstanceProfiles": "instance-profile/",
}
"""AWS's reference ties these to no resource, but its refusals name one, so policies for it are met."""
OF_EC2 = "ec2.amazonaws.com"


def uses(asked: Asked) -> list[Use]:
    """Return what a call to IAM uses."""
    action = f"iam:{asked.operation}"
    if asked.operation in LISTS:
        return [Use(action, resource=asked.arn(LISTS[asked.operation], region=""))]
    own = {} if asked.text("UserName") else {"UserName": asked.caller_name}
    named = {parameter: asked.text(parameter) or own.get(parameter, "") for parameter in KINDS}
    arns = tuple(_arn(asked, KINDS[parameter], name) for parameter, name in named.items() if name)
    names = {variable: asked.text(parameter) for variable, parameter in NAMES.items()}
    used = [Use(action, names, (*arns, *arns_in(asked)), conditions=_conditions(asked, arns))]
    if asked.operation == "AddRoleToInstanceProfile":
        used += passing(_arn(asked, "role", asked.text("RoleName")), OF_EC2)
    return used


def _arn(asked: Asked, kind: str, name: str) -> str:
    is_new = asked.operation.startswith("Create")
    existing = None if is_new else asked.known.iam_arn(kind, name)
    path = (asked.text("Path") if is_new else "") or "/"
    return existing or asked.arn(f"{kind}{path}{name}", region="")


def _conditions(asked: Asked, arns: tuple[str, ...]) -> dict[str, ContextValue]:
    """Return which policy is attached or detached, and by which one the user or role is or will be bounded."""
    boundary = asked.text("PermissionsBoundary") or next(filter(None, map(asked.known.boundary, arns)), None)
    said = {"iam:PolicyARN": asked.text("PolicyArn"), "iam:PermissionsBoundary": boundary}
    return {key: value for key, value in said.items() if value}
