"""The document in which a bucket's notification is written: what it may say, and S3's words for what it may not.

What is accepted is kept as it was written. The words for overlapping configurations and for Ids are those that users
report of AWS; a malformed ARN is named ``CloudFunction`` by AWS to this day.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from runtime.arn import Arn
from runtime.errors import ServiceError
from runtime.eventsources.notification import EVENT_BRIDGE, Rule, Target, filter_rules, rules

CREATED = (
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ReducedRedundancyLostObject",
)
"""What a bucket of the preview could notify; deleted objects came later. Objects are never lost here."""
REMOVED = ("s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated")
NOT_HERE = re.compile(
    r"s3:(ObjectRestore|Replication|LifecycleTransition|LifecycleExpiration|IntelligentTiering|ObjectAcl|ObjectTagging"
    r"|ObjectAnnotation|ObjectRetention)(:[A-Za-z]+|:\*)?"
)
NEVER_HAPPENS = "Lambda Lab never sends {}: a bucket notifies objects that are created or removed here."
NOT_SUPPORTED = "The event '{}' is not supported for notifications"
ROLE_PATTERN = r"arn:aws:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+"
RESOURCES = {
    Target.FUNCTION: r"function:[a-zA-Z0-9-_]{1,64}(:(\$LATEST|[a-zA-Z0-9-_]{1,128}))?",
    Target.QUEUE: r"[a-zA-Z0-9-_]{1,80}(\.fifo)?",
    Target.TOPIC: r"[a-zA-Z0-9-_]{1,256}(\.fifo)?",
}
ARGUMENTS = {Target.FUNCTION: "CloudFunction", Target.QUEUE: "Queue", Target.TOPIC: "Topic"}
MOST = 100
LONGEST_ID = 255
LONGEST_FILTER = 1024
"""No key is longer."""
OVERLAP = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
AMBIGUOUS = (
    "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are "
    "overlapping for the same event type."
)
SAME_ID = "Same ID used for multiple configurations. IDs must be unique."


def checked(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as it is kept; raise ``ServiceError`` for what it cannot say."""
    kept = {target.list_name: document[target.list_name] for target in Target if document.get(target.list_name)}
    if sum(len(written) for written in kept.values()) > MOST:
        raise ServiceError("InvalidArgument", f"A bucket can have {MOST} notification configurations at most.")
    for target in Target:
        if target.list_name in kept:
            kept[target.list_name] = [_checked(target, written) for written in kept[target.list_name]]
    _refuse_ambiguous(list(rules(kept)))
    return kept | ({EVENT_BRIDGE: {}} if EVENT_BRIDGE in document else {})


def function_reference(arn: str) -> tuple[str, str | None]:
    """Return the name and the qualifier of a function's ARN that was checked."""
    _, name, *qualifier = Arn.parse(arn).resource.split(":")
    return name, qualifier[0] if qualifier else None


def invalid(message: str, name: str, value: str, number: str = "") -> ServiceError:
    """Return S3's InvalidArgument, which names what is wrong."""
    fields = {f"ArgumentName{number}": name, f"ArgumentValue{number}": value}
    return ServiceError("InvalidArgument", message, 400, fields)


def _checked(target: Target, written: Mapping[str, Any]) -> dict[str, Any]:
    is_preview = "InvocationRole" in written
    events = written.get("Events") or []
    if not events or target.arn_name not in written:
        raise ServiceError("MalformedXML", f"A {ARGUMENTS[target]} configuration names no event or no destination.")
    for event in events:
        _require_event(event, CREATED if is_preview else CREATED + REMOVED)
    _require_arn(target, written[target.arn_name])
    if is_preview and not re.fullmatch(ROLE_PATTERN, written["InvocationRole"]):
        raise invalid("The ARN could not be parsed", "InvocationRole", written["InvocationRole"])
    _require_filter(filter_rules(written))
    # S3 makes an Id up if it is given none.
    identifier = written.get("Id") or str(uuid.uuid4())
    if len(identifier) > LONGEST_ID:
        raise invalid(f"An Id has {LONGEST_ID} characters at most.", "Id", identifier[:LONGEST_ID])
    return {**written, "Id": identifier, "Events": list(dict.fromkeys(events))}


def _require_event(event: str, known: Sequence[str]) -> None:
    if event in known:
        return
    if NOT_HERE.fullmatch(event):
        raise ServiceError("NotImplemented", NEVER_HAPPENS.format(event), 501)
    raise invalid(NOT_SUPPORTED.format(event), "Event", event)


def _require_arn(target: Target, arn: str) -> None:
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        parsed = None
    if parsed is None or parsed.service != target.service or not re.fullmatch(RESOURCES[target], parsed.resource):
        raise invalid("The ARN could not be parsed", ARGUMENTS[target], arn)
    if parsed.resource.endswith(".fifo"):
        raise invalid("A bucket cannot notify FIFO queues and topics", ARGUMENTS[target], arn)


def _require_filter(found: Sequence[Mapping[str, str]]) -> None:
    names = [rule.get("Name", "").lower() for rule in found]
    for rule, name in zip(found, names, strict=True):
        if name not in ("prefix", "suffix"):
            raise invalid("filter rule name must be either prefix or suffix", "FilterRule.Name", rule.get("Name", ""))
        if "Value" not in rule:
            raise ServiceError("MalformedXML", f"The filter rule {name} has no Value.")
        if len(rule["Value"].encode()) > LONGEST_FILTER:
            message = f"Size of filter rule value cannot exceed {LONGEST_FILTER} bytes in UTF-8 representation"
            raise invalid(message, name, rule["Value"])
        if names.count(name) > 1:
            raise invalid(f"Cannot specify more than one {name} rule in a filter.", "FilterRule.Name", name)


def _refuse_ambiguous(found: Sequence[Rule]) -> None:
    for one, other in combinations(found, 2):
        if one.id == other.id:
            raise invalid(SAME_ID, "Id", one.id)
        shared = one.event_shared_with(other)
        if shared is not None:
            message = AMBIGUOUS if one.is_filtered or other.is_filtered else OVERLAP
            raise invalid(message, "Event", ", ".join(shared))
