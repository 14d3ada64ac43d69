"""What the store's EventBridge is kept from: bringing events to functions, queues and topics itself, unjudged.

That is done by ``runtime/eventsources/bus``. moto's archives, which are targets of rules of its own, go on.
"""

from __future__ import annotations

from typing import Any

from runtime.eventsources.bus.event_bus import TARGETS


def install() -> None:
    """Keep moto from bringing events to targets itself, unjudged; its archives go on. Idempotent."""
    from moto.events.models import Rule

    rule_class: Any = Rule
    if hasattr(rule_class, "sends_to_archives_only"):
        return
    send = rule_class.send_to_targets

    def send_to_archives(rule: Any, *arguments: Any, **named: Any) -> None:
        archives = [each for each in rule.targets if not _is_ours(each["Arn"])]
        if not archives:
            return
        everything, rule.targets = rule.targets, archives
        try:
            send(rule, *arguments, **named)
        finally:
            rule.targets = everything

    rule_class.sends_to_archives_only = True
    rule_class.send_to_targets = send_to_archives


def _is_ours(arn: str) -> bool:
    return arn.split(":")[2] in TARGETS
