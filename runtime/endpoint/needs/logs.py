"""CloudWatch Logs: nearly everything is about a log group, and a log stream in it.

AWS's own refusals name the stream even where there is none (``...:log-group:/aws/lambda/hello:log-stream:``), so that a
policy for ``...:log-group:/aws/lambda/hello:*`` covers the group and its streams; what is judged here has that form.
"""

from __future__ import annotations

from runtime.endpoint.needs.asked import Asked, Use
from runtime.endpoint.needs.named import arns_in
from runtime.endpoint.needs.passed_roles import passing

ABOUT_GROUPS = frozenset({"DescribeLogGroups"})
"""AWS's reference ties it to no resource, but its refusals name all groups."""
NAMES = {
    "DeliveryDestinationName": "name",
    "DeliverySourceName": "name",
    "DeliveryName": "id",
    "DestinationName": "destinationName",
}
NAMING_A_GROUP = ("logGroupName", "logGroupIdentifier", "resourceArn")
NAMING_SEVERAL = ("logGroupNames", "logGroupIdentifiers", "logGroupArnList")
SERVICE = "logs.amazonaws.com"


def uses(asked: Asked) -> list[Use]:
    """Return what a call to CloudWatch Logs uses; a call that names two groups needs both."""
    action = f"logs:{asked.operation}"
    if asked.operation in ABOUT_GROUPS:
        return [Use(action, resource=_resource(asked, "", ""))]
    stream = asked.text("logStreamName")
    groups = [_resource(asked, group, stream) for group in _groups(asked)]
    others = tuple(arn for arn in arns_in(asked) if ":log-group:" not in arn)
    names = {variable: asked.text(parameter) for variable, parameter in NAMES.items()}
    return [Use(action, names, (*groups, *others)), *passing(asked.text("roleArn"), SERVICE)]


def _groups(asked: Asked) -> list[str]:
    several = [asked.parameters.get(name) for name in NAMING_SEVERAL]
    listed = [group for each in several if isinstance(each, list) for group in each]
    named = [asked.text(name) for name in NAMING_A_GROUP]
    groups = [group for group in (*named, *listed) if isinstance(group, str) and group]
    return [group for group in groups if not group.startswith("arn:") or ":log-group:" in group]


def _resource(asked: Asked, group: str, stream: str) -> str:
    named = group.removesuffix(":*") if group.startswith("arn:") else asked.arn(f"log-group:{group}")
    return f"{named}:log-stream:{stream}"
