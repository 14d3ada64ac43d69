"""What a bucket notifies: which events of which keys go where. Rules only: nothing is called or kept here.

A notification is kept as today's API writes it, with one member more: a function's configuration with an
``InvocationRole`` is one of the preview.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import unquote

EVENT_BRIDGE = "EventBridgeConfiguration"
"""Where this stands in a notification, every change goes to the default event bus, which chooses itself."""


class Target(Enum):
    """Where a notification can go: the list in the document, its member with the ARN, and the service."""

    FUNCTION = ("LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda")
    QUEUE = ("QueueConfigurations", "QueueArn", "sqs")
    TOPIC = ("TopicConfigurations", "TopicArn", "sns")

    @property
    def list_name(self) -> str:
        return self.value[0]

    @property
    def arn_name(self) -> str:
        return self.value[1]

    @property
    def service(self) -> str:
        return self.value[2]


@dataclass(frozen=True, slots=True)
class Rule:
    """One configuration of a notification."""

    id: str
    target: Target
    arn: str
    events: tuple[str, ...]
    prefix: str = ""
    suffix: str = ""
    role: str = ""
    """The invocation role of the preview; empty today."""

    def concerns(self, event_name: str, key: str) -> bool:
        """Tell whether ``ObjectCreated:Put`` of a key is to be notified."""
        # In filters S3 has special characters written as in an URL.
        has_key = key.startswith(unquote(self.prefix)) and key.endswith(unquote(self.suffix))
        return has_key and names_event(self.events, event_name)

    @property
    def is_filtered(self) -> bool:
        return bool(self.prefix or self.suffix)

    def event_shared_with(self, other: Rule) -> tuple[str, str] | None:
        """Return an event of each that can be the same one of the same key; ``None`` if there is no such event."""
        if not (_overlap(self.prefix, other.prefix) and _overlap(self.suffix[::-1], other.suffix[::-1])):
            return None
        pairs = ((mine, theirs) for mine in self.events for theirs in other.events)
        return next(((mine, theirs) for mine, theirs in pairs if _share(mine, theirs)), None)


def rules(notification: Mapping[str, Any]) -> Iterator[Rule]:
    """Give the rules of a notification that was checked."""
    for target in Target:
        for written in notification.get(target.list_name, ()):
            filters = {rule["Name"].lower(): rule["Value"] for rule in filter_rules(written)}
            yield Rule(
                id=written["Id"],
                target=target,
                arn=written[target.arn_name],
                events=tuple(written["Events"]),
                prefix=filters.get("prefix", ""),
                suffix=filters.get("suffix", ""),
                role=written.get("InvocationRole", ""),
            )


def filter_rules(written: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Return the filter rules of a configuration."""
    found: list[Mapping[str, str]] = ((written.get("Filter") or {}).get("Key") or {}).get("FilterRules") or []
    return found


def names_event(patterns: Iterable[str], event_name: str) -> bool:
    """Tell whether ``ObjectCreated:Put`` is among ``s3:ObjectCreated:Put``, ``s3:ObjectCreated:*``, ..."""
    return any(_share(pattern, f"s3:{event_name}") for pattern in patterns)


def _share(one: str, other: str) -> bool:
    family = one.removesuffix("*"), other.removesuffix("*")
    if one == other:
        return True
    return (one.endswith("*") and other.startswith(family[0])) or (other.endswith("*") and one.startswith(family[1]))


def _overlap(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
