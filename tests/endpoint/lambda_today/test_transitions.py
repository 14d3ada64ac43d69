"""Pending and InProgress where they last: on a platform that was told so, and whose clock is advanced past them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import RunningPlatform, StartPlatform
from tests.endpoint.held import held_to_model, zipped
from tests.endpoint.lambda_today.conftest import invoked, refusal
from tests.endpoint.test_clock import clock

CONFLICT = {"code": "ResourceConflictException", "status": 409, "Type": "User"}
NOT_NOW = "The operation cannot be performed at this time."
PENDING = CONFLICT | {"message": f"{NOT_NOW} The function is currently in the following state: Pending"}
SAYS = "def handler(event, context):\n    return '{}'\n"


@pytest.fixture(scope="module")
def slow(start_platform: StartPlatform) -> RunningPlatform:
    return start_platform("--settling", "900")


@pytest.fixture
def settled(slow: RunningPlatform) -> Callable[[], None]:
    """Return a function that lets the time go by in which things settle."""

    def settled() -> None:
        assert clock(slow.state, "--advance", "900s").returncode == 0

    return settled


@pytest.fixture
def client(slow: RunningPlatform) -> Any:
    return held_to_model(slow.client("lambda"))


@pytest.fixture
def new(slow: RunningPlatform, client: Any, request: pytest.FixtureRequest) -> str:
    """Return the name of a function that was just made."""
    name = f"new-{abs(hash(request.node.name)):x}"
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = slow.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    made = client.create_function(
        FunctionName=name,
        Role=role,
        Runtime="python3.11",
        Handler="index.handler",
        Code={"ZipFile": zipped("index.py", SAYS.format("first"))},
    )
    assert (made["State"], made["StateReasonCode"]) == ("Pending", "Creating")
    return name


def test_aws_002_a_function_is_pending_and_then_active_and_a_waiter_sees_it(
    client: Any, new: str, settled: Callable[[], None]
) -> None:
    before = client.get_function_configuration(FunctionName=new)
    invoking, queuing, updating = (
        refusal(client.invoke, FunctionName=new),
        refusal(client.invoke, FunctionName=new, InvocationType="Event"),
        refusal(client.update_function_configuration, FunctionName=new, Timeout=9),
    )

    settled()
    client.get_waiter("function_active_v2").wait(FunctionName=new, WaiterConfig={"Delay": 1, "MaxAttempts": 2})

    assert (before["State"], before["StateReason"]) == ("Pending", "The function is being created.")
    assert invoking == queuing == updating == PENDING
    assert invoked(client, FunctionName=new)["Payload"] == b'"first"'


def test_aws_004_and_036_an_update_is_in_progress_and_until_then_the_function_is_what_it_was(
    client: Any, new: str, settled: Callable[[], None]
) -> None:
    settled()

    answer = client.update_function_code(FunctionName=new, ZipFile=zipped("index.py", SAYS.format("second")))
    meanwhile = invoked(client, FunctionName=new)["Payload"]
    read = client.get_function(FunctionName=new)["Configuration"]
    another = refusal(client.update_function_code, FunctionName=new, ZipFile=zipped("index.py", SAYS.format("third")))
    publishing = refusal(client.publish_version, FunctionName=new)
    settled()
    client.get_waiter("function_updated_v2").wait(FunctionName=new, WaiterConfig={"Delay": 1, "MaxAttempts": 2})

    for one in (answer, read):
        assert (one["State"], one["LastUpdateStatus"], one["LastUpdateStatusReasonCode"]) == (
            "Active",
            "InProgress",
            "Creating",
        )
        assert one["LastUpdateStatusReason"] == "The function is being created."
    assert meanwhile == b'"first"'
    words = f"{NOT_NOW} An update is in progress for resource: {read['FunctionArn']}"
    assert another == publishing == CONFLICT | {"message": words}
    assert invoked(client, FunctionName=new)["Payload"] == b'"second"'


def test_what_is_in_progress_does_not_keep_a_function_from_being_deleted(client: Any, new: str) -> None:
    assert client.delete_function(FunctionName=new)["StatusCode"] == 204
