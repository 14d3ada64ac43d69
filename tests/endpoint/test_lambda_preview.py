"""Does today's boto3 believe our Lambda of 2014, from the upload to the log line, and with S3 pushing?"""

from __future__ import annotations

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import RunningPlatform, StartPlatform
from tests.endpoint.held import held_to_model, zipped

ECHO = """
exports.handler = function (event, context) {
    console.log('got ' + JSON.stringify(event));
    context.done(null, 'done');
};
"""
TRUSTS_S3 = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringLike": {"sts:ExternalId": "arn:aws:s3:::*"}},
}
MAY_INVOKE = {"Effect": "Allow", "Action": ["lambda:InvokeFunction"], "Resource": ["*"]}


@pytest.fixture
def preview(platform: RunningPlatform) -> Any:
    return held_to_model(platform.client("lambda", api_version="2014-11-11"))


@pytest.fixture
def name(preview: Any) -> Iterator[str]:
    """Return the name of a function that is deleted afterwards."""
    name = f"preview-{uuid.uuid4().hex[:8]}"
    yield name
    if name in [function["FunctionName"] for function in preview.list_functions()["Functions"]]:
        preview.delete_function(FunctionName=name)


@pytest.fixture
def upload(preview: Any, name: str, execution_role: str) -> Callable[..., Mapping[str, Any]]:
    def upload(source: str = ECHO, **changes: Any) -> Mapping[str, Any]:
        members = {
            "FunctionName": name,
            "FunctionZip": zipped("index.js", source),
            "Runtime": "nodejs",
            "Role": execution_role,
            "Handler": "index.handler",
            "Mode": "event",
        }
        answer: Mapping[str, Any] = preview.upload_function(**(members | changes))
        return answer

    return upload


def wait_for(platform: RunningPlatform, kind: str, **facts: Any) -> Mapping[str, Any]:
    """Return the facts of the first entry of the journal that has these facts, as soon as there is one."""
    after, deadline = 0, time.monotonic() + 30
    while time.monotonic() < deadline:
        query: dict[str, str | int] = {"after": after, "wait": 5}
        entries = httpx.get(f"{platform.url}/_lab/journal", params=query, timeout=30).json()["entries"]
        for entry in entries:
            after = entry["seq"]
            if entry["kind"] == kind and facts.items() <= entry["facts"].items():
                found: Mapping[str, Any] = entry["facts"]
                return found
    raise AssertionError(f"no entry {kind} with {facts}")


def test_a_function_is_uploaded_read_back_listed_and_deleted(
    preview: Any, name: str, upload: Callable[..., Mapping[str, Any]]
) -> None:
    uploaded = upload(Description="echoes", Timeout=60, MemorySize=1024)

    assert uploaded["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert uploaded["FunctionARN"] == f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    configuration = preview.get_function_configuration(FunctionName=name)
    assert {k: v for k, v in configuration.items() if k != "ResponseMetadata"} == {
        k: v for k, v in uploaded.items() if k != "ResponseMetadata"
    }
    assert name in [function["FunctionName"] for function in preview.list_functions()["Functions"]]
    assert preview.delete_function(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(preview.exceptions.ResourceNotFoundException):
        preview.get_function(FunctionName=name)


def test_the_package_is_fetched_as_it_was_uploaded(
    preview: Any, name: str, upload: Callable[..., Mapping[str, Any]]
) -> None:
    upload()

    code = preview.get_function(FunctionName=name)["Code"]

    assert code["RepositoryType"] == "S3"
    assert httpx.get(code["Location"]).content == zipped("index.js", ECHO)


def test_a_configuration_is_updated(preview: Any, name: str, upload: Callable[..., Mapping[str, Any]]) -> None:
    uploaded = upload()

    changed = preview.update_function_configuration(FunctionName=name, MemorySize=512)

    assert (changed["MemorySize"], changed["Timeout"]) == (512, 3)
    assert changed["ConfigurationId"] != uploaded["ConfigurationId"]


def test_functions_are_listed_in_pages(preview: Any, name: str, upload: Callable[..., Mapping[str, Any]]) -> None:
    names = [f"{name}-{letter}" for letter in "abc"]
    for one in names:
        upload(FunctionName=one)

    listed, page = [], preview.list_functions(MaxItems=1)
    while page.get("NextMarker"):
        listed += page["Functions"]
        page = preview.list_functions(MaxItems=1, Marker=page["NextMarker"])
    listed += page["Functions"]

    assert [function["FunctionName"] for function in listed if function["FunctionName"].startswith(name)] == names
    for one in names:
        preview.delete_function(FunctionName=one)


@pytest.mark.parametrize(
    "changes",
    [
        {"Timeout": 900},
        {"MemorySize": 4096},
        {"Runtime": "nodejs20.x"},
        {"FunctionZip": b"not a zip"},
        {"Role": "arn:aws:iam::123456789012:role/nobody"},
    ],
)
def test_what_the_preview_did_not_offer_is_refused(
    preview: Any, upload: Callable[..., Mapping[str, Any]], changes: dict[str, Any]
) -> None:
    with pytest.raises(preview.exceptions.InvalidParameterValueException) as caught:
        upload(**changes)

    assert caught.value.response["Error"]["Message"]
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_event_that_is_not_json_is_refused(
    preview: Any, name: str, upload: Callable[..., Mapping[str, Any]]
) -> None:
    upload()

    with pytest.raises(preview.exceptions.InvalidRequestContentException):
        preview.invoke_async(FunctionName=name, InvokeArgs=b"{")


@pytest.mark.isolation
def test_an_accepted_event_runs_and_logs(
    platform: RunningPlatform, preview: Any, name: str, upload: Callable[..., Mapping[str, Any]]
) -> None:
    upload()

    answer = preview.invoke_async(FunctionName=name, InvokeArgs=b'{"photo": "cat"}')

    assert answer["Status"] == answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    run = wait_for(platform, "invocation", request_id=answer["ResponseMetadata"]["RequestId"])
    assert (run["status"], run["source"], run["invocation_type"]) == ("Succeeded", "direct", "Event")
    lines = platform.client("logs").get_log_events(logGroupName=run["log_group"], logStreamName=run["log_stream"])
    assert any('got {"photo":"cat"}' in line["message"] for line in lines["events"])


def test_a_stream_is_mapped_re_pointed_listed_and_unmapped(
    preview: Any, name: str, upload: Callable[..., Mapping[str, Any]], execution_role: str
) -> None:
    upload()
    stream = f"arn:aws:kinesis:us-east-1:123456789012:stream/{name}"
    mapped = {"EventSource": stream, "FunctionName": name, "Role": execution_role}

    added = preview.add_event_source(**mapped, Parameters={"InitialPositionInStream": "LATEST"})
    changed = preview.add_event_source(**mapped, BatchSize=10)

    assert added["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert (added["Status"], added["IsActive"], added["BatchSize"]) == ("PENDING", True, 100)
    assert (changed["UUID"], changed["BatchSize"], changed["Parameters"]) == (added["UUID"], 10, added["Parameters"])
    (listed,) = preview.list_event_sources(EventSourceArn=stream)["EventSources"]
    metadata = {"ResponseMetadata": changed["ResponseMetadata"]}
    untried = {"Status": "PENDING"}  # by now it may have been tried: there is no such stream
    assert listed | metadata | untried == changed | untried
    removed = preview.remove_event_source(UUID=added["UUID"])
    assert removed["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(preview.exceptions.ResourceNotFoundException, match="The resource you requested does not exist"):
        preview.get_event_source(UUID=added["UUID"])
    assert preview.list_event_sources(EventSourceArn=stream)["EventSources"] == []


def roles_for_push(platform: RunningPlatform, *, may_invoke: bool = True) -> str:
    iam = platform.client("iam")
    name = f"invocation-{uuid.uuid4().hex[:8]}"
    trust = {"Version": "2012-10-17", "Statement": [TRUSTS_S3]}
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if may_invoke:
        access = {"Version": "2012-10-17", "Statement": [MAY_INVOKE]}
        iam.put_role_policy(RoleName=name, PolicyName="invoke", PolicyDocument=json.dumps(access))
    return arn


def notify(platform: RunningPlatform, bucket: str, function_arn: str, role: str) -> dict[str, Any]:
    s3 = platform.client("s3")
    s3.create_bucket(Bucket=bucket)
    configuration = {
        "Id": "thumbnails",
        "Event": "s3:ObjectCreated:*",
        "CloudFunction": function_arn,
        "InvocationRole": role,
    }
    s3.put_bucket_notification(Bucket=bucket, NotificationConfiguration={"CloudFunctionConfiguration": configuration})
    return configuration


@pytest.mark.isolation
def test_an_object_in_a_bucket_runs_the_function(
    platform: RunningPlatform, name: str, upload: Callable[..., Mapping[str, Any]]
) -> None:
    bucket = f"photos-{name}"
    notify(platform, bucket, upload()["FunctionARN"], roles_for_push(platform))

    platform.client("s3").put_object(Bucket=bucket, Key="my cat.jpg", Body=b"meow")

    push = wait_for(platform, "push", bucket=bucket)
    assert (push["status"], push["message"]) == ("accepted", "")
    run = wait_for(platform, "invocation", function=name)
    assert (run["source"], run["status"]) == ("s3", "Succeeded")
    assert run["caller"].endswith("/s3.amazonaws.com")
    lines = platform.client("logs").get_log_events(logGroupName=run["log_group"], logStreamName=run["log_stream"])
    (line,) = [event["message"] for event in lines["events"] if "got " in event["message"]]
    (record,) = json.loads(line.split("got ", 1)[1])["Records"]
    assert (record["eventVersion"], record["eventName"]) == ("2.0", "ObjectCreated:Put")
    assert record["s3"]["object"] | {"eTag": ""} == {"key": "my+cat.jpg", "size": 4, "eTag": ""}


def test_a_push_without_the_right_is_refused_and_only_the_journal_knows(
    platform: RunningPlatform, name: str, upload: Callable[..., Mapping[str, Any]]
) -> None:
    bucket = f"photos-{name}"
    notify(platform, bucket, upload()["FunctionARN"], roles_for_push(platform, may_invoke=False))

    answer = platform.client("s3").put_object(Bucket=bucket, Key="cat.jpg", Body=b"meow")

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    push = wait_for(platform, "push", bucket=bucket)
    assert push["status"] == "refused"
    assert "is not authorized to perform: lambda:InvokeAsync" in push["message"]


def test_a_notification_is_read_back_as_it_was_written_and_removed_by_an_empty_one(
    platform: RunningPlatform, name: str, upload: Callable[..., Mapping[str, Any]]
) -> None:
    s3, bucket = held_to_model(platform.client("s3")), f"photos-{name}"
    written = notify(platform, bucket, upload()["FunctionARN"], roles_for_push(platform))

    got = s3.get_bucket_notification(Bucket=bucket)["CloudFunctionConfiguration"]
    s3.put_bucket_notification(Bucket=bucket, NotificationConfiguration={})

    assert got == written | {"Events": ["s3:ObjectCreated:*"]}
    assert "CloudFunctionConfiguration" not in s3.get_bucket_notification(Bucket=bucket)


def test_a_bucket_that_is_made_again_begins_without_the_notification_of_the_deleted_one(
    platform: RunningPlatform, name: str, upload: Callable[..., Mapping[str, Any]]
) -> None:
    s3, bucket = platform.client("s3"), f"photos-{name}"
    notify(platform, bucket, upload()["FunctionARN"], roles_for_push(platform))

    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)

    assert "CloudFunctionConfiguration" not in s3.get_bucket_notification(Bucket=bucket)


@pytest.mark.isolation
def test_functions_and_accepted_events_survive_a_kill(start_platform: StartPlatform, tmp_path: Path) -> None:
    first = start_platform(state=tmp_path)
    preview = first.client("lambda", api_version="2014-11-11")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = first.client("iam").create_role(RoleName="basic", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    preview.upload_function(
        FunctionName="sleeper",
        FunctionZip=zipped(
            "index.js", "exports.handler = function (event, context) { setTimeout(context.done, 2000); };"
        ),
        Runtime="nodejs",
        Role=role,
        Handler="index.handler",
        Mode="event",
        Timeout=30,
    )
    accepted = preview.invoke_async(FunctionName="sleeper", InvokeArgs=b"{}")
    os.kill(first.pid, signal.SIGKILL)

    second = start_platform(state=tmp_path)

    functions = second.client("lambda", api_version="2014-11-11").list_functions()["Functions"]
    assert [function["FunctionName"] for function in functions] == ["sleeper"]
    run = wait_for(second, "invocation", request_id=accepted["ResponseMetadata"]["RequestId"])
    assert (run["function"], run["invocation_type"], run["status"]) == ("sleeper", "Event", "Succeeded")
