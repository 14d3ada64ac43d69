"""A stand-in for the runtime's own routes: it answers as the feed does, and a test says what is in the journal."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lab.feed import Feed
from lab.session import current_session

STATUS = {
    "backend": "namespaces",
    "promises": [
        {"name": "memory", "mechanism": "cgroup v2", "remark": ""},
        {"name": "no network", "mechanism": None, "remark": "this kernel has no network namespaces"},
    ],
    "authorization": "strict",
    "region": "us-east-1",
    "account": "123456789012",
    "version": "0",
    "runtimes": ["nodejs", "python3.11"],
}
FACTS: dict[str, Any] = {
    "request_id": "7f1e", "function": "hello", "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:hello",
    "generation": "preview", "runtime": "nodejs", "handler": "hello.handler", "code_sha256": "ab" * 32,
    "role": "arn:aws:iam::123456789012:role/r", "invocation_type": "Event", "source": "direct",
    "caller": "arn:aws:iam::123456789012:root", "event_sha256": "", "result_sha256": "", "sandbox": "s-1",
    "start": "cold", "log_group": "/aws/lambda/hello", "log_stream": "stream", "memory_mib": 128, "storage_mib": 512,
    "timeout_seconds": 3, "cpu_share": 0.0625, "backend": "namespaces", "mechanisms": {"memory": "cgroup v2"},
    "init_ms": 30.2, "duration_ms": 240.0, "billed_ms": 300, "cpu_ms": 15.0, "received_share": 0.0625,
    "peak_memory_bytes": 32 * 1024 * 1024, "cost_usd": 8.25e-7, "status": "Succeeded", "error_type": "",
    "error_message": "", "breach": None,
}  # fmt: skip
"""The facts of one invocation, complete."""


@dataclass
class FakeRuntime:
    """What the stand-in serves."""

    url: str = ""
    entries: list[dict[str, Any]] = field(default_factory=list)
    under_way: list[str] = field(default_factory=list)
    posts: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    posted: dict[str, Any] = field(default_factory=dict)
    """What it answers to a POST."""
    appended: threading.Condition = field(default_factory=threading.Condition)
    end: Callable[[], None] = lambda: None
    """Stops listening, as a runtime does that was killed."""

    def append(self, kind: str, **facts: Any) -> int:
        """Journal something; return its number."""
        with self.appended:
            entry = {"seq": len(self.entries) + 1, "time": "2026-01-01T00:00:00.000Z", "kind": kind, "facts": facts,
                     "previous": "", "hash": ""}  # fmt: skip
            self.entries.append(entry)
            self.appended.notify_all()
            return len(self.entries)

    def run(self, **facts: Any) -> int:
        """Journal an invocation that differs from the usual one in these facts."""
        return self.append("invocation", **(FACTS | facts))

    def answer(self, path: str) -> Any:
        """Answer a GET of one of the runtime's own routes."""
        parts = urlsplit(path)
        if parts.path == "/_lab/status":
            return STATUS | {"pid": os.getpid(), "under_way": list(self.under_way)}
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        after = int(query["after"])
        with self.appended:
            self.appended.wait_for(lambda: len(self.entries) > after, timeout=float(query["wait"]))
            return {"entries": self.entries[after : after + int(query["limit"])]}


@pytest.fixture
def runtime() -> Iterator[FakeRuntime]:
    fake = FakeRuntime()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(fake.answer(self.path)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            fake.posts.append((self.path, dict(self.headers)))
            body = json.dumps(fake.posted).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        fake.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()

        def end() -> None:
            server.shutdown()
            thread.join()
            server.server_close()

        fake.end = end
        yield fake
        end()


@pytest.fixture
def feed(runtime: FakeRuntime) -> Feed:
    return Feed(runtime.url)


@pytest.fixture
def state(runtime: FakeRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a state directory that the stand-in serves, so that ``lab.start()`` joins it."""
    state = tmp_path / "state"
    state.mkdir()
    (state / "endpoint.json").write_text(json.dumps({"url": runtime.url, "pid": os.getpid()}))
    (state / "credentials").write_text("[default]\naws_access_key_id = AKIAROOT\naws_secret_access_key = secret\n")
    monkeypatch.setenv("LAMBDA_LAB_STATE", str(state))
    return state


@pytest.fixture
def started(state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Connect this process to the stand-in; afterwards it is as before."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    current_session().start()
    yield
    current_session().leave()
