"""The Runtime API at its barest, for one event: what a bootstrap must be told so that its handler runs.

It stands in for the invoker's own where only the sandbox is measured, so it does as little as can be.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import TracebackType

import httptools

ACCEPTED = b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
REQUEST_ID = b"00000000-0000-0000-0000-000000000000"
EVENT_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlambda-runtime-aws-request-id: %b\r\n"
    b"lambda-runtime-deadline-ms: 9999999999999\r\nlambda-runtime-invoked-function-arn: arn\r\n"
    b"lambda-runtime-trace-id: Root=1-0-0\r\ncontent-length: %d\r\n\r\n"
)


class BareApi:
    """Hands out one event on a listening socket; ``answer`` is then the path on which the answer to it came."""

    def __init__(self, listener: socket.socket, event: bytes, on_hand_out: Callable[[], None]) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._listener = listener
        self._event: bytes | None = event
        self._on_hand_out = on_hand_out
        self._connections: list[asyncio.Transport] = []

    async def __aenter__(self) -> BareApi:
        self._server = await asyncio.get_running_loop().create_server(lambda: Connection(self), sock=self._listener)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for transport in self._connections:
            transport.abort()

    def connected(self, transport: asyncio.Transport) -> None:
        """Remember a connection, to end it at the end."""
        self._connections.append(transport)

    def response(self, method: bytes, path: bytes) -> bytes | None:
        """Return what is answered to a request; nothing to whoever asks for a second event."""
        if method == b"POST":
            if path.endswith((b"/response", b"/error")) and not self.answer.done():  # and not a ping
                self.answer.set_result(path)
            return ACCEPTED
        event, self._event = self._event, None
        if event is None:
            return None
        self._on_hand_out()
        return EVENT_HEAD % (REQUEST_ID, len(event)) + event


class Connection(asyncio.Protocol):
    """One connection of the bootstrap."""

    def __init__(self, api: BareApi) -> None:
        self._api = api
        self._path = b""
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._api.connected(transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, path: bytes) -> None:
        self._path = path

    def on_message_complete(self) -> None:
        answer = self._api.response(self._parser.get_method(), self._path)
        if answer is not None:
            self._transport.write(answer)
