"""The rules of EventBridge, as whoever brings events to their targets sees them: plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runtime.eventsources.patterns import matches


@dataclass(frozen=True, slots=True)
class RuleTarget:
    """Where the events of a rule go, and what of them."""

    id: str
    arn: str
    settings: Mapping[str, Any]
    """The target as PutTargets gave it."""


@dataclass(frozen=True, slots=True)
class BusRule:
    """A rule."""

    arn: str
    bus: str
    is_enabled: bool
    pattern: Mapping[str, Any] | None
    schedule: str | None
    """An expression; ``None`` where it is about events."""
    targets: Sequence[RuleTarget]

    def concerns(self, bus: str, event: Mapping[str, Any]) -> bool:
        """Tell whether an event that was put on a bus is to go to the targets."""
        return self.is_enabled and self.bus == bus and self.pattern is not None and matches(self.pattern, event)


RuleBook = Callable[[], Sequence[BusRule]]
"""Returns all rules as they are now."""
