"""One HTTP exchange as two plain values: what was asked, and what is answered.

A request is read whole before anything is decided about it, because a signature covers the body too.
Header names are lower case in a request; an answer keeps the names it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote

from starlette.types import Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Request:
    """What a caller sent."""

    method: str
    raw_path: str
    """As it arrived: percent-encoded, without the query string."""
    query_string: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str
    endpoint_url: str
    """As the caller reached us."""

    @property
    def path(self) -> str:
        return unquote(self.raw_path)

    @property
    def query(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query_string, keep_blank_values=True)

    @property
    def query_fields(self) -> dict[str, str]:
        """The query as a mapping; of several values of one key the first counts, as it does for moto."""
        return dict(reversed(self.query))

    def header(self, name: str) -> str | None:
        """Return the first header of a name that is given in lower case."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller gets back."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header of a name that is given in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """Return the same answer with these headers, in place of any it has of the same names."""
        names = {name.lower() for name in headers}
        kept = tuple((name, value) for name, value in self.headers if name.lower() not in names)
        return Answer(self.status, kept + tuple(headers.items()), self.body)


class ClientGone(Exception):  # noqa: N818 - it is what happened, and nobody's error
    """The caller hung up before the whole request had arrived."""


def request_of(scope: Scope) -> Request:
    """Return a request as far as it is known before its body has arrived."""
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
    host = next((value for name, value in headers if name == "host"), "localhost")
    client = scope.get("client")
    return Request(
        method=scope["method"],
        raw_path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
        query_string=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=b"",
        source_ip=client[0] if client else "127.0.0.1",
        endpoint_url=f"{scope.get('scheme', 'http')}://{host}",
    )


async def read_body(request: Request, receive: Receive, take: Callable[[int], None]) -> Request:
    """Return the request with its body, read to its end; ``take`` is asked for the room."""
    announced = request.header("content-length")
    if announced is not None:
        take(int(announced))
    chunks: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        if announced is None:
            take(len(chunk))
        chunks.append(chunk)
        more = message.get("more_body", False)
    return replace(request, body=b"".join(chunks))


async def send_answer(answer: Answer, send: Send, *, is_head: bool = False) -> None:
    """Send an answer; one to HEAD keeps its headers and goes without its body."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
    if answer.header("content-length") is None and answer.status not in (204, 304):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
