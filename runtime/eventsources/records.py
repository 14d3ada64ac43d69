"""Where it is told what has become of asynchronous events: destinations, and dead-letter queues.

A *destination* is sent a record of the invocation, with the event and the answer, on success or on failure; it is a
queue, a topic, a function, an event bus, or for failures a bucket. A *dead-letter queue* (or topic) is sent the event
as it was, when it has failed for good; what happened stands in three attributes. A function may have both. The forms
are those recorded of AWS.

What is to be told is put down in the same transaction in which the event is settled (``asynchronous.py``), so neither
is it lost by ``kill -9`` nor told without cause. It is brought at least once (``deliveries.py``), with the rights of
the function's execution role: what that may not do is refused, journalled (``delivery``) and told nobody else. Where
the platform was killed in the moment in which an attempt ended, the record's ``responsePayload`` is null.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runtime.arn import Arn
from runtime.clock import Clock, iso_milliseconds
from runtime.errors import ServiceError
from runtime.eventsources.push import queue_url
from runtime.eventsources.retries import Condition
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials
from runtime.identity.seams import Caller
from runtime.invocation.execution_role import SERVICE_PRINCIPAL, session_name
from runtime.resources.account import Account
from runtime.resources.attachments import Kind
from runtime.resources.delivery import Delivery
from runtime.resources.event import LastAnswer, QueuedEvent
from runtime.resources.function import LATEST, Function
from runtime.timeline import following, under

MOST_OF_A_MESSAGE = 1024
TOLD = frozenset(
    {
        Condition.SUCCESS,
        Condition.RETRIES_EXHAUSTED,
        Condition.EVENT_AGE_EXCEEDED,
        Condition.ZERO_RESERVED_CONCURRENCY,
    }
)
NEVER_TRIED = {
    Condition.ZERO_RESERVED_CONCURRENCY: "Rate Exceeded.",
    Condition.EVENT_AGE_EXCEEDED: "The event was too old before it could be tried.",
}
"""What a dead letter says of an event that has no answer. AWS's own words for that are not known."""
TOO_MANY, ANSWERED = "429", "200"
HEADROOM = 400
"""So many levels of nesting are left to whoever keeps a record, sends it and reads it again, deeper in the program."""


class Records:
    """Knows what is told of an event, and tells it; the carrier of its own deliveries."""

    name = "record"

    def __init__(self, *, account: Account, authority: Authority, caller: Caller, clock: Clock) -> None:
        self._account = account
        self._authority = authority
        self._caller = caller
        self._clock = clock

    def wants_success(self, event: QueuedEvent) -> bool:
        """Tell whether anybody is to be told that an event succeeded."""
        return bool(self._destination(event, "OnSuccess"))

    def of(self, event: QueuedEvent, function: Function | None, condition: Condition, attempts: int) -> list[Delivery]:
        """Return what is to be told of an event that is over."""
        if function is None or condition not in TOLD:
            return []
        answer = self._account.last_answer(event.request_id)
        found = []
        destination = self._destination(event, "OnSuccess" if condition is Condition.SUCCESS else "OnFailure")
        if destination:
            record = invocation_record(event, function, condition, attempts, answer, self._clock.now())
            found.append(self._delivery(event, function, condition, destination, {"record": record}))
        if function.dead_letter_arn and condition is not Condition.SUCCESS:
            letter = {"body": event.payload.decode(), "attributes": attributes(event.request_id, condition, answer)}
            found.append(self._delivery(event, function, condition, function.dead_letter_arn, {"letter": letter}))
        return found

    async def carry(self, delivery: Delivery) -> None:
        """Bring a record or a dead letter to where it goes."""
        document = delivery.document
        service = self._authority.service(SERVICE_PRINCIPAL)
        role = document["facts"]["role"]
        credentials = self._authority.assume_role(service, role, session_name(delivery.function)).credentials
        target = Arn.parse(document["facts"]["destination"])
        if "letter" in document:
            letter = document["letter"]
            await self._send(target, letter["body"], letter["attributes"], credentials)
        else:
            await self._bring(target, delivery, credentials)

    def entry(self, delivery: Delivery) -> tuple[str, Mapping[str, Any]]:
        """Return what the journal is told of a delivery."""
        return "delivery", delivery.document["facts"]

    async def _bring(self, target: Arn, delivery: Delivery, credentials: Credentials) -> None:
        record = delivery.document["record"]
        text = json.dumps(record)
        match target.service:
            case "lambda":
                parameters = {"FunctionName": str(target), "InvocationType": "Event", "Payload": text.encode()}
                await self._caller.call("lambda", "Invoke", parameters, credentials)
            case "s3":
                key = object_key(delivery.function, delivery.accepted_at, delivery.id)
                parameters = {"Bucket": target.resource, "Key": key, "Body": text.encode()}
                await self._caller.call("s3", "PutObject", parameters, credentials)
            case "events":
                entry = bus_entry(target, record, has_failed=delivery.document["facts"]["condition"] != "Success")
                _require_taken(await self._caller.call("events", "PutEvents", {"Entries": [entry]}, credentials))
            case _:
                await self._send(target, text, {}, credentials)

    async def _send(
        self, target: Arn, text: str, attributes: Mapping[str, Mapping[str, str]], credentials: Credentials
    ) -> None:
        more = {"MessageAttributes": attributes} if attributes else {}
        if target.service == "sqs":
            parameters = {"QueueUrl": queue_url(str(target)), "MessageBody": text, **more}
            await self._caller.call("sqs", "SendMessage", parameters, credentials)
        else:
            await self._caller.call("sns", "Publish", {"TopicArn": str(target), "Message": text, **more}, credentials)

    def _destination(self, event: QueuedEvent, when: str) -> str:
        config = self._account.attachments.get(Kind.EVENT_INVOKE_CONFIG, event.function, event.qualifier or LATEST)
        found = ((config or {}).get("DestinationConfig") or {}).get(when) or {}
        return str(found.get("Destination") or "")

    def _delivery(
        self, event: QueuedEvent, function: Function, condition: Condition, target: str, message: Mapping[str, Any]
    ) -> Delivery:
        now = self._clock.now()
        facts = {
            "request_id": event.request_id,
            "function": event.function,
            "form": "dead letter" if "letter" in message else "record",
            "destination": target,
            "condition": condition.value,
            "role": function.role,
        }
        with under(event.step):
            step = following(now)
        return Delivery(str(uuid.uuid4()), self.name, event.function, now, step, {**message, "facts": facts})


def invocation_record(
    event: QueuedEvent,
    function: Function,
    condition: Condition,
    attempts: int,
    answer: LastAnswer | None,
    now: datetime,
) -> dict[str, Any]:
    """Return the record of an invocation, as a destination gets it."""
    arn = function.arn.removesuffix(f":{function.version}")
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": iso_milliseconds(now),
        "requestContext": {
            "requestId": event.request_id,
            "functionArn": f"{arn}:{event.qualifier or LATEST}",
            "condition": condition.value,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": _read(event.payload),
    }
    if attempts:
        has_failed = condition is not Condition.SUCCESS
        context = {"statusCode": 200, "executedVersion": answer.version if answer else function.version}
        record["responseContext"] = context | ({"functionError": _error(answer)} if has_failed else {})
        record["responsePayload"] = _read(answer.payload) if answer else None
    return record


def attributes(request_id: str, condition: Condition, answer: LastAnswer | None) -> dict[str, dict[str, str]]:
    """Return the attributes of a dead letter."""
    message = answer.error_message if answer else NEVER_TRIED.get(condition, "")
    # Cut by bytes, and no attribute of a message may be empty.
    message = message.encode()[:MOST_OF_A_MESSAGE].decode(errors="ignore") or condition.value
    return {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": ANSWERED if answer else TOO_MANY},
        "ErrorMessage": {"DataType": "String", "StringValue": message},
    }


def object_key(function: str, moment: datetime, identifier: str) -> str:
    """Return under which key a bucket gets a record; it is the same however often it is brought."""
    return f"aws/lambda/async/{function}/{moment:%Y/%m/%d}/{moment:%Y-%m-%dT%H.%M.%S}-{identifier}"


def bus_entry(bus: Arn, record: Mapping[str, Any], *, has_failed: bool) -> dict[str, Any]:
    """Return a record as an event for an event bus."""
    arn = record["requestContext"]["functionArn"]
    return {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {'Failure' if has_failed else 'Success'}",
        "Detail": json.dumps(dict(record)),
        "Resources": [str(bus), arn],
        "EventBusName": str(bus),
    }


def _require_taken(answer: Mapping[str, Any]) -> None:
    """Raise the refusal of an event that was not taken: PutEvents answers with 200 all the same."""
    for entry in answer.get("Entries", ()):
        if entry.get("ErrorCode"):
            raise ServiceError(entry["ErrorCode"], entry.get("ErrorMessage", ""))


def _error(answer: LastAnswer | None) -> str:
    return (answer.function_error if answer else None) or "Unhandled"


def _read(payload: bytes) -> Any:
    """Return what is written in JSON; what cannot be read and written again with a record around it stays a text.

    That is what is nested hundreds of levels deep, and a number of thousands of digits.
    """
    try:
        text = payload.decode()
        json.loads("[" * HEADROOM + text + "]" * HEADROOM)
        return json.loads(text)
    except (ValueError, RecursionError):
        return payload.decode(errors="replace") or None
