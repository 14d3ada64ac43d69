"""Versions are snapshots, aliases point to them, and an invocation of either runs what it names."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from tests.endpoint.held import zipped
from tests.endpoint.lambda_today.conftest import Create, invoked, refusal

SAYS_WHO = """
def handler(event, context):
    return {"says": "%s", "version": context.function_version, "arn": context.invoked_function_arn}
"""


def say(today: Any, name: str, word: str) -> None:
    today.update_function_code(FunctionName=name, ZipFile=zipped("index.py", SAYS_WHO % word))


def said(today: Any, name: str, **how: Any) -> Mapping[str, Any]:
    answer: Mapping[str, Any] = json.loads(invoked(today, FunctionName=name, **how)["Payload"])
    return answer


def test_a_version_is_published_once_and_keeps_what_it_was(today: Any, name: str, create: Create) -> None:
    created = create(Description="first")

    one = today.publish_version(FunctionName=name)
    again = today.publish_version(FunctionName=name)
    today.update_function_configuration(FunctionName=name, Description="second", MemorySize=256)
    two = today.publish_version(FunctionName=name, Description="of its own")

    assert (one["Version"], one["FunctionArn"]) == ("1", f"{created['FunctionArn']}:1")
    assert again["RevisionId"] == one["RevisionId"]
    kept = today.get_function_configuration(FunctionName=name, Qualifier="1")
    assert (kept["Description"], kept["MemorySize"], kept["State"]) == ("first", 128, "Active")
    assert (two["Version"], two["Description"], two["MemorySize"]) == ("2", "of its own", 256)
    listed = today.list_versions_by_function(FunctionName=name)["Versions"]
    assert [version["Version"] for version in listed] == ["$LATEST", "1", "2"]
    assert listed[0]["FunctionArn"] == f"{created['FunctionArn']}:$LATEST"


def test_a_function_can_be_created_and_updated_with_a_version(today: Any, name: str, create: Create) -> None:
    created = create(Publish=True)

    updated = today.update_function_code(FunctionName=name, ZipFile=zipped("index.py", SAYS_WHO % "new"), Publish=True)

    assert (created["Version"], updated["Version"]) == ("1", "2")
    assert updated["FunctionArn"].endswith(f"{name}:2")
    everything = today.list_functions(FunctionVersion="ALL")["Functions"]
    assert [one["Version"] for one in everything if one["FunctionName"] == name] == ["$LATEST", "1", "2"]


def test_the_number_of_a_deleted_version_is_not_given_again(today: Any, name: str, create: Create) -> None:
    create(Publish=True)

    today.delete_function(FunctionName=name, Qualifier="1")
    today.delete_function(FunctionName=name, Qualifier="1")

    assert today.publish_version(FunctionName=name)["Version"] == "2"
    gone = refusal(today.get_function, FunctionName=name, Qualifier="1")
    assert gone["message"].endswith(f":function:{name}:1")


def test_a_version_that_an_alias_points_to_stays(today: Any, name: str, create: Create) -> None:
    create(Publish=True)
    today.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    answer = refusal(today.delete_function, FunctionName=name, Qualifier="1")

    assert (answer["status"], answer["code"]) == (409, "ResourceConflictException")
    assert answer["message"] == "Unable to delete version because the following aliases reference it: [live]"


def test_an_alias_is_made_moved_listed_and_taken_away(today: Any, name: str, create: Create) -> None:
    arn = create(Publish=True)["FunctionArn"]
    made = today.create_alias(FunctionName=name, Name="live", FunctionVersion="1", Description="what people use")

    moved = today.update_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST", RevisionId=made["RevisionId"])
    stale = refusal(today.update_alias, FunctionName=name, Name="live", RevisionId=made["RevisionId"])
    listed = today.list_aliases(FunctionName=name, FunctionVersion="$LATEST")["Aliases"]
    today.delete_alias(FunctionName=name, Name="live")

    assert (made["AliasArn"], made["FunctionVersion"]) == (f"{arn}:live", "1")
    assert (moved["FunctionVersion"], moved["Description"]) == ("$LATEST", "what people use")
    assert (stale["status"], stale["code"]) == (412, "PreconditionFailedException")
    assert [alias["Name"] for alias in listed] == ["live"]
    assert today.list_aliases(FunctionName=name)["Aliases"] == []


@pytest.mark.parametrize(
    ("weights", "code", "message"),
    [
        (
            {"1": 0.1, "2": 0.1},
            "InvalidParameterValueException",
            "Number of items in AdditionalVersionWeights cannot be",
        ),
        (
            {"2": 0.1},
            "InvalidParameterValueException",
            "Invalid function version 2. Function version 2 is already included in routing configuration.",
        ),
        ({"9": 0.1}, "ResourceNotFoundException", "Function not found: "),
        (
            {"1": 1.5},
            "ValidationException",
            "1 validation error detected: Value '{1=1.5}' at 'routingConfig.additionalVersionWeights' "
            "failed to satisfy "
            "constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0",
        ),
        (
            {"live": 0.5},
            "ValidationException",
            "1 validation error detected: Value '{live=0.5}' at 'routingConfig.additionalVersionWeights' failed to "
            "satisfy constraint: Map keys must satisfy constraint: [",
        ),
    ],
)
def test_weights_that_cannot_be_are_refused(
    today: Any, name: str, create: Create, weights: Mapping[str, float], code: str, message: str
) -> None:
    create(Publish=True)
    today.update_function_configuration(FunctionName=name, Timeout=9)
    today.publish_version(FunctionName=name)

    answer = refusal(
        today.create_alias,
        FunctionName=name,
        Name="live",
        FunctionVersion="2",
        RoutingConfig={"AdditionalVersionWeights": weights},
    )

    assert answer["code"] == code
    assert answer["message"].startswith(message)


@pytest.mark.isolation
def test_aws_057_what_is_invoked_is_the_version_that_was_named(today: Any, name: str, create: Create) -> None:
    arn = create(SAYS_WHO % "one", Publish=True)["FunctionArn"]
    say(today, name, "two")
    today.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    version = invoked(today, FunctionName=name, Qualifier="1")
    assert version["ExecutedVersion"] == "1"
    assert json.loads(version["Payload"]) == {"says": "one", "version": "1", "arn": f"{arn}:1"}
    assert said(today, f"{name}:live") == {"says": "one", "version": "1", "arn": f"{arn}:live"}
    assert said(today, name) == {"says": "two", "version": "$LATEST", "arn": arn}


@pytest.mark.isolation
def test_aws_064_an_arn_with_latest_is_seen_with_latest(today: Any, name: str, create: Create) -> None:
    arn = create(SAYS_WHO % "it")["FunctionArn"]

    assert said(today, f"{arn}:$LATEST")["arn"] == f"{arn}:$LATEST"


@pytest.mark.isolation
def test_an_alias_with_weights_sends_a_part_elsewhere(today: Any, name: str, create: Create) -> None:
    create(SAYS_WHO % "one", Publish=True)
    say(today, name, "two")
    today.publish_version(FunctionName=name)
    today.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )

    versions = Counter(invoked(today, FunctionName=name, Qualifier="live")["ExecutedVersion"] for _ in range(40))

    # Forty throws of a coin: fewer than four heads, or tails, come once in fifty million.
    assert versions.keys() == {"1", "2"}
    assert min(versions.values()) > 3


@pytest.mark.isolation
def test_the_log_of_a_version_names_it(platform: Any, today: Any, name: str, create: Create) -> None:
    create(SAYS_WHO % "one", Publish=True)

    said(today, name, Qualifier="1")

    events = platform.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    assert "/[1]" in events[0]["logStreamName"]
    assert any(event["message"].endswith("Version: 1\n") for event in events)
