"""The Runtime API (2018-06-01) of one execution environment: an ASGI application behind the sandbox's port 9001.

The bootstrap inside asks for the next event, and answers it with a response or an error; or it says that it could not
be initialised. The environment outside offers an event and waits for the answer. Every answer is judged by the state of
the environment (``states.py``): a wrong request id gets 400, a wrong state 403, a body over 6 MiB + 100 bytes 413, in
the words of AWS's emulator (``tests/differential/test_runtime_api.py``). What a bootstrap had begun to say when it died
is no answer.

It keeps no time and kills nothing. ``on_hand_out`` is called in the moment before an event goes out: that is where the
CPU share and the clock of the invocation begin.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from runtime.invocation.states import Event, State, advance, may

PING = "/2018-06-01/ping"
ROOT = "/2018-06-01/runtime"
LARGEST_BODY = 6 * 1024 * 1024 + 100
ACCEPTED = b'{"status":"OK"}\n'
ANSWER_PATH = re.compile(rf"{ROOT}/invocation/([^/]+)/(response|error)")


@dataclass(frozen=True, slots=True)
class Handout:
    """What the bootstrap gets when it asks for the next event."""

    request_id: str
    payload: bytes
    deadline_ms: int
    """Wall time, milliseconds since 1970."""
    function_arn: str
    trace_id: str
    client_context: str | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the headers of the answer to ``/next``; those without a value are left out."""
        values = {
            "lambda-runtime-aws-request-id": self.request_id,
            "lambda-runtime-deadline-ms": str(self.deadline_ms),
            "lambda-runtime-invoked-function-arn": self.function_arn,
            "lambda-runtime-trace-id": self.trace_id,
            "lambda-runtime-client-context": self.client_context,
        }
        return [(name.encode(), value.encode()) for name, value in values.items() if value]


class AnswerKind(Enum):
    """How the bootstrap answered."""

    RESPONSE = "response"
    ERROR = "error"
    INIT_ERROR = "init error"
    TOO_LARGE = "response too large"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bootstrap said."""

    kind: AnswerKind
    body: bytes
    error_type: str = ""
    """The header Lambda-Runtime-Function-Error-Type, where the bootstrap sends it."""


NAMES = {
    State.INITIALISING: "Started",
    State.READY: "Ready",
    State.INVOKING: "Running",
    State.ANSWERED: "RuntimeResponseSentState",
}
WANTED = {AnswerKind.RESPONSE: "InvocationResponse", AnswerKind.ERROR: "InvocationErrorResponse"}
"""What AWS's own Runtime API calls the states (its emulator says so to whoever asks for what may not be)."""


class RuntimeApi:
    """One environment's Runtime API, and the state of that environment."""

    def __init__(self, on_hand_out: Callable[[], None], state: State = State.NEW) -> None:
        self.state = state
        self._on_hand_out = on_hand_out
        self._offered: asyncio.Future[Handout] = asyncio.Future()
        self._answered: asyncio.Future[Answer] = asyncio.Future()
        self._ready = asyncio.Event()
        self._request_id = ""
        self._under_way: Handout | None = None

    def pass_through(self, event: Event) -> None:
        """Let something happen to the environment, if its state allows it."""
        self.state = advance(self.state, event)

    async def ready(self) -> None:
        """Wait until the bootstrap has asked for an event."""
        await self._ready.wait()

    def offer(self, handout: Handout) -> None:
        """Have an event ready for the bootstrap, which is waiting for it or will ask soon."""
        self._request_id = handout.request_id
        self._answered = asyncio.Future()
        self._offered.set_result(handout)

    async def answer(self) -> Answer:
        """Wait for the answer to the event that was offered, or for the bootstrap's word that its init failed."""
        return await asyncio.shield(self._answered)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request of the bootstrap; one that breaks off has not been made."""
        with suppress(ClientDisconnect):
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if method == "GET" and path == f"{ROOT}/invocation/next":
            await self._next(send)
        elif method == "POST" and path == f"{ROOT}/init/error":
            await self._init_error(scope, receive, send)
        elif method == "POST" and (match := ANSWER_PATH.fullmatch(path)):
            await self._take(match[1], AnswerKind(match[2]), scope, receive, send)
        elif path in (f"{ROOT}/invocation/next", f"{ROOT}/init/error") or ANSWER_PATH.fullmatch(path):
            await _send(send, 405, b"")
        elif path == PING:
            await _read(receive)
            await _send(send, 200, b"pong")
        else:
            await _refuse(send, 404, "NotFound", f"The Runtime API has no {method} {path}")

    async def _next(self, send: Send) -> None:
        if self.state is State.INVOKING and self._under_way is not None:
            await _hand_out(send, self._under_way)  # whoever asks again before it has answered gets the same again
            return
        if not may(self.state, Event.ASK):
            await self._forbid(send, "Ready")
            return
        self.pass_through(Event.ASK)
        self._ready.set()
        handout = await self._offered
        self._offered = asyncio.Future()
        self._ready.clear()
        self.pass_through(Event.HAND_OUT)
        self._under_way = handout
        self._on_hand_out()
        await _hand_out(send, handout)

    async def _init_error(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if self.state is not State.INITIALISING or self._answered.done():
            await self._forbid(send, "InitError")
            return
        self._answered.set_result(Answer(AnswerKind.INIT_ERROR, body or b"", _error_type(scope)))
        await _send(send, 202, ACCEPTED)

    async def _take(self, request_id: str, kind: AnswerKind, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if request_id != self._request_id:
            await _refuse(send, 400, "InvalidRequestID", "Invalid request ID")
            return
        if not may(self.state, Event.ANSWER):
            await self._forbid(send, WANTED[kind])
            return
        self.pass_through(Event.ANSWER)
        self._under_way = None
        if body is None:
            self._answered.set_result(Answer(AnswerKind.TOO_LARGE, b""))
            message = f"Exceeded maximum allowed payload size ({LARGEST_BODY} bytes)."
            await _refuse(send, 413, "RequestEntityTooLarge", message)
            return
        self._answered.set_result(Answer(kind, body, _error_type(scope)))
        await _send(send, 202, ACCEPTED)

    async def _forbid(self, send: Send, wanted: str) -> None:
        message = (
            f"State transition from {NAMES.get(self.state, self.state.value)} to {wanted} failed for runtime."
            " Error: State transition is not allowed"
        )
        await _refuse(send, 403, "InvalidStateTransition", message)


async def _hand_out(send: Send, handout: Handout) -> None:
    await _send(send, 200, handout.payload, [(b"content-type", b"application/json"), *handout.headers()])


def _error_type(scope: Scope) -> str:
    headers: dict[bytes, bytes] = dict(scope["headers"])
    return headers.get(b"lambda-runtime-function-error-type", b"").decode("latin-1")


async def _read(receive: Receive) -> bytes | None:
    """Return the body of a request; ``None`` if it is too large (read to its end all the same, and dropped).

    Raise ``ClientDisconnect`` if the connection ended before the body did.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= LARGEST_BODY:
            chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks) if size <= LARGEST_BODY else None


async def _refuse(send: Send, status: int, error_type: str, message: str) -> None:
    document = json.dumps({"errorMessage": message, "errorType": error_type}, separators=(",", ":"))
    await _send(send, status, f"{document}\n".encode())  # as AWS's emulator writes it; clients log it as it is


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [length, *(headers or [(b"content-type", b"application/json")])]})
    await send({"type": "http.response.body", "body": body})
