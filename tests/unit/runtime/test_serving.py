"""Promises of runtime/serving.py."""

from __future__ import annotations

import asyncio
import socket
import time

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from runtime.serving import serve


def listening_socket() -> socket.socket:
    return socket.create_server(("127.0.0.1", 0))


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("hello")(scope, receive, send)


async def forever(scope: Scope, receive: Receive, send: Send) -> None:
    await asyncio.Event().wait()


async def test_an_application_answers_on_a_socket_that_was_made_elsewhere() -> None:
    sock = listening_socket()
    port = sock.getsockname()[1]

    async with serve(hello, sock), httpx.AsyncClient() as client:
        response = await client.get(f"http://127.0.0.1:{port}/")

    assert response.text == "hello"


async def test_an_answer_does_not_wait_for_acknowledgements_of_its_own_headers() -> None:
    sock = listening_socket()
    port = sock.getsockname()[1]

    async with serve(hello, sock), httpx.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{port}/")
        begin = time.perf_counter()
        for _ in range(10):
            await client.get(f"http://127.0.0.1:{port}/")

    assert time.perf_counter() - begin < 0.2


async def test_a_closed_door_accepts_nobody_and_has_closed_its_socket() -> None:
    sock = listening_socket()
    port = sock.getsockname()[1]

    async with serve(hello, sock):
        pass

    assert sock.fileno() == -1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


async def test_closing_cancels_a_request_that_would_never_end_and_logs_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    sock = listening_socket()
    port = sock.getsockname()[1]
    door = await serve(forever, sock).open()

    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
        request = group.create_task(dropped_request(client, port))
        await asyncio.sleep(0.05)
        await door.close()

    assert request.result()
    assert caplog.records == []


async def dropped_request(client: httpx.AsyncClient, port: int) -> bool:
    try:
        await client.get(f"http://127.0.0.1:{port}/", timeout=5)
    except (httpx.RemoteProtocolError, httpx.ReadError):
        return True
    return False


async def test_an_answer_under_way_goes_out_while_the_grace_lasts() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.1)
        await hello(scope, receive, send)

    sock = listening_socket()
    port = sock.getsockname()[1]
    door = await serve(slow, sock, grace_seconds=2).open()

    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
        request = group.create_task(client.get(f"http://127.0.0.1:{port}/"))
        await asyncio.sleep(0.05)
        await door.close()

    assert request.result().text == "hello"
