"""A bootstrap as a plain process, without a sandbox: started for its function or ahead of it, and its Runtime API."""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

WAIT_SECONDS = 60.0
HEADERS = {
    "Lambda-Runtime-Aws-Request-Id": "the-request",
    "Lambda-Runtime-Deadline-Ms": "4102444800000",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
    "Content-Type": "application/json",
}


class Start(NamedTuple):
    """What ``exec`` is given for a function."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    working_directory: Path

    def order(self) -> bytes:
        """Return it in the form in which a parked process is told."""
        words = {
            "environment": dict(self.environment),
            "argv": list(self.argv),
            "working_directory": str(self.working_directory),
        }
        body = json.dumps(words).encode()
        return struct.pack(">I", len(body)) + body


@dataclass
class RuntimeApi:
    """Hands out one event, keeps what is answered to it, and says afterwards that the environment has ended."""

    address: str = ""
    requests: list[str] = field(default_factory=list)
    answer: Any = None


@contextmanager
def runtime_api() -> Iterator[RuntimeApi]:
    """Serve a Runtime API on a port of its own."""
    api = RuntimeApi()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status = 200 if api.answer is None else 403
            api.requests.append(f"GET {self.path}")
            self.reply(status)

        def do_POST(self) -> None:
            api.requests.append(f"POST {self.path}")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not self.path.endswith("/ping"):
                api.answer = json.loads(body)
            self.reply(202)

        def reply(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "2")
            for name, value in HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    api.address = f"127.0.0.1:{server.server_port}"
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Process:
    """A bootstrap that was started."""

    pid: int
    output: int

    def end(self) -> tuple[int, str]:
        """Wait for it, and return its exit status and what it wrote."""
        with open(self.output, encoding="utf-8") as output:  # noqa: PTH123
            text = output.read()
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status), text


def started(start: Start) -> Process:
    """Start a bootstrap for its function."""
    # env changes the directory and becomes the program.
    return _spawn(["/usr/bin/env", "-C", str(start.working_directory), *start.argv], start.environment, [])


@contextmanager
def parked(
    argv: Sequence[str], environment: Mapping[str, str], descriptor: int, kind: socket.SocketKind = socket.SOCK_STREAM
) -> Iterator[tuple[Process, socket.socket]]:
    """Start a bootstrap ahead of its function, and wait until it is ready; the socket takes the order."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    with closing(ours):
        ours.settimeout(WAIT_SECONDS)
        process = _spawn(argv, environment, [(os.POSIX_SPAWN_DUP2, theirs.fileno(), descriptor)])
        theirs.close()
        assert ours.recv(2) == b"R"
        yield process, ours


def _spawn(argv: Sequence[str], environment: Mapping[str, str], channel: list[tuple[int, int, int]]) -> Process:
    reader, writer = os.pipe()
    actions: list[Any] = [
        *channel,
        (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, writer, 1),
        (os.POSIX_SPAWN_DUP2, writer, 2),
    ]
    pid = os.posix_spawn(argv[0], list(argv), environment, file_actions=actions)
    os.close(writer)
    return Process(pid, reader)
