"""Promises of runtime/serving.py."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from runtime.serving import LARGEST_HEAD_BYTES, serve


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


async def is_cut_off(port: int, *pieces: bytes) -> bool:
    """Send the last piece again and again; tell whether the door has enough of it without an answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    *beginning, repeated = pieces
    try:
        writer.write(b"".join(beginning))
        for _ in range(10_000):
            writer.write(repeated)
            await writer.drain()
        return await asyncio.wait_for(reader.read(), 5) == b""
    except ConnectionError:
        return True
    finally:
        writer.close()


@pytest.mark.parametrize(
    "pieces",
    [
        (b"GET /", b"x" * 8192),
        (b"GET / HTTP/1.1\r\nLong: ", b"x" * 8192),
        (b"GET / HTTP/1.1\r\n", b"Many: x\r\n" * 1000),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"Trailer: x\r\n" * 1000),
    ],
    ids=["path", "header", "headers", "trailer"],
)
async def test_who_sends_a_head_without_end_is_cut_off(pieces: tuple[bytes, ...]) -> None:
    sock = listening_socket()
    port = sock.getsockname()[1]

    async with serve(forever, sock):
        assert await is_cut_off(port, *pieces)


async def test_who_asks_on_and_on_without_waiting_for_an_answer_is_cut_off() -> None:
    sock = listening_socket()
    port = sock.getsockname()[1]

    async with serve(forever, sock):
        assert await is_cut_off(port, b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n" * 100)


async def test_a_body_may_be_as_long_as_the_application_reads() -> None:
    async def measure(scope: Scope, receive: Receive, send: Send) -> None:
        size, more = 0, True
        while more:
            message = await receive()
            size, more = size + len(message["body"]), message["more_body"]
        await PlainTextResponse(str(size))(scope, receive, send)

    sock = listening_socket()
    port = sock.getsockname()[1]

    async with serve(measure, sock), httpx.AsyncClient() as client:
        response = await client.post(f"http://127.0.0.1:{port}/", content=b"x" * (LARGEST_HEAD_BYTES * 20))

    assert response.text == str(LARGEST_HEAD_BYTES * 20)


async def test_connections_beyond_the_most_are_cut_off_and_the_others_served() -> None:
    sock = listening_socket()
    port = sock.getsockname()[1]

    async with serve(hello, sock, most_connections=2):
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        surplus, leaving = await asyncio.open_connection("127.0.0.1", port)
        with suppress(ConnectionResetError):
            assert await surplus.read() == b""
        leaving.close()
        for reader, writer in kept:
            writer.write(b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n")
            assert b"200" in await reader.readline()
            writer.close()
