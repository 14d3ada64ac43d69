"""Push: S3 tells functions, queues and topics what has become of its objects.

``object_changed`` is called when an object has been written, and before that is answered: what its bucket notifies is
in the account when it returns, so whoever has the answer can be sure that it is pushed, even if the platform is killed
in that moment (``deliveries.py``; at least once, in no order). Then, as the generation has it:

* In the preview S3 assumes the *invocation role* (with its own service principal, and the bucket's ARN as ExternalId,
  so that a trust policy can name the bucket) and calls InvokeAsync with the session's credentials. Its session is
  named ``s3.amazonaws.com``: how AWS named it is not known, and this name makes the caller plain in the journal.
* Today EventBridge is given every change, and chooses by its rules (``bus/``); a policy is not asked, as on AWS.
* Today S3 calls Invoke, SendMessage or Publish as itself, on behalf of the bucket and the account (``aws:SourceArn``,
  ``aws:SourceAccount``): the policy of the function, the queue or the topic must let it.

All go through the endpoint, where the same judge decides as for anybody. Every push is journalled (``push``), accepted
or refused. A refusal is not raised: whoever put the object has been answered by then and never learns of it, as on AWS.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from runtime.arn import Arn
from runtime.clock import Clock
from runtime.eventsources.event_shapes import ObjectChange, Sender, bucket_arn, bus_entry, s3_event
from runtime.eventsources.notification import EVENT_BRIDGE, Rule, Target, rules
from runtime.generation import PREVIEW
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials, Principal, PrincipalKind
from runtime.identity.seams import Caller
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.delivery import Delivery
from runtime.timeline import Step, following, under

SERVICE_PRINCIPAL = "s3.amazonaws.com"
SESSION_NAME = "s3.amazonaws.com"
SUBJECT = "Amazon S3 Notification"
BUS = "events.amazonaws.com"
MICROSECONDS = 1_000_000


class S3Push:
    """The side of S3 that tells others what has become of objects; the carrier of its own deliveries."""

    name = "push"

    def __init__(
        self,
        *,
        account: Account,
        authority: Authority,
        caller: Caller,
        journal: Journal,
        clock: Clock,
        region: str,
        begin: Callable[[Delivery], None],
        put_on_bus: Callable[[str, Mapping[str, Any]], None],
    ) -> None:
        """``begin`` begins a delivery; ``put_on_bus`` gives EventBridge an event of an id, durably."""
        self._account = account
        self._authority = authority
        self._caller = caller
        self._journal = journal
        self._clock = clock
        self._region = region
        self._begin = begin
        self._put_on_bus = put_on_bus
        self._last_sequence = 0

    def listens(self, bucket: str) -> bool:
        """Tell whether a bucket notifies anything at all."""
        return self._account.notification(bucket) is not None

    def object_changed(self, change: ObjectChange) -> None:
        """Put down what a bucket notifies of this; it is durable when this returns."""
        notification = self._account.notification(change.bucket) or {}
        concerned = [rule for rule in rules(notification) if rule.concerns(change.event_name, change.key)]
        is_for_bus = EVENT_BRIDGE in notification
        if not concerned and not is_for_bus:
            return
        now = self._clock.now()
        put = following(now)
        sequencer = self._sequencer()
        with under(put):
            deliveries = [self._delivery(rule, change, following(now), sequencer) for rule in concerned]
        facts = {
            "bucket": change.bucket,
            "key": change.key,
            "event_name": change.event_name,
            "version_id": change.version_id,
            "caller": change.principal.arn,
            "request_id": change.request_id,
            "notified": [rule.arn for rule in concerned] + ([BUS] if is_for_bus else []),
        }
        self._journal.append("object", facts | put.facts())
        self._account.outgoing.put(deliveries)
        for delivery in deliveries:
            self._begin(delivery)
        if is_for_bus:
            with under(put):
                self._put_on_bus(str(uuid.uuid4()), bus_entry(change, sequencer, now))

    def bucket_deleted(self, bucket: str) -> None:
        """Forget the notification of a bucket that is gone."""
        self._account.delete_notification(bucket)

    async def carry(self, delivery: Delivery) -> None:
        """Push one event to where it goes."""
        document = delivery.document
        arn, bucket = document["arn"], document["facts"]["bucket"]
        payload = json.dumps(document["event"])
        if document["role"]:
            await self._invoke_in_the_preview(arn, document["role"], bucket, payload)
        else:
            await self.send(Target[document["target"]], arn, bucket, payload)

    def entry(self, delivery: Delivery) -> tuple[str, Mapping[str, Any]]:
        """Return what the journal is told of a push."""
        return "push", delivery.document["facts"]

    async def send(self, target: Target, arn: str, bucket: str, payload: str) -> None:
        """Call the target as S3 on behalf of a bucket."""
        credentials = self._authority.service_session(SERVICE_PRINCIPAL, bucket_arn(bucket)).credentials
        await call_target(self._caller, target, arn, payload, credentials, SUBJECT)

    async def _invoke_in_the_preview(self, arn: str, role: str, bucket: str, payload: str) -> None:
        session = self._authority.assume_role(
            self._authority.service(SERVICE_PRINCIPAL), role, SESSION_NAME, external_id=bucket_arn(bucket)
        )
        parameters = {"FunctionName": arn.rpartition(":")[2], "InvokeArgs": payload.encode()}
        await self._caller.call(
            "lambda", "InvokeAsync", parameters, session.credentials, api_version=PREVIEW.api_version
        )

    def _delivery(self, rule: Rule, change: ObjectChange, step: Step, sequencer: str) -> Delivery:
        now = self._clock.now()
        sender = Sender(
            region=self._region,
            owner_id=self._authority.root.principal.identifier,
            configuration_id=rule.id,
            moment=now,
            sequencer=None if rule.role else sequencer,
        )
        facts = {
            "source": "s3",
            "bucket": change.bucket,
            "key": change.key,
            "event_name": change.event_name,
            "function_arn": rule.arn,
            "role": rule.role or None,
            "request_id": change.request_id,
        }
        document = {
            "target": rule.target.name,
            "arn": rule.arn,
            "role": rule.role,
            "event": s3_event(change, sender),
            "facts": facts,
        }
        return Delivery(str(uuid.uuid4()), self.name, named_function(rule.arn), now, step, document)

    def _sequencer(self) -> str:
        """Return a number greater than every one before, also than those of earlier runs: time does not go back."""
        self._last_sequence = max(self._last_sequence + 1, int(self._clock.now().timestamp() * MICROSECONDS))
        return f"{self._last_sequence:018X}"


async def call_target(
    caller: Caller, target: Target, arn: str, payload: str, credentials: Credentials, subject: str | None = None
) -> None:
    """Bring a JSON text to a function, a queue or a topic; there it may have a subject."""
    match target:
        case Target.FUNCTION:
            parameters: dict[str, Any] = {"FunctionName": arn, "InvocationType": "Event", "Payload": payload.encode()}
            await caller.call("lambda", "Invoke", parameters, credentials)
        case Target.QUEUE:
            await caller.call("sqs", "SendMessage", {"QueueUrl": queue_url(arn), "MessageBody": payload}, credentials)
        case Target.TOPIC:
            parameters = {"TopicArn": arn, "Message": payload} | ({"Subject": subject} if subject else {})
            await caller.call("sns", "Publish", parameters, credentials)


def queue_url(arn: str) -> str:
    """Return an address of a queue; the endpoint goes by its last part."""
    queue = Arn.parse(arn)
    return f"http://localhost/{queue.account}/{queue.resource}"


def named_function(arn: str) -> str:
    """Return the name of a function by its ARN, with or without a qualifier; of anything else its own."""
    parts = arn.split(":")
    return parts[6] if parts[2] == "lambda" else parts[-1]


def invocation_source(principal: Principal) -> str:
    """Return what an invocation's ``source`` is when this principal asks for it: an event source, or not."""
    if principal.kind is PrincipalKind.ROLE_SESSION and principal.arn.endswith(f"/{SESSION_NAME}"):
        return "s3"
    is_service = principal.kind is PrincipalKind.SERVICE
    return principal.arn.removesuffix(".amazonaws.com") if is_service else "direct"
