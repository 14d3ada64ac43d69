"""Ceilings: what a function has reserved, what is left for the others, and 429 for one too many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import RunningPlatform, StartPlatform
from tests.endpoint.held import held_to_model, zipped
from tests.endpoint.lambda_today.conftest import Create, invoked, refusal

SLEEPS = "import time\n\ndef handler(event, context):\n    time.sleep(event['seconds'])\n    return 'done'\n"
THROTTLED = {"code": "TooManyRequestsException", "message": "Rate Exceeded.", "status": 429, "Type": "User"}


def test_aws_092_and_093_concurrency_is_reserved_read_and_given_back(today: Any, function: Mapping[str, Any]) -> None:
    name = function["FunctionName"]
    before = today.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]

    none = today.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    some = today.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=7)

    assert (none["ReservedConcurrentExecutions"], some["ReservedConcurrentExecutions"]) == (0, 7)
    assert today.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 7
    assert today.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": 7}
    assert today.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"] == before - 7
    given_back = today.delete_function_concurrency(FunctionName=name)
    assert given_back["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert "ReservedConcurrentExecutions" not in today.get_function_concurrency(FunctionName=name)


def test_where_nothing_is_reserved_on_purpose_nothing_runs(today: Any, function: Mapping[str, Any]) -> None:
    name = function["FunctionName"]
    today.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    answer = refusal(today.invoke, FunctionName=name)

    assert answer == THROTTLED | {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"}


def test_aws_097_and_098_an_event_is_accepted_all_the_same_and_given_up(
    platform: RunningPlatform, today: Any, function: Mapping[str, Any]
) -> None:
    name = function["FunctionName"]
    today.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    accepted = invoked(today, FunctionName=name, InvocationType="Event", Payload=b"{}")

    assert accepted["StatusCode"] == 202
    request_id = accepted["ResponseMetadata"]["RequestId"]
    given_up = entry(platform, "event", request_id)
    assert (given_up["decision"], given_up["condition"], given_up["attempts"]) == (
        "gave up",
        "ZeroReservedConcurrency",
        0,
    )


def entry(platform: RunningPlatform, kind: str, request_id: str) -> Mapping[str, Any]:
    """Wait for an entry of the journal about a request, and return its facts."""
    after = 0
    for _ in range(60):
        answer = httpx.get(f"{platform.url}/_lab/journal", params={"after": after, "wait": 5}, timeout=30).json()
        for one in answer["entries"]:
            after = one["seq"]
            if one["kind"] == kind and one["facts"].get("request_id") == request_id:
                facts: Mapping[str, Any] = one["facts"]
                return facts
    raise AssertionError(f"the journal says nothing of {request_id}")


@pytest.fixture(scope="module")
def narrow(start_platform: StartPlatform) -> RunningPlatform:
    """Return a platform whose account runs two invocations at once."""
    return start_platform("--concurrency", "2")


@pytest.fixture
def sleepy(narrow: RunningPlatform) -> Iterator[Any]:
    """Return a client of an account with the functions one and two, which sleep."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = narrow.client("iam")
    role = iam.create_role(RoleName="sleeps", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    runtimes = httpx.get(f"{narrow.url}/_lab/status").json()["runtimes"]
    python = next(runtime for runtime in runtimes if runtime.startswith("python"))
    client = held_to_model(narrow.client("lambda"))
    for name in ("one", "two"):
        client.create_function(
            FunctionName=name,
            Runtime=python,
            Role=role,
            Handler="index.handler",
            Timeout=30,
            Code={"ZipFile": zipped("index.py", SLEEPS)},
        )
    yield client
    for name in ("one", "two"):
        client.delete_function(FunctionName=name)
    iam.delete_role(RoleName="sleeps")


def insist(client: Any, name: str, seconds: float) -> str:
    """Have a function sleep, as soon as it is not one too many."""
    while True:
        try:
            return sleep(client, name, seconds)
        except client.exceptions.TooManyRequestsException:
            continue


def sleep(client: Any, name: str, seconds: float) -> str:
    answer = invoked(client, FunctionName=name, Payload=json.dumps({"seconds": seconds}))
    return str(json.loads(answer["Payload"]))


@pytest.mark.isolation
def test_an_account_runs_no_more_at_once_than_it_may(sleepy: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(insist, sleepy, name, 4) for name in ("one", "two")]
        answer = until_throttled(sleepy, "one")
        done = [one.result() for one in running]

    assert answer == THROTTLED | {"Reason": "ConcurrentInvocationLimitExceeded"}
    assert done == ["done", "done"]
    assert sleep(sleepy, "one", 0) == "done"


def until_throttled(client: Any, name: str) -> Mapping[str, Any]:
    """Invoke a function until it is one too many: those that fill the account may not have begun yet."""
    for _ in range(50):
        try:
            sleep(client, name, 0)
        except client.exceptions.TooManyRequestsException:
            return refusal(client.invoke, FunctionName=name, Payload=b'{"seconds": 0}')
    raise AssertionError("nothing was throttled")


@pytest.mark.isolation
def test_a_throttled_event_waits_for_its_turn(narrow: RunningPlatform, sleepy: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(insist, sleepy, "one", 3) for _ in range(2)]
        until_throttled(sleepy, "two")
        accepted = invoked(sleepy, FunctionName="two", InvocationType="Event", Payload=b'{"seconds": 0}')
        assert [one.result() for one in running] == ["done", "done"]

    request_id = accepted["ResponseMetadata"]["RequestId"]
    assert entry(narrow, "event", request_id)["condition"] == "Throttled"
    assert entry(narrow, "invocation", request_id)["status"] == "Succeeded"


def test_an_account_of_two_can_reserve_nothing(sleepy: Any) -> None:
    answer = refusal(sleepy.put_function_concurrency, FunctionName="one", ReservedConcurrentExecutions=1)

    assert answer["message"].endswith("below its minimum value of [2].")


@pytest.mark.isolation
def test_a_function_that_has_reserved_one_runs_one_at_a_time(today: Any, name: str, create: Create) -> None:
    create(SLEEPS, Timeout=30)
    today.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(insist, today, name, 4)
        answer = until_throttled(today, name)
        assert running.result() == "done"

    assert answer["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert sleep(today, name, 0) == "done"
