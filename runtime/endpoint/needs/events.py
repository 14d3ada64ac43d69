"""EventBridge: rules are named together with their bus, and an event by the bus that it is put on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.endpoint.needs.asked import Asked, Use
from runtime.endpoint.needs.named import arns_in

DEFAULT = "default"
OF_RULES = ("Rule", "Name")
OF_A_BUS = frozenset({"CreateEventBus", "DeleteEventBus", "DescribeEventBus", "UpdateEventBus"})
NAMED_AS = {"Archive": "ArchiveName", "Connection": "ConnectionName", "ApiDestination": "ApiDestinationName"}


def uses(asked: Asked) -> list[Use]:
    """Return what a call to EventBridge uses."""
    if asked.operation == "PutEvents":
        return [_use(asked, {"EventBusName": bus}) for bus in _buses(asked)]
    if asked.operation in OF_A_BUS:
        return [_use(asked, {"EventBusName": _name(asked.text("Name")) or DEFAULT})]
    for kind, variable in NAMED_AS.items():
        if kind in asked.operation:
            return [_use(asked, {variable: asked.text(variable) or asked.text("Name")})]
    bus = _name(asked.text("EventBusName")) or DEFAULT
    rule = next((asked.text(parameter) for parameter in OF_RULES if asked.text(parameter)), "")
    if not rule:
        return [_use(asked, {"EventBusName": bus})]
    if bus == DEFAULT:
        return [_use(asked, {"RuleName": rule})]
    return [Use(f"events:{asked.operation}", arns=(asked.arn(f"rule/{bus}/{rule}"),))]


def _use(asked: Asked, names: Mapping[str, str]) -> Use:
    return Use(f"events:{asked.operation}", names, arns_in(asked))


def _buses(asked: Asked) -> list[str]:
    entries: Any = asked.parameters.get("Entries")
    named = [entry.get("EventBusName") for entry in entries if isinstance(entry, Mapping)] if entries else []
    return list(dict.fromkeys(_name(str(name or DEFAULT)) for name in named)) or [DEFAULT]


def _name(text: str) -> str:
    """Return the name of a bus that was named, or given by its ARN."""
    return text.rpartition("/")[2]
