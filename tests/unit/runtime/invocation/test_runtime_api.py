from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx
import pytest

from runtime.invocation.runtime_api import LARGEST_BODY, AnswerKind, Handout, RuntimeApi
from runtime.invocation.states import Event, State

NEXT = "/2018-06-01/runtime/invocation/next"
HANDOUT = Handout("id-1", b'{"a": 1}', 1700000000000, "arn:aws:lambda:us-east-1:123456789012:function:f", "Root=1")


@pytest.fixture
def begun() -> list[State]:
    """Return what the API's owner was told when an event was handed out."""
    return []


@pytest.fixture
async def api(begun: list[State]) -> RuntimeApi:
    made = RuntimeApi(lambda: begun.append(made.state))
    made.pass_through(Event.START)
    return made


@pytest.fixture
async def bootstrap(api: RuntimeApi) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://inside") as client:
        yield client


async def test_the_next_event_waits_until_there_is_one(api: RuntimeApi, bootstrap: httpx.AsyncClient) -> None:
    asking = asyncio.create_task(bootstrap.get(NEXT))
    await api.ready()

    api.offer(HANDOUT)
    event = await asking

    assert event.content == b'{"a": 1}'
    assert event.headers["lambda-runtime-aws-request-id"] == "id-1"
    assert event.headers["lambda-runtime-deadline-ms"] == "1700000000000"
    assert "lambda-runtime-client-context" not in event.headers


async def test_the_owner_hears_of_the_hand_out_before_the_bootstrap_does(
    api: RuntimeApi, bootstrap: httpx.AsyncClient, begun: list[State]
) -> None:
    api.offer(HANDOUT)

    await bootstrap.get(NEXT)

    assert begun == [State.INVOKING]


async def test_a_response_is_the_answer(api: RuntimeApi, bootstrap: httpx.AsyncClient) -> None:
    api.offer(HANDOUT)
    await bootstrap.get(NEXT)

    posted = await bootstrap.post("/2018-06-01/runtime/invocation/id-1/response", content=b"42")

    assert posted.status_code == 202
    answer = await api.answer()
    assert (answer.kind, answer.body) == (AnswerKind.RESPONSE, b"42")


@pytest.mark.parametrize("path", ["id-2/response", "id-2/error"])
async def test_an_unknown_request_id_is_refused(api: RuntimeApi, bootstrap: httpx.AsyncClient, path: str) -> None:
    api.offer(HANDOUT)
    await bootstrap.get(NEXT)

    posted = await bootstrap.post(f"/2018-06-01/runtime/invocation/{path}", content=b"42")

    assert posted.status_code == 400
    assert posted.json() == {"errorMessage": "Invalid request ID", "errorType": "InvalidRequestID"}


async def test_a_second_answer_is_refused(api: RuntimeApi, bootstrap: httpx.AsyncClient) -> None:
    api.offer(HANDOUT)
    await bootstrap.get(NEXT)
    await bootstrap.post("/2018-06-01/runtime/invocation/id-1/response", content=b"1")

    posted = await bootstrap.post("/2018-06-01/runtime/invocation/id-1/error", content=b"{}")

    assert posted.status_code == 403
    assert posted.json()["errorType"] == "InvalidStateTransition"
    assert (await api.answer()).body == b"1"


async def test_asking_without_having_answered_gets_the_same_event_again(
    api: RuntimeApi, bootstrap: httpx.AsyncClient, begun: list[State]
) -> None:
    api.offer(HANDOUT)

    first, second = await bootstrap.get(NEXT), await bootstrap.get(NEXT)

    assert (first.status_code, first.content) == (second.status_code, second.content) == (200, HANDOUT.payload)
    assert first.headers["lambda-runtime-aws-request-id"] == second.headers["lambda-runtime-aws-request-id"]
    assert begun == [State.INVOKING]  # once


async def test_another_method_is_not_allowed(bootstrap: httpx.AsyncClient) -> None:
    assert (await bootstrap.put(NEXT)).status_code == 405


async def test_a_response_over_six_megabytes_is_refused_and_ends_the_invocation(
    api: RuntimeApi, bootstrap: httpx.AsyncClient
) -> None:
    api.offer(HANDOUT)
    await bootstrap.get(NEXT)

    posted = await bootstrap.post("/2018-06-01/runtime/invocation/id-1/response", content=b"x" * (LARGEST_BODY + 1))

    assert posted.status_code == 413
    assert posted.json()["errorType"] == "RequestEntityTooLarge"
    assert (await api.answer()).kind is AnswerKind.TOO_LARGE


async def test_half_a_response_is_no_answer(api: RuntimeApi, bootstrap: httpx.AsyncClient) -> None:
    api.offer(HANDOUT)
    await bootstrap.get(NEXT)
    arriving: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"[1, 2", "more_body": True},
        {"type": "http.disconnect"},
    ]
    said: list[object] = []

    async def receive() -> MutableMapping[str, Any]:
        return arriving.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    path = "/2018-06-01/runtime/invocation/id-1/response"
    await api({"type": "http", "method": "POST", "path": path, "headers": []}, receive, send)

    assert (api.state, said) == (State.INVOKING, [])


async def test_an_error_of_init_is_told_before_any_event_only(api: RuntimeApi, bootstrap: httpx.AsyncClient) -> None:
    first = await bootstrap.post("/2018-06-01/runtime/init/error", content=b'{"errorType": "X"}')
    second = await bootstrap.post("/2018-06-01/runtime/init/error", content=b"{}")

    assert (first.status_code, second.status_code) == (202, 403)
    assert (await api.answer()).kind is AnswerKind.INIT_ERROR


async def test_what_the_runtime_api_does_not_have_is_not_found(bootstrap: httpx.AsyncClient) -> None:
    assert (await bootstrap.get("/2020-01-01/extension/register")).status_code == 404
