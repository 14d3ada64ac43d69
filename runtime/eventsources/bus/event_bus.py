"""Brings events to the targets of the rules that they concern: the side of EventBridge that calls others.

An event is put down in the account before whoever put it is answered, once for each target, and then brought at least
once (``deliveries.py``). EventBridge calls Invoke, SendMessage or Publish as itself, on behalf of the rule
(``aws:SourceArn``): the policy of the function, the queue or the topic must let it. Each is journalled (``rule``),
accepted or refused; whoever put the event never learns of a refusal, as on AWS.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from runtime.arn import Arn
from runtime.clock import Clock
from runtime.eventsources.bus.rules import BusRule, RuleBook, RuleTarget
from runtime.eventsources.bus.target_input import target_input
from runtime.eventsources.notification import Target
from runtime.eventsources.push import call_target, named_function
from runtime.identity.authority import Authority
from runtime.identity.seams import Caller
from runtime.resources.account import Account
from runtime.resources.delivery import Delivery
from runtime.timeline import following, under

SERVICE_PRINCIPAL = "events.amazonaws.com"
TARGETS = {target.service: target for target in Target}
"""What a rule can have as a target here, by the service in its ARN."""


class EventBus:
    """Takes events, and is the carrier of its own deliveries."""

    name = "rule"

    def __init__(
        self,
        *,
        account: Account,
        authority: Authority,
        caller: Caller,
        clock: Clock,
        rules: RuleBook,
        begin: Callable[[Delivery], None],
        region: str,
        account_id: str,
    ) -> None:
        self._account = account
        self._authority = authority
        self._caller = caller
        self._clock = clock
        self._rules = rules
        self._begin = begin
        self._region = region
        self._account_id = account_id

    def put(self, event_id: str, entry: Mapping[str, Any]) -> None:
        """Take an event, as an entry of PutEvents has it with its detail read; it is durable when this returns."""
        event = self._event(
            event_id,
            source=entry["Source"],
            detail_type=entry["DetailType"],
            moment=entry.get("Time") or self._clock.now(),
            resources=list(entry.get("Resources") or []),
            detail=entry["Detail"],
        )
        bus = (entry.get("EventBusName") or "default").rpartition("/")[2]
        for rule in self._rules():
            if rule.concerns(bus, event):
                self._send(rule, event)

    def fire(self, rule: BusRule, due: datetime) -> None:
        """Make the event of a scheduled rule; it is durable when this returns."""
        event = self._event(
            str(uuid.uuid4()),
            source="aws.events",
            detail_type="Scheduled Event",
            moment=due,
            resources=[rule.arn],
            detail={},
        )
        self._send(rule, event)

    async def carry(self, delivery: Delivery) -> None:
        """Bring an event to one target."""
        facts = delivery.document["facts"]
        credentials = self._authority.service_session(SERVICE_PRINCIPAL, facts["rule"]).credentials
        target = TARGETS[Arn.parse(facts["target"]).service]
        await call_target(self._caller, target, facts["target"], delivery.document["input"], credentials)

    def entry(self, delivery: Delivery) -> tuple[str, Mapping[str, Any]]:
        """Return what the journal is told of it."""
        return "rule", delivery.document["facts"]

    def _send(self, rule: BusRule, event: Mapping[str, Any]) -> None:
        now = self._clock.now()
        happened = following(now)
        with under(happened):
            deliveries = [self._delivery(rule, target, event) for target in rule.targets]
        self._account.outgoing.put(deliveries)
        for delivery in deliveries:
            self._begin(delivery)

    def _delivery(self, rule: BusRule, target: RuleTarget, event: Mapping[str, Any]) -> Delivery:
        now = self._clock.now()
        facts = {
            "rule": rule.arn,
            "event_id": event["id"],
            "source": event["source"],
            "detail_type": event["detail-type"],
            "schedule": rule.schedule if event["source"] == "aws.events" else None,
            "target": target.arn,
        }
        document = {"facts": facts, "input": target_input(target.settings, event, rule.arn)}
        return Delivery(str(uuid.uuid4()), self.name, named_function(target.arn), now, following(now), document)

    def _event(
        self, event_id: str, *, source: str, detail_type: str, moment: datetime, resources: list[str], detail: Any
    ) -> dict[str, Any]:
        return {
            "version": "0",
            "id": event_id,
            "detail-type": detail_type,
            "source": source,
            "account": self._account_id,
            "time": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._region,
            "resources": resources,
            "detail": detail,
        }
