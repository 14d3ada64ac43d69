"""S3 pushes: what it notifies is durable, the role is really assumed, the call is really made, refusals are said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import ServiceError
from runtime.eventsources.deliveries import Deliveries
from runtime.eventsources.event_shapes import ObjectChange
from runtime.eventsources.push import S3Push, invocation_source, named_function
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials, Identity, Principal, PrincipalKind
from runtime.identity.seams import Holder
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.timeline import Step, here
from tests.standing_clock import BEGINNING, StandingClock

ROLE = "arn:aws:iam::123456789012:role/for-s3"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:thumbnail"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:uploads"
TOPIC = "arn:aws:sns:us-east-1:123456789012:uploads"
LEARNER = Principal(PrincipalKind.USER, "arn:aws:iam::123456789012:user/learner", "123456789012", "AIDALEARNER")
OF_TODAY = {"Id": "thumbnails", "LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectCreated:Put"]}
PREVIEW = {"LambdaFunctionConfigurations": [OF_TODAY | {"InvocationRole": ROLE}]}
TODAY = {"LambdaFunctionConfigurations": [OF_TODAY]}
PUT = ObjectChange(
    bucket="photos",
    key="cats/my cat+1.jpg",
    event_name="ObjectCreated:Put",
    version_id=None,
    principal=LEARNER,
    source_ip="127.0.0.1",
    request_id="C3D13FE58DE4C810",
    host_id="FMyU",
    size=1024,
    etag="d41d8cd98f00b204e9800998ecf8427e",
)


class OneRole:
    """IAM with one role, which trusts S3 for one bucket."""

    def user(self, access_key_id: str) -> Identity | None:
        return None

    def trust_policy(self, role_arn: str) -> Mapping[str, Any] | None:
        trusted = {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"sts:ExternalId": "arn:aws:s3:::photos"}},
        }
        return {"Version": "2012-10-17", "Statement": [trusted]}

    def holder(self, arn: str) -> Holder | None:
        return Holder("AROAFORS3")

    def identity_policies(self, arn: str) -> Sequence[tuple[str, Mapping[str, Any]]]:
        return []

    def permissions_boundary(self, arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return None

    def managed_policy(self, policy_arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return None

    def resource_policy(self, resource_arn: str) -> tuple[str, Mapping[str, Any]] | None:
        return None


@dataclass
class FakeCaller:
    """Remembers the calls, and refuses them if it is told to."""

    calls: list[tuple[str, str, Mapping[str, Any], Credentials, str | None]] = field(default_factory=list)
    refusal: Exception | None = None

    async def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        api_version: str | None = None,
    ) -> Mapping[str, Any]:
        if self.refusal is not None:
            raise self.refusal
        self.calls.append((service, operation, parameters, credentials, api_version))
        return {"Status": 202}


@dataclass
class Bench:
    """A push source, and what it works on."""

    push: S3Push
    deliveries: Deliveries
    account: Account
    caller: FakeCaller
    journal: Journal
    authority: Authority
    clock: StandingClock
    on_bus: list[tuple[str, Step | None, Mapping[str, Any]]]

    async def changed(self, change: ObjectChange = PUT, **more: Any) -> None:
        self.push.object_changed(replace(change, **more))
        await self.deliveries.idle()

    def facts(self, kind: str) -> list[Mapping[str, Any]]:
        return [entry.facts for entry in self.journal.entries() if entry.kind == kind]

    def principal(self, credentials: Credentials) -> Principal:
        identity = self.authority.identify(credentials.access_key_id, credentials.session_token, inside_sandbox=False)
        assert identity is not None
        return identity.principal

    @property
    def records(self) -> list[Mapping[str, Any]]:
        """The records of functions that were called, of both generations."""
        payloads = [
            parameters.get("InvokeArgs") or parameters["Payload"] for _, _, parameters, _, _ in self.caller.calls
        ]
        return [json.loads(payload)["Records"][0] for payload in payloads]


def bench_on(state: Path, clock: StandingClock) -> Bench:
    caller = FakeCaller()
    on_bus: list[tuple[str, Step | None, Mapping[str, Any]]] = []
    journal, account = Journal(state / "journal.sqlite3", clock), Account(state / "lab.sqlite3")
    authority = Authority(
        account="123456789012",
        root=Credentials("AKIAROOT", "secret"),
        directory=OneRole(),
        journal=journal,
        clock=clock,
        is_strict=True,
    )
    deliveries = Deliveries(account=account, journal=journal, clock=clock)
    push = S3Push(
        account=account,
        authority=authority,
        caller=caller,
        journal=journal,
        clock=clock,
        region="us-east-1",
        begin=deliveries.begin,
        put_on_bus=lambda event_id, entry: on_bus.append((event_id, here(), entry)),
    )
    deliveries.employ(push)
    return Bench(push, deliveries, account, caller, journal, authority, clock, on_bus)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    bench = bench_on(tmp_path, StandingClock())
    bench.account.put_notification("photos", PREVIEW)
    async with bench.deliveries:
        yield bench
    bench.account.close()
    bench.journal.close()


async def test_the_function_is_called_through_the_preview_with_the_credentials_of_the_invocation_role(
    bench: Bench,
) -> None:
    await bench.changed()

    ((service, operation, parameters, credentials, api_version),) = bench.caller.calls
    assert (service, operation, api_version) == ("lambda", "InvokeAsync", "2014-11-11")
    assert parameters["FunctionName"] == "thumbnail"
    assert bench.principal(credentials).arn == "arn:aws:sts::123456789012:assumed-role/for-s3/s3.amazonaws.com"


async def test_today_it_is_called_by_s3_itself_on_behalf_of_the_bucket(bench: Bench) -> None:
    bench.account.put_notification("photos", TODAY)

    await bench.changed()

    ((service, operation, parameters, credentials, api_version),) = bench.caller.calls
    assert (service, operation, api_version) == ("lambda", "Invoke", None)
    assert (parameters["FunctionName"], parameters["InvocationType"]) == (FUNCTION, "Event")
    caller = bench.principal(credentials)
    assert (caller.kind, caller.arn, caller.source_arn) == (
        PrincipalKind.SERVICE,
        "s3.amazonaws.com",
        "arn:aws:s3:::photos",
    )


@pytest.mark.parametrize(
    ("notification", "call", "named"),
    [
        (
            {"QueueConfigurations": [{"Id": "q", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:*"]}]},
            ("sqs", "SendMessage"),
            {"QueueUrl": "http://localhost/123456789012/uploads"},
        ),
        (
            {"TopicConfigurations": [{"Id": "t", "TopicArn": TOPIC, "Events": ["s3:ObjectCreated:*"]}]},
            ("sns", "Publish"),
            {"TopicArn": TOPIC, "Subject": "Amazon S3 Notification"},
        ),
    ],
)
async def test_queues_and_topics_are_sent_the_event(
    bench: Bench, notification: Mapping[str, Any], call: tuple[str, str], named: Mapping[str, str]
) -> None:
    bench.account.put_notification("photos", notification)

    await bench.changed()

    ((service, operation, parameters, _, _),) = bench.caller.calls
    text = parameters.get("MessageBody") or parameters["Message"]
    assert (service, operation) == call
    assert named.items() <= parameters.items()
    assert json.loads(text)["Records"][0]["s3"]["object"]["key"] == "cats/my+cat%2B1.jpg"


async def test_the_event_is_that_of_2014(bench: Bench) -> None:
    await bench.changed(version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko")

    assert bench.records == [
        {
            "eventVersion": "2.0",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": "2014-11-13T18:30:05.103Z",
            "eventName": "ObjectCreated:Put",
            "userIdentity": {"principalId": "AIDALEARNER"},
            "requestParameters": {"sourceIPAddress": "127.0.0.1"},
            "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810", "x-amz-id-2": "FMyU"},
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": "thumbnails",
                "bucket": {
                    "name": "photos",
                    "ownerIdentity": {"principalId": "123456789012"},
                    "arn": "arn:aws:s3:::photos",
                },
                "object": {
                    "key": "cats/my+cat%2B1.jpg",
                    "size": 1024,
                    "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                    "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko",
                },
            },
        }
    ]


async def test_todays_has_another_version_and_a_sequencer_that_grows_with_every_change(bench: Bench) -> None:
    bench.account.put_notification("photos", TODAY)

    await bench.changed()
    await bench.changed(size=1025)
    bench.clock.move(timedelta(seconds=1))
    await bench.changed(size=1026)

    by_size = sorted((record["s3"]["object"] for record in bench.records), key=lambda changed: changed["size"])
    sequencers = [changed["sequencer"] for changed in by_size]
    assert {record["eventVersion"] for record in bench.records} == {"2.1"}
    assert sequencers == sorted(set(sequencers))
    assert all(len(sequencer) == 18 for sequencer in sequencers)


async def test_of_an_object_that_is_gone_neither_size_nor_etag_is_told(bench: Bench) -> None:
    removed = OF_TODAY | {"Events": ["s3:ObjectRemoved:*"]}
    bench.account.put_notification("photos", {"LambdaFunctionConfigurations": [removed]})

    await bench.changed(event_name="ObjectRemoved:Delete", size=None, etag=None)

    (record,) = bench.records
    assert record["eventName"] == "ObjectRemoved:Delete"
    assert record["s3"]["object"].keys() == {"key", "sequencer"}


async def test_every_configuration_that_is_concerned_is_told_and_no_other(bench: Bench) -> None:
    def on(identifier: str, prefix: str, event: str = "s3:ObjectCreated:*") -> dict[str, Any]:
        rules = [{"Name": "Prefix", "Value": prefix}]
        return OF_TODAY | {"Id": identifier, "Events": [event], "Filter": {"Key": {"FilterRules": rules}}}

    functions = [on("cats", "cats/"), on("dogs", "dogs/"), on("gone", "cats/", "s3:ObjectRemoved:*")]
    queue = {"Id": "all", "QueueArn": QUEUE, "Events": ["s3:ObjectCreated:Put"]}
    bench.account.put_notification(
        "photos", {"LambdaFunctionConfigurations": functions, "QueueConfigurations": [queue]}
    )

    await bench.changed()

    assert sorted(service for service, *_ in bench.caller.calls) == ["lambda", "sqs"]
    assert bench.facts("object")[0]["notified"] == [FUNCTION, QUEUE]


async def test_an_accepted_push_is_journalled_on_the_way_of_its_object(bench: Bench) -> None:
    await bench.changed()

    ((changed,), (assumption,), (push,)) = (bench.facts(kind) for kind in ("object", "assumption", "push"))
    assert {name: push[name] for name in push.keys() - {"trace_id", "span", "parent"}} == {
        "source": "s3",
        "bucket": "photos",
        "key": "cats/my cat+1.jpg",
        "event_name": "ObjectCreated:Put",
        "function_arn": FUNCTION,
        "role": ROLE,
        "status": "accepted",
        "message": "",
        "request_id": "C3D13FE58DE4C810",
    }
    assert {each["trace_id"] for each in (changed, assumption, push)} == {changed["trace_id"]}
    assert (changed["parent"], push["parent"], assumption["parent"]) == (None, changed["span"], push["span"])


async def test_event_bridge_gets_every_change_and_chooses_itself(bench: Bench) -> None:
    bench.account.put_notification("photos", {"EventBridgeConfiguration": {}})

    await bench.changed()
    await bench.changed(event_name="ObjectRemoved:DeleteMarkerCreated", version_id="v2", size=None, etag=None)

    assert bench.caller.calls == []
    (_, step, created), (_, _, removed) = bench.on_bus
    assert created == {
        "Source": "aws.s3",
        "DetailType": "Object Created",
        "Time": BEGINNING,
        "Resources": ["arn:aws:s3:::photos"],
        "Detail": {
            "version": "0",
            "bucket": {"name": "photos"},
            "object": {
                "key": "cats/my cat+1.jpg",
                "size": 1024,
                "etag": "d41d8cd98f00b204e9800998ecf8427e",
                "sequencer": created["Detail"]["object"]["sequencer"],
            },
            "request-id": "C3D13FE58DE4C810",
            "requester": "123456789012",
            "source-ip-address": "127.0.0.1",
            "reason": "PutObject",
        },
    }
    assert (removed["DetailType"], removed["Detail"]["deletion-type"]) == ("Object Deleted", "Delete Marker Created")
    assert step is not None
    assert bench.facts("object")[0]["span"] == step.span


async def test_a_role_that_trusts_another_bucket_is_not_assumed_and_nobody_is_told_but_the_journal(
    bench: Bench,
) -> None:
    bench.account.put_notification("holidays", PREVIEW)

    await bench.changed(bucket="holidays")

    assert not bench.caller.calls
    ((assumption,), (push,)) = bench.facts("assumption"), bench.facts("push")
    assert (assumption["external_id"], assumption["granted"]) == ("arn:aws:s3:::holidays", False)
    assert push["status"] == "refused"
    assert "is not authorized to perform: sts:AssumeRole" in push["message"]


async def test_a_refused_call_is_journalled_and_not_repeated(bench: Bench) -> None:
    bench.caller.refusal = ServiceError("AccessDeniedException", "not authorized to perform: lambda:InvokeAsync", 403)

    await bench.changed()

    assert [(facts["status"], facts["message"]) for facts in bench.facts("push")] == [
        ("refused", "not authorized to perform: lambda:InvokeAsync")
    ]
    assert bench.account.outgoing.all() == []


async def test_nothing_happens_for_events_and_buckets_that_nobody_asked_about(bench: Bench) -> None:
    await bench.changed(event_name="ObjectCreated:Copy")
    await bench.changed(bucket="quiet")

    assert bench.journal.entries() == []


async def test_what_was_put_down_is_pushed_by_the_next_platform(tmp_path: Path) -> None:
    """As after ``kill -9``: the first never gets a turn."""
    first = bench_on(tmp_path, StandingClock())
    first.account.put_notification("photos", PREVIEW)
    first.push.object_changed(PUT)
    first.account.close()
    first.journal.close()

    second = bench_on(tmp_path, StandingClock())
    async with second.deliveries:
        await second.deliveries.idle()

    assert [operation for _, operation, *_ in second.caller.calls] == ["InvokeAsync"]
    assert [facts["status"] for facts in second.facts("push")] == ["accepted"]
    assert second.account.outgoing.all() == []
    second.account.close()
    second.journal.close()


def test_an_invocation_by_s3_or_its_session_has_s3_as_its_source() -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/for-s3/"
    pushed = Principal(PrincipalKind.ROLE_SESSION, f"{arn}s3.amazonaws.com", "123456789012", "AROA", role=ROLE)
    other = Principal(PrincipalKind.ROLE_SESSION, f"{arn}learner", "123456789012", "AROA", role=ROLE)
    itself = Principal(PrincipalKind.SERVICE, "s3.amazonaws.com", "123456789012", "s3.amazonaws.com")

    sources = [invocation_source(principal) for principal in (pushed, itself, other, LEARNER)]

    assert sources == ["s3", "s3", "direct", "direct"]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (FUNCTION, "thumbnail"),
        (f"{FUNCTION}:live", "thumbnail"),
        (QUEUE, "uploads"),
        ("arn:aws:sqs:us-east-1:123456789012:function", "function"),
    ],
)
def test_a_push_is_known_by_the_name_of_where_it_goes(arn: str, name: str) -> None:
    assert named_function(arn) == name
