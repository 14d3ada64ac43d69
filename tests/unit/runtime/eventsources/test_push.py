"""S3 pushes: the role is really assumed, the call is really made, and every refusal is in the journal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import ServiceError
from runtime.eventsources.push import S3Push, invocation_source, names_event
from runtime.identity.authority import Authority
from runtime.identity.principal import Credentials, Identity, Principal, PrincipalKind
from runtime.identity.seams import Holder
from runtime.journal import Journal
from runtime.resources.account import Account

ROLE = "arn:aws:iam::123456789012:role/for-s3"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:thumbnail"
LEARNER = Principal(PrincipalKind.USER, "arn:aws:iam::123456789012:user/learner", "123456789012", "AIDALEARNER")
NOTIFICATION = {
    "CloudFunctionConfiguration": {
        "Id": "thumbnails",
        "Events": ["s3:ObjectCreated:Put"],
        "CloudFunction": FUNCTION,
        "InvocationRole": ROLE,
    }
}


class FixedClock:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime(2014, 11, 13, 18, 30, 35, 841_000, UTC)

    def monotonic(self) -> float:
        return 0.0


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
    refusal: ServiceError | None = None

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
    account: Account
    caller: FakeCaller
    journal: Journal
    authority: Authority

    async def put(self, bucket: str = "photos", key: str = "cats/my cat+1.jpg", **more: Any) -> None:
        await self.push.object_created(
            bucket=bucket,
            key=key,
            size=1024,
            etag='"d41d8cd98f00b204e9800998ecf8427e"',
            principal=LEARNER,
            source_ip="127.0.0.1",
            request_id="C3D13FE58DE4C810",
            host_id="FMyU",
            **more,
        )

    def facts(self, kind: str) -> list[Mapping[str, Any]]:
        return [entry.facts for entry in self.journal.entries() if entry.kind == kind]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock, caller = FixedClock(), FakeCaller()
    journal, account = Journal(tmp_path / "journal.sqlite3", clock), Account(tmp_path / "lab.sqlite3")
    authority = Authority(
        account="123456789012",
        root=Credentials("AKIAROOT", "secret"),
        directory=OneRole(),
        journal=journal,
        clock=clock,
        is_strict=True,
    )
    account.put_notification("photos", NOTIFICATION)
    push = S3Push(account=account, authority=authority, caller=caller, journal=journal, clock=clock, region="us-east-1")
    yield Bench(push, account, caller, journal, authority)
    account.close()
    journal.close()


async def test_the_function_is_called_through_the_preview_with_the_credentials_of_the_invocation_role(
    bench: Bench,
) -> None:
    await bench.put()

    ((service, operation, parameters, credentials, api_version),) = bench.caller.calls
    assert (service, operation, api_version) == ("lambda", "InvokeAsync", "2014-11-11")
    assert parameters["FunctionName"] == "thumbnail"
    identity = bench.authority.identify(credentials.access_key_id, credentials.session_token, inside_sandbox=False)
    assert identity is not None
    assert identity.principal.arn == "arn:aws:sts::123456789012:assumed-role/for-s3/s3.amazonaws.com"


async def test_a_push_is_under_way_until_its_call_was_answered(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    async def call(*_arguments: Any, **_more: Any) -> Mapping[str, Any]:
        seen.append(bench.push.under_way())
        return {"Status": 202}

    monkeypatch.setattr(bench.caller, "call", call)
    await bench.put()

    assert seen == [["thumbnail"]]
    assert bench.push.under_way() == []


async def test_the_event_is_that_of_2014(bench: Bench) -> None:
    await bench.put(version_id="096fKKXTRTtl3on89fVO.nfljtsv6qko")

    assert json.loads(bench.caller.calls[0][2]["InvokeArgs"]) == {
        "Records": [
            {
                "eventVersion": "2.0",
                "eventSource": "aws:s3",
                "awsRegion": "us-east-1",
                "eventTime": "2014-11-13T18:30:35.841Z",
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
    }


async def test_an_unversioned_object_has_no_version(bench: Bench) -> None:
    await bench.put()

    (record,) = json.loads(bench.caller.calls[0][2]["InvokeArgs"])["Records"]
    assert "versionId" not in record["s3"]["object"]


async def test_an_accepted_push_is_journalled(bench: Bench) -> None:
    await bench.put()

    assert bench.facts("push") == [
        {
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
    ]


async def test_a_role_that_trusts_another_bucket_is_not_assumed_and_nobody_is_told_but_the_journal(
    bench: Bench,
) -> None:
    bench.account.put_notification("holidays", NOTIFICATION)

    await bench.put("holidays")

    assert not bench.caller.calls
    ((assumption,), (push,)) = bench.facts("assumption"), bench.facts("push")
    assert (assumption["external_id"], assumption["granted"]) == ("arn:aws:s3:::holidays", False)
    assert push["status"] == "refused"
    assert "is not authorized to perform: sts:AssumeRole" in push["message"]


async def test_a_refused_call_is_journalled_and_not_raised(bench: Bench) -> None:
    bench.caller.refusal = ServiceError("AccessDeniedException", "not authorized to perform: lambda:InvokeAsync", 403)

    await bench.put()

    assert [(facts["status"], facts["message"]) for facts in bench.facts("push")] == [
        ("refused", "not authorized to perform: lambda:InvokeAsync")
    ]


async def test_nothing_happens_for_events_and_buckets_that_nobody_asked_about(bench: Bench) -> None:
    await bench.put(event_name="ObjectCreated:Copy")
    await bench.put("quiet")

    assert bench.journal.entries() == []


@pytest.mark.parametrize(
    ("pattern", "is_named"),
    [
        ("s3:ObjectCreated:Put", True),
        ("s3:ObjectCreated:*", True),
        ("s3:ObjectCreated:Post", False),
        ("s3:ReducedRedundancyLostObject", False),
    ],
)
def test_an_event_is_named_exactly_or_by_its_family(pattern: str, *, is_named: bool) -> None:
    assert names_event([pattern], "ObjectCreated:Put") is is_named


def test_an_invocation_by_the_session_of_s3_has_s3_as_its_source() -> None:
    arn = "arn:aws:sts::123456789012:assumed-role/for-s3/"
    pushed = Principal(PrincipalKind.ROLE_SESSION, f"{arn}s3.amazonaws.com", "123456789012", "AROA", role=ROLE)
    other = Principal(PrincipalKind.ROLE_SESSION, f"{arn}learner", "123456789012", "AROA", role=ROLE)

    assert [invocation_source(principal) for principal in (pushed, other, LEARNER)] == ["s3", "direct", "direct"]
