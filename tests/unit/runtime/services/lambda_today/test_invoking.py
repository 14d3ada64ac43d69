"""Invoke."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.unit.runtime.services.laboratory import Lab
from tests.unit.runtime.services.lambda_today.usual import ARN, create, refusal


async def test_an_invocation_answers_with_the_result(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.invoke(lab.call(), function_name="hello", payload=b'{"a": 1}')

    assert answer == {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": b'"done"'}
    (invocation,) = lab.invoker.invocations
    assert (invocation.payload, invocation.request_id) == (b'{"a": 1}', "8e9b9d5a")


async def test_a_caller_who_sends_nothing_sends_an_empty_object(lab: Lab) -> None:
    await create(lab)

    await lab.today.invoke(lab.call(), function_name="hello")

    assert lab.invoker.invocations[0].payload == b"{}"


async def test_a_failure_of_the_function_is_answered_with_200(lab: Lab) -> None:
    await create(lab)
    lab.invoker.function_error, lab.invoker.payload = "Unhandled", b'{"errorMessage": "boom"}'

    answer = await lab.today.invoke(lab.call(), function_name="hello")

    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")


async def test_the_tail_of_the_log_comes_only_when_asked_for(lab: Lab) -> None:
    await create(lab)

    without = await lab.today.invoke(lab.call(), function_name="hello")
    with_tail = await lab.today.invoke(lab.call(), function_name="hello", log_type="Tail")

    assert "LogResult" not in without
    assert base64.b64decode(with_tail["LogResult"]) == b"START\nEND\n"


async def test_an_event_is_queued(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.invoke(lab.call(), function_name="hello", invocation_type="Event", payload=b"1")

    assert answer == {"StatusCode": 202, "Payload": b""}
    assert [invocation.payload for invocation in lab.queue.accepted] == [b"1"]
    assert not lab.invoker.invocations


async def test_a_dry_run_runs_nothing(lab: Lab) -> None:
    await create(lab)

    answer = await lab.today.invoke(lab.call(), function_name="hello", invocation_type="DryRun")

    assert answer == {"StatusCode": 204, "Payload": b""}
    assert not lab.invoker.invocations
    assert not lab.queue.accepted


async def test_the_client_context_reaches_the_function_as_json_that_fits_into_a_header(lab: Lab) -> None:
    await create(lab)
    context = base64.b64encode(b'{\n  "custom": {\r\n    "a": "\xc3\xa9"}}').decode()

    await lab.today.invoke(lab.call(), function_name="hello", client_context=context)
    error = await refusal(lab.today.invoke(lab.call(), function_name="hello", client_context="{}"))

    assert lab.invoker.invocations[0].client_context == r'{"custom": {"a": "\u00e9"}}'
    assert error.message == "Client context must be a valid Base64-encoded JSON object."


@pytest.mark.parametrize(
    ("members", "code", "status", "message"),
    [
        (
            {"payload": b'"' + b"x" * 6_291_456 + b'"'},
            "RequestEntityTooLargeException",
            413,
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        ),
        (
            {"payload": b'"' + b"x" * 1_048_576 + b'"', "invocation_type": "Event"},
            "RequestEntityTooLargeException",
            413,
            "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
        ),
        (
            {"invocation_type": "event"},
            "ValidationException",
            400,
            "1 validation error detected: Value 'event' at 'invocationType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
        ),
    ],
)
async def test_an_invocation_that_cannot_be_is_refused(
    lab: Lab, members: dict[str, Any], code: str, status: int, message: str
) -> None:
    await create(lab)

    error = await refusal(lab.today.invoke(lab.call(), function_name="hello", **members))

    assert (error.code, error.status, error.message) == (code, status, message)


async def test_a_payload_that_is_not_json_is_refused(lab: Lab) -> None:
    await create(lab)

    error = await refusal(lab.today.invoke(lab.call(), function_name="hello", payload=b"\x99"))

    assert (error.code, error.status) == ("InvalidRequestContentException", 400)
    assert error.message.startswith("Could not parse request body into json: Could not parse payload into json: ")


async def test_invoke_names_a_function_that_is_not_there_with_its_version(lab: Lab) -> None:
    error = await refusal(lab.today.invoke(lab.call(), function_name="nobody"))

    assert (error.code, error.message) == ("ResourceNotFoundException", f"Function not found: {ARN[:-5]}nobody:$LATEST")
