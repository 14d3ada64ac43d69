"""Serve an ASGI application on a socket that somebody else made.

The endpoint's own door and the two doors inside every sandbox are served by the same code: uvicorn's protocol on the
running event loop. A socket keeps the network namespace in which it was made, so a listener made inside a sandbox is
served from out here without any bridge.

``async with serve(application, sock):`` is all there is to it. Opening a door costs well under a millisecond, so
every sandbox has its own. Closing it closes the socket, lets the answers under way go out for as long as
``grace_seconds`` allow, then drops the connections and cancels what still runs. No signals, no access log, no lifespan.

Whoever is behind a door may be hostile, and what it sends is kept in the memory of the platform. So a door has at most
as many connections as it was told, and one that sends a head without end (or a trailer, or anything else that leads to
no request), or a heap of requests without waiting for an answer, is cut off. Bodies are for the application to bound.
"""

from __future__ import annotations

import asyncio
import socket
from types import TracebackType
from typing import TYPE_CHECKING

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from starlette.types import ASGIApp

KEEP_ALIVE_SECONDS = 75
"""Clients pool connections; one that is closed under them costs them a retry."""


LARGEST_HEAD_BYTES = 65_536
"""What may arrive on a connection without becoming a request or a part of a body."""

MOST_WAITING_REQUESTS = 64
"""How many requests may wait on one connection for the answer to the one before. AWS's clients send none."""


def serve(
    application: ASGIApp, sock: socket.socket, *, grace_seconds: float = 0.0, most_connections: int | None = None
) -> Door:
    """Return the door that serves the application on a listening socket; it opens with ``async with``."""
    return Door(application, sock, grace_seconds, most_connections)


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, with bounds on what one connection makes the platform remember."""

    most_connections: int | None = None
    _fruitless_bytes = 0
    """What has arrived since the last request or part of a body."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if self.most_connections is not None and len(self.connections) > self.most_connections:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        self._fruitless_bytes += len(data)
        super().data_received(data)
        if self._fruitless_bytes > LARGEST_HEAD_BYTES or len(self.pipeline) > MOST_WAITING_REQUESTS:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        self._fruitless_bytes = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._fruitless_bytes = 0
        super().on_body(body)


class Door:
    """One listening socket and the connections that came through it."""

    def __init__(
        self, application: ASGIApp, sock: socket.socket, grace_seconds: float, most_connections: int | None
    ) -> None:
        self._application = application
        self._socket = sock
        self._grace_seconds = grace_seconds
        self._most_connections = most_connections
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._is_closing = False

    async def open(self) -> Door:
        """Begin to accept connections."""
        config = Config(
            self._answer,
            http=HttpToolsProtocol,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        config.load()
        loop = asyncio.get_running_loop()
        if self._socket.family in (socket.AF_INET, socket.AF_INET6):
            # Accepted connections inherit it. asyncio sets it only for sockets that say IPPROTO_TCP, which one made by
            # create_server does not; without it an answer waits 40 ms for the acknowledgement of its own headers.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)  # noqa: FBT003 - the library's own signature
        self._server = await loop.create_server(lambda: self._connection(config), sock=self._socket)
        return self

    async def close(self) -> None:
        """Stop accepting, let answers go out while the grace lasts, then drop what is left. Idempotent."""
        if self._server is None or self._is_closing:
            return
        self._is_closing = True
        self._server.close()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks and self._grace_seconds:
            await asyncio.wait(set(self._state.tasks), timeout=self._grace_seconds)
        await self._drop_connections()

    def _connection(self, config: Config) -> Connection:
        connection = Connection(config=config, server_state=self._state, app_state={})
        connection.most_connections = self._most_connections
        return connection

    async def _drop_connections(self) -> None:
        for connection in list(self._state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # the protocols learn of the end before their applications do, and log nothing
        tasks = set(self._state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _answer(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        try:
            await self._application(scope, receive, send)  # type: ignore[arg-type]
        except asyncio.CancelledError:
            if not self._is_closing:
                raise

    async def __aenter__(self) -> Door:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
