"""What is told of asynchronous events, in the forms that were recorded of AWS; and that it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from runtime.errors import ServiceError
from runtime.eventsources.asynchronous import EventQueue
from runtime.eventsources.deliveries import Deliveries
from runtime.eventsources.records import Records
from runtime.generation import TODAY
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials
from runtime.identity.seams import Holder
from runtime.invocation.invoker import Invoker
from runtime.invocation.outcome import Invocation, InvocationType, Outcome, Status
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.attachments import Kind
from runtime.resources.event import QueuedEvent
from runtime.resources.function import Function
from tests.standing_clock import StandingClock
from tests.unit.runtime.eventsources.test_asynchronous import HELLO, REPORT

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
QUEUE, TOPIC = ARN.format("sqs", "told"), ARN.format("sns", "told")
OTHER, BUS = ARN.format("lambda", "function:other"), ARN.format("events", "event-bus/default")
BUCKET = "arn:aws:s3:::told"
OK, FAILED = Status.SUCCEEDED, Status.FAILED
GREETING: Function = replace(HELLO, generation=TODAY)
ERROR = json.dumps({"errorMessage": "intentional failure", "errorType": "Exception"}).encode()


class TrustingDirectory:
    """IAM with a role that trusts Lambda, or does not."""

    def __init__(self) -> None:
        self.is_trusting = True

    def trust_policy(self, role_arn: str) -> Mapping[str, Any]:
        trusted = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        return {"Version": "2012-10-17", "Statement": [trusted] if self.is_trusting else []}

    def holder(self, arn: str) -> Holder:
        return Holder("AROA")

    def user(self, access_key_id: str) -> None:
        return None

    def identity_policies(self, arn: str) -> list[Any]:
        return []

    def permissions_boundary(self, arn: str) -> None:
        return None

    def managed_policy(self, policy_arn: str) -> None:
        return None

    def resource_policy(self, resource_arn: str) -> None:
        return None


@dataclass
class FakeCaller:
    """Remembers calls and who made them, or refuses them."""

    authority: Authority | None = None
    calls: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)
    callers: set[str] = field(default_factory=set)
    refusal: ServiceError | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)

    async def call(
        self, service: str, operation: str, parameters: Mapping[str, Any], credentials: Credentials, _: object = None
    ) -> Mapping[str, Any]:
        if self.refusal is not None:
            raise self.refusal
        assert self.authority is not None
        who = self.authority.identify(credentials.access_key_id, credentials.session_token, inside_sandbox=False)
        assert who is not None
        self.callers.add(who.principal.arn)
        self.calls.append((service, operation, parameters))
        return self.answer


class Answering:
    """An invoker whose function says what a test wants."""

    def __init__(self, journal: Journal) -> None:
        self.answers: list[Status | Exception] = []
        self.success = b'{"ok": 1}'
        self._journal = journal

    async def invoke(self, invocation: Invocation) -> Outcome:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        self._journal.append("invocation", {"request_id": invocation.request_id, "status": answer.value})
        if answer is OK:
            return Outcome(answer, self.success, None, REPORT, b"")
        return Outcome(answer, ERROR, "Unhandled", REPORT, b"", error_message="intentional failure")


@dataclass
class Bench:
    account: Account
    journal: Journal
    clock: StandingClock
    caller: FakeCaller
    invoker: Answering
    directory: TrustingDirectory
    deliveries: Deliveries
    queue: EventQueue

    async def tell(self, *answers: Status | Exception, payload: bytes = b'{"greeting": "hi"}') -> None:
        """Have one event answered so, until it is over."""
        self.invoker.answers = list(answers)
        async with self.deliveries, self.queue:
            await self.queue.accept(Invocation(GREETING, "8e9b9d5a", payload, InvocationType.EVENT, "root"))
            async with asyncio.timeout(20):
                while self.account.queued():
                    await self.queue.idle()
                    self.clock.move(timedelta(hours=1) if not self.invoker.answers else timedelta(minutes=2))
                    await asyncio.sleep(0)
            await self.deliveries.idle()

    def configure(self, **config: Any) -> None:
        self.account.attachments.put(Kind.EVENT_INVOKE_CONFIG, "hello", config, "$LATEST")

    def destinations(self, **targets: str) -> None:
        self.configure(DestinationConfig={when: {"Destination": target} for when, target in targets.items()})

    def facts(self, kind: str) -> list[Mapping[str, Any]]:
        return [entry.facts for entry in self.journal.entries() if entry.kind == kind]

    @property
    def message(self) -> dict[str, Any]:
        ((_, _, parameters),) = self.caller.calls
        text: dict[str, Any] = json.loads(parameters["MessageBody"])
        return text


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock, caller, directory = StandingClock(), FakeCaller(), TrustingDirectory()
    journal, account = Journal(tmp_path / "journal.sqlite3", clock), Account(tmp_path / "lab.sqlite3")
    authority = Authority(
        account="123456789012",
        root=Credentials("AKIAROOT", "secret"),
        directory=directory,
        journal=journal,
        clock=clock,
        is_strict=True,
    )
    caller.authority = authority
    account.put_function(GREETING)
    records = Records(account=account, authority=authority, caller=caller, clock=clock)
    deliveries = Deliveries(account=account, journal=journal, clock=clock, carriers=[records])
    invoker = Answering(journal)
    queue = EventQueue(
        account=account,
        invoker=cast(Invoker, invoker),
        journal=journal,
        clock=clock,
        records=records,
        tell=deliveries.begin,
    )
    yield Bench(account, journal, clock, caller, invoker, directory, deliveries, queue)
    account.close()
    journal.close()


async def test_a_success_is_told_with_the_event_and_the_answer(bench: Bench) -> None:
    bench.destinations(OnSuccess=QUEUE, OnFailure=TOPIC)

    await bench.tell(OK)

    assert bench.message == {
        "version": "1.0",
        "timestamp": "2014-11-13T18:30:05.103Z",
        "requestContext": {
            "requestId": "8e9b9d5a",
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:hello:$LATEST",
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"greeting": "hi"},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"ok": 1},
    }
    assert bench.caller.callers == {"arn:aws:sts::123456789012:assumed-role/basic/hello"}


@pytest.mark.parametrize(
    "strange", ["[" * 900 + "]" * 900, "[" * 100_000 + "]" * 100_000, "1" * 5000], ids=["deep", "deeper", "long"]
)
async def test_json_that_is_too_much_for_a_record_is_told_as_a_text(bench: Bench, strange: str) -> None:
    bench.destinations(OnSuccess=QUEUE)
    bench.invoker.success = strange.encode()

    await bench.tell(OK, payload=strange.encode())

    assert bench.message["requestPayload"] == bench.message["responsePayload"] == strange
    assert bench.facts("platform-error") == []
    assert bench.account.outgoing.all() == []


async def test_a_failure_is_told_after_the_last_retry(bench: Bench) -> None:
    """AWS-134."""
    bench.destinations(OnSuccess=TOPIC, OnFailure=QUEUE)

    await bench.tell(FAILED, FAILED, FAILED)

    assert bench.message["requestContext"]["condition"] == "RetriesExhausted"
    assert bench.message["requestContext"]["approximateInvokeCount"] == 3
    assert bench.message["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert bench.message["responsePayload"] == json.loads(ERROR)


async def test_an_event_that_became_too_old_is_told_with_its_only_answer(bench: Bench) -> None:
    """AWS-135."""
    bench.configure(MaximumEventAgeInSeconds=60, DestinationConfig={"OnFailure": {"Destination": QUEUE}})

    await bench.tell(FAILED)

    assert bench.message["requestContext"]["condition"] == "EventAgeExceeded"
    assert bench.message["requestContext"]["approximateInvokeCount"] == 1
    assert bench.message["responseContext"]["functionError"] == "Unhandled"


async def test_an_event_that_could_never_be_tried_is_told_without_an_answer(bench: Bench) -> None:
    """AWS-098."""
    bench.destinations(OnFailure=QUEUE)
    bench.account.attachments.put(Kind.CONCURRENCY, "hello", {"ReservedConcurrentExecutions": 0})

    await bench.tell(ServiceError("TooManyRequestsException", "Rate Exceeded.", 429))

    assert bench.message.keys() == {"version", "timestamp", "requestContext", "requestPayload"}
    assert bench.message["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert bench.message["requestContext"]["approximateInvokeCount"] == 0


async def test_a_dead_letter_queue_gets_the_event_itself_and_what_happened_as_attributes(bench: Bench) -> None:
    """AWS-136."""
    bench.account.put_function(replace(GREETING, dead_letter_arn=QUEUE))

    await bench.tell(FAILED, FAILED, FAILED)

    ((service, operation, parameters),) = bench.caller.calls
    assert (service, operation) == ("sqs", "SendMessage")
    assert parameters["QueueUrl"] == "http://localhost/123456789012/told"
    assert parameters["MessageBody"] == '{"greeting": "hi"}'
    assert parameters["MessageAttributes"] == {
        "RequestID": {"DataType": "String", "StringValue": "8e9b9d5a"},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "intentional failure"},
    }


async def test_nobody_is_told_of_a_failure_that_a_retry_made_good(bench: Bench) -> None:
    bench.destinations(OnFailure=QUEUE)

    await bench.tell(FAILED, OK)

    assert bench.caller.calls == []


async def test_a_dead_letter_queue_hears_nothing_of_a_success(bench: Bench) -> None:
    bench.account.put_function(replace(GREETING, dead_letter_arn=QUEUE))

    await bench.tell(OK)

    assert bench.caller.calls == []
    assert bench.facts("delivery") == []


async def test_a_function_can_have_both(bench: Bench) -> None:
    bench.destinations(OnFailure=TOPIC)
    bench.account.put_function(replace(GREETING, dead_letter_arn=QUEUE))

    await bench.tell(FAILED, FAILED, FAILED)

    assert sorted(service for service, *_ in bench.caller.calls) == ["sns", "sqs"]
    assert sorted(facts["form"] for facts in bench.facts("delivery")) == ["dead letter", "record"]


@pytest.mark.parametrize(
    ("target", "call", "named"),
    [
        (QUEUE, ("sqs", "SendMessage"), {"QueueUrl": "http://localhost/123456789012/told"}),
        (TOPIC, ("sns", "Publish"), {"TopicArn": TOPIC}),
        (OTHER, ("lambda", "Invoke"), {"FunctionName": OTHER, "InvocationType": "Event"}),
        (BUCKET, ("s3", "PutObject"), {"Bucket": "told"}),
        (BUS, ("events", "PutEvents"), {}),
    ],
)
async def test_a_record_goes_wherever_aws_lets_it_go(
    bench: Bench, target: str, call: tuple[str, str], named: Mapping[str, str]
) -> None:
    bench.destinations(OnFailure=target)

    await bench.tell(FAILED, FAILED, FAILED)

    ((service, operation, parameters),) = bench.caller.calls
    assert (service, operation) == call
    assert named.items() <= parameters.items()
    assert "RetriesExhausted" in str(parameters)


async def test_an_event_bus_that_takes_nothing_has_refused_it(bench: Bench) -> None:
    """PutEvents answers with 200 and says so for each entry."""
    bench.destinations(OnSuccess=BUS)
    failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "There is no such bus."}
    bench.caller.answer = {"FailedEntryCount": 1, "Entries": [failed]}

    await bench.tell(OK)

    (facts,) = bench.facts("delivery")
    assert (facts["status"], facts["message"]) == ("refused", "There is no such bus.")


async def test_a_bucket_gets_it_under_the_name_of_the_function_and_the_day(bench: Bench) -> None:
    bench.destinations(OnFailure=BUCKET)

    await bench.tell(FAILED, FAILED, FAILED)

    ((_, _, parameters),) = bench.caller.calls
    day, name = "aws/lambda/async/hello/2014/11/13/", "2014-11-13T18."
    assert parameters["Key"].startswith(day + name)
    assert json.loads(parameters["Body"])["requestPayload"] == {"greeting": "hi"}


async def test_what_the_execution_role_may_not_send_is_journalled_and_told_nobody(bench: Bench) -> None:
    bench.destinations(OnSuccess=QUEUE)
    bench.caller.refusal = ServiceError("AccessDenied", "is not authorized to perform: sqs:SendMessage", 403)

    await bench.tell(OK)

    (facts,) = bench.facts("delivery")
    assert (facts["status"], facts["message"]) == ("refused", "is not authorized to perform: sqs:SendMessage")
    assert (facts["destination"], facts["condition"], facts["request_id"]) == (QUEUE, "Success", "8e9b9d5a")


async def test_a_role_that_does_not_trust_lambda_any_more_sends_nothing(bench: Bench) -> None:
    bench.destinations(OnSuccess=QUEUE)
    bench.directory.is_trusting = False

    await bench.tell(OK)

    assert bench.caller.calls == []
    assert [facts["status"] for facts in bench.facts("delivery")] == ["refused"]


async def test_attempts_decisions_and_deliveries_are_one_trace_under_their_event(bench: Bench) -> None:
    bench.destinations(OnFailure=QUEUE)

    await bench.tell(FAILED, FAILED, FAILED)

    (accepted,) = bench.facts("acceptance")
    kinds = [entry.kind for entry in bench.journal.entries() if entry.facts.get("parent") == accepted["span"]]
    assert kinds == ["invocation", "event", "invocation", "event", "invocation", "event", "delivery"]
    assert {entry.facts["trace_id"] for entry in bench.journal.entries()} == {accepted["trace_id"]}


async def test_a_record_that_was_put_down_survives_the_platform(bench: Bench) -> None:
    """As if the platform was killed between settling the event and telling of it."""
    bench.destinations(OnSuccess=QUEUE)
    bench.invoker.answers = [OK]
    async with bench.queue:
        await bench.queue.accept(Invocation(GREETING, "8e9b9d5a", b"{}", InvocationType.EVENT, "root"))
        await bench.queue.idle()
    assert bench.account.queued() == []
    assert [each.function for each in bench.account.outgoing.all()] == ["hello"]
    assert bench.caller.calls == []

    next_platform = Deliveries(
        account=bench.account, journal=bench.journal, clock=bench.clock, carriers=bench.deliveries._carriers.values()
    )
    async with next_platform:
        await next_platform.idle()

    assert [operation for _, operation, _ in bench.caller.calls] == ["SendMessage"]
    assert bench.account.outgoing.all() == []


async def test_of_an_answer_that_was_lost_with_the_platform_the_event_is_told_all_the_same(bench: Bench) -> None:
    bench.destinations(OnSuccess=QUEUE)
    bench.account.enqueue(
        QueuedEvent("8e9b9d5a", "hello", "today", b"{}", "root", "direct", bench.clock.now(), 0, "1-0-0", "0")
    )
    bench.journal.append("invocation", {"request_id": "8e9b9d5a", "status": "Succeeded"})

    async with bench.deliveries, bench.queue:
        await bench.queue.idle()
        await bench.deliveries.idle()

    assert bench.message["requestContext"]["condition"] == "Success"
    assert bench.message["responsePayload"] is None
