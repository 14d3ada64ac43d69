"""The rules of EventBridge as the store keeps them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from runtime.endpoint.store import Store
from runtime.eventsources.bus.rules import BusRule, RuleTarget


class StoredRules:
    """Implements :data:`~runtime.eventsources.bus.rules.RuleBook` on the store of one account."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __call__(self) -> Sequence[BusRule]:
        """Return every rule; EventBridge is imported only if somebody has called it."""
        return [rule for backend in self._store.event_buses() for rule in _rules(backend)]


def _rules(backend: Any) -> list[BusRule]:
    return [_rule(bus.name, rule) for bus in list(backend.event_buses.values()) for rule in list(bus.rules.values())]


def _rule(bus: str, kept: Any) -> BusRule:
    pattern = kept.event_pattern.dump()
    return BusRule(
        arn=kept.arn,
        bus=bus,
        is_enabled=kept.state == "ENABLED",
        pattern=json.loads(pattern) if pattern else None,
        schedule=kept.scheduled_expression or None,
        targets=[RuleTarget(target["Id"], target["Arn"], target) for target in kept.targets],
    )
