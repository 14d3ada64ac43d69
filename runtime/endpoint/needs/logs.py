"""CloudWatch Logs: everything is about a log group, and a log stream in it.

AWS's own refusals name the stream even where there is none (``...:log-group:/aws/lambda/hello:log-stream:``), so that a
policy for ``...:log-group:/aws/lambda/hello:*`` covers the group and its streams; what is judged here has that form.
"""

from __future__ import annotations

from runtime.endpoint.needs.asked import Asked, Need

ABOUT_GROUPS = frozenset({"DescribeLogGroups"})


def needs(asked: Asked) -> list[Need]:
    """Return what a call to CloudWatch Logs needs; a call that names two groups needs both."""
    stream = asked.text("logStreamName")
    named = [asked.text(name) for name in ("logGroupName", "logGroupIdentifier", "resourceArn")]
    groups = [name for name in named if name] or ([""] if asked.operation in ABOUT_GROUPS else [])
    action = f"logs:{asked.operation}"
    return [Need(action, _resource(asked, group, stream)) for group in groups] or [Need(action)]


def _resource(asked: Asked, group: str, stream: str) -> str:
    return group if group.startswith("arn:") else asked.arn(f"log-group:{group}:log-stream:{stream}")
