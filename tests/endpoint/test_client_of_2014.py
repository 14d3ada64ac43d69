"""Does the SDK of its time believe our Lambda of 2014? aws-sdk-js 2.0.27, on Node v0.10.32, calls all 11 operations."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import REQUIRE_ALL, RunningPlatform
from tests.endpoint.held import held_to_model, zipped
from tests.endpoint.test_lambda_preview import ECHO, wait_for

PARTS = Path(sys.prefix) / "share" / "lambda-lab" / "nodejs"
NODE = PARTS / "node" / "bin" / "node"
PROGRAM = Path(__file__).parent / "clients" / "of_2014.js"
CLICKS = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks-{}"

pytestmark = pytest.mark.skipif(
    not NODE.exists() and not REQUIRE_ALL, reason="Node v0.10.32 is not installed (make lab fetches it)"
)

Call = tuple[str, dict[str, Any]]
Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def ask(platform: RunningPlatform) -> Ask:
    """Return a function that has the client make calls and returns what it made of the answers."""

    def ask(*calls: Call, **other: str) -> list[dict[str, Any]]:
        options = {
            "endpoint": platform.url,
            "region": "us-east-1",
            "sslEnabled": False,
            "maxRetries": 0,
            "accessKeyId": platform.access_key_id,
            "secretAccessKey": platform.secret_access_key,
        } | other
        asked = {"client": options, "calls": [{"operation": name, "parameters": given} for name, given in calls]}
        finished = subprocess.run(
            [NODE, PROGRAM],
            input=json.dumps(asked),
            env={"NODE_PATH": str(PARTS / "node_modules")},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert finished.returncode == 0, finished.stderr
        said = json.loads(finished.stdout)
        assert said["versions"] == {"node": "v0.10.32", "sdk": "2.0.27"}
        answers: list[dict[str, Any]] = said["answers"]
        assert len(answers) == len(calls)
        return answers

    return ask


def the(answers: list[dict[str, Any]]) -> list[Any]:
    """Return what was answered; no call may have failed."""
    assert [answer for answer in answers if "data" not in answer] == []
    return [answer["data"] for answer in answers]


@pytest.fixture
def preview(platform: RunningPlatform) -> Any:
    return held_to_model(platform.client("lambda", api_version="2014-11-11"))


@pytest.fixture
def name(preview: Any) -> Iterator[str]:
    """Return the name of a function that is deleted afterwards."""
    name = f"js-{uuid.uuid4().hex[:8]}"
    yield name
    for function in preview.list_functions()["Functions"]:
        if function["FunctionName"].startswith(name):
            preview.delete_function(FunctionName=function["FunctionName"])
    for source in preview.list_event_sources()["EventSources"]:
        if source["FunctionName"].startswith(name):
            preview.remove_event_source(UUID=source["UUID"])


def upload(name: str, role: str, **changes: Any) -> Call:
    members = {
        "FunctionName": name,
        "FunctionZip": {"base64": base64.b64encode(zipped("index.js", ECHO)).decode()},
        "Runtime": "nodejs",
        "Role": role,
        "Handler": "index.handler",
        "Mode": "event",
    }
    return "uploadFunction", members | changes


def test_a_function_is_uploaded_read_changed_listed_and_deleted(ask: Ask, name: str, execution_role: str) -> None:
    named = {"FunctionName": name}

    answers = ask(
        upload(name, execution_role, Description="echoes", Timeout=60, MemorySize=1024),
        ("getFunction", dict(named)),
        ("getFunctionConfiguration", dict(named)),
        ("updateFunctionConfiguration", {**named, "MemorySize": 512, "Description": "ähnlich & anders"}),
        ("listFunctions", {}),
        ("deleteFunction", dict(named)),
    )

    uploaded, whole, read, changed, listed, deleted = the(answers)
    assert [answer["statusCode"] for answer in answers] == [201, 200, 200, 200, 200, 204]
    assert (uploaded["Timeout"], uploaded["MemorySize"], uploaded["Mode"]) == (60, 1024, "event")
    assert uploaded["FunctionARN"] == f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
    assert whole["Configuration"] == read == uploaded
    assert whole["Code"]["RepositoryType"] == "S3"
    assert httpx.get(whole["Code"]["Location"]).content == zipped("index.js", ECHO)
    assert {member for member in read if read[member] != changed[member]} == {
        "MemorySize",
        "Description",
        "LastModified",
        "ConfigurationId",
    }
    assert changed["Description"] == "ähnlich & anders"
    assert changed in listed["Functions"]
    assert deleted == {}


def test_what_boto3_reads_is_what_the_old_client_reads(ask: Ask, preview: Any, name: str, execution_role: str) -> None:
    the(ask(upload(name, execution_role)))

    (as_of_2014,) = the(ask(("getFunctionConfiguration", {"FunctionName": name})))
    as_of_today = preview.get_function_configuration(FunctionName=name)

    # The model of the launch day knew LastModified as a moment, botocore's as a text: the old client has parsed it.
    moments = [datetime.fromisoformat(one.pop("LastModified")) for one in (as_of_2014, as_of_today)]
    assert moments[0] == moments[1]
    assert as_of_2014 == {member: value for member, value in as_of_today.items() if member != "ResponseMetadata"}


def test_a_second_upload_replaces_the_first(ask: Ask, name: str, execution_role: str) -> None:
    """Facts A2: UploadFunction creates or replaces."""
    first, second = the(
        ask(upload(name, execution_role, Timeout=60), upload(name, execution_role, Handler="other.handler"))
    )

    assert (second["Timeout"], second["Handler"]) == (3, "other.handler")
    assert second["ConfigurationId"] != first["ConfigurationId"]


def test_functions_are_listed_in_pages(ask: Ask, name: str, execution_role: str) -> None:
    the(ask(*(upload(f"{name}-{letter}", execution_role) for letter in "abc")))

    listed: list[str] = []
    marker: dict[str, str] = {}
    while True:
        (page,) = the(ask(("listFunctions", {"MaxItems": 2, **marker})))
        assert len(page["Functions"]) <= 2
        listed += [function["FunctionName"] for function in page["Functions"]]
        if not page.get("NextMarker"):
            break
        marker = {"Marker": page["NextMarker"]}

    assert [one for one in listed if one.startswith(name)] == [f"{name}-{letter}" for letter in "abc"]


@pytest.mark.isolation
def test_an_event_is_accepted_and_runs(ask: Ask, platform: RunningPlatform, name: str, execution_role: str) -> None:
    _, accepted = ask(
        upload(name, execution_role),
        ("invokeAsync", {"FunctionName": name, "InvokeArgs": json.dumps({"photo": "Kätzchen"})}),
    )

    # The member Status stays empty: this SDK looks for it where its own model does not say it is.
    assert accepted == {"data": {}, "statusCode": 202}
    run = wait_for(platform, "invocation", function=name)
    assert (run["status"], run["invocation_type"]) == ("Succeeded", "Event")
    lines = platform.client("logs").get_log_events(logGroupName=run["log_group"], logStreamName=run["log_stream"])
    assert any('got {"photo":"Kätzchen"}' in line["message"] for line in lines["events"])


def test_a_stream_is_mapped_re_pointed_listed_and_unmapped(ask: Ask, name: str, execution_role: str) -> None:
    clicks, other = CLICKS.format(name), f"{name}-other"
    mapped = {"EventSource": clicks, "Role": execution_role}

    *_, added, moved, of_stream, of_function = the(
        ask(
            upload(name, execution_role),
            upload(other, execution_role),
            ("addEventSource", {**mapped, "FunctionName": name, "Parameters": {"InitialPositionInStream": "LATEST"}}),
            ("addEventSource", {**mapped, "FunctionName": other, "BatchSize": 10}),
            ("listEventSources", {"EventSourceArn": clicks}),
            ("listEventSources", {"FunctionName": name}),
        )
    )
    read, removed, gone = ask(
        ("getEventSource", {"UUID": added["UUID"]}),
        ("removeEventSource", {"UUID": added["UUID"]}),
        ("getEventSource", {"UUID": added["UUID"]}),
    )

    assert (added["Status"], added["IsActive"], added["BatchSize"]) == ("PENDING", True, 100)
    assert (moved["UUID"], moved["FunctionName"], moved["BatchSize"]) == (added["UUID"], other, 10)
    untried = {"Status": "PENDING"}  # by now it may have been tried: there is no such stream
    assert [listed | untried for listed in of_stream["EventSources"]] == [moved | untried]
    assert of_function["EventSources"] == []
    assert read["data"] | untried == moved | untried
    assert removed == {"data": {}, "statusCode": 204}
    assert (gone["code"], gone["statusCode"]) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("getFunction", {}),
        ("getFunctionConfiguration", {}),
        ("updateFunctionConfiguration", {"Timeout": 5}),
        ("deleteFunction", {}),
        ("invokeAsync", {"InvokeArgs": "{}"}),
    ],
)
def test_a_function_that_is_not_there_is_not_found(ask: Ask, operation: str, parameters: dict[str, Any]) -> None:
    (refused,) = ask((operation, {"FunctionName": "nobody", **parameters}))

    assert (refused["code"], refused["statusCode"]) == ("ResourceNotFoundException", 404)
    assert refused["message"] == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody"


def test_the_server_checks_what_the_client_does_not(ask: Ask, name: str, execution_role: str) -> None:
    """Facts A1: the client checks almost nothing."""
    wrong: list[dict[str, Any]] = [
        {"Timeout": 61},
        {"MemorySize": 2048},
        {"MemorySize": 129},
        {"Runtime": "nodejs20.x"},
        {"Mode": "sync"},
        {"Handler": "index handler"},
        {"Role": "role"},
        {"Description": "x" * 257},
        {"FunctionName": "a" * 65},
        {"FunctionName": "a:b"},
        {"FunctionZip": {"base64": base64.b64encode(b"no zip").decode()}},
        {"Role": "arn:aws:iam::123456789012:role/nobody"},
    ]

    answers = ask(*(upload(name, execution_role, **changes) for changes in wrong))

    told = {(answer.get("code"), answer.get("statusCode"), bool(answer.get("message"))) for answer in answers}
    assert told == {("InvalidParameterValueException", 400, True)}


def test_an_event_that_is_not_json_is_refused(ask: Ask, name: str, execution_role: str) -> None:
    _, refused = ask(upload(name, execution_role), ("invokeAsync", {"FunctionName": name, "InvokeArgs": "{'a': 1}"}))

    assert (refused["code"], refused["statusCode"]) == ("InvalidRequestContentException", 400)
    assert refused["message"].startswith("Could not parse request body into json")


def test_a_wrong_secret_is_refused_in_words_that_the_client_reads(ask: Ask) -> None:
    (refused,) = ask(("listFunctions", {}), secretAccessKey="wrong")

    assert (refused["code"], refused["statusCode"]) == ("InvalidSignatureException", 403)
    assert refused["message"].startswith("The request signature we calculated does not match")
