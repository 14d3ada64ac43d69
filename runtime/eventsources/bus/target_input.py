"""What a target gets: the event as it is, a part of it, a constant, or a text with parts of it.

``Input``, ``InputPath`` and ``InputTransformer`` are those of PutTargets. A path is ``$``, or names of members behind
it (``$.detail.id``), which is what EventBridge takes. In a template ``<name>`` stands for a part: within quotation
marks its text, elsewhere its JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

PATH = re.compile(r"\$(\.[^.\[\]\s]+)*")
PLACE = re.compile(r"<([A-Za-z0-9_.\-]+)>")
ABOUT_THE_EVENT = ("aws.events.event", "aws.events.event.json")


def target_input(settings: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """Return the JSON, or the text, that goes to a target."""
    if "Input" in settings:
        return str(settings["Input"])
    if "InputPath" in settings:
        return json.dumps(part(event, settings["InputPath"]))
    if "InputTransformer" in settings:
        return _transformed(settings["InputTransformer"], event, rule_arn)
    return json.dumps(event)


def part(event: Mapping[str, Any], path: str) -> Any:
    """Return what is at a path; ``None`` if nothing is there."""
    found: Any = event
    for name in path.split(".")[1:]:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def require_path(path: str) -> None:
    """Raise ``ValueError`` for what is no path."""
    if not PATH.fullmatch(path):
        raise ValueError(f"{path} is no path: it begins with $ and names members, as $.detail.id")


def _transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    parts = {name: part(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    parts |= dict.fromkeys(ABOUT_THE_EVENT, event)
    parts |= {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": event.get("time"),
    }
    template = str(transformer["InputTemplate"])

    def fill(place: re.Match[str]) -> str:
        value = parts.get(place[1])
        is_in_a_text = template[: place.start()].count('"') % 2 == 1
        if is_in_a_text:
            return json.dumps(value if isinstance(value, str) else json.dumps(value))[1:-1]
        return json.dumps(value)

    return PLACE.sub(fill, template)
