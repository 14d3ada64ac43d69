"""AWS's runtime interface emulator with awslambdaric: what AWS's own programs make of a Python handler.

The emulator is a program of AWS's (``aws-lambda-rie``), a part of its platform behind a door of one path. It is run as
it is, on loopback, with the interpreter and the packages that go into our sandboxes, and without a sandbox: nothing but
the handlers in ``handlers/python`` is run so. ``make test`` fetches it (``emulator.txt``).
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.handlers.laboratory import PARTS

PROGRAM = Path(sys.prefix) / "share/lambda-lab-tests/emulator/aws-lambda-rie"
PYTHON = Path(sys.base_prefix) / f"bin/python3.{sys.version_info.minor}"
PACKAGES = PARTS / f"python3.{sys.version_info.minor}"
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Emulated:
    """What the emulator answered, and what was written meanwhile."""

    status: int
    payload: str
    log: str


def emulate(task: Path, handler: str, event: str, timeout_seconds: int, scratch: Path) -> Emulated:
    """Invoke a handler of Python once, in an emulator of its own."""
    command = [str(PYTHON), "-m", "awslambdaric", handler]
    return _emulated(command, event, scratch, {"AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_seconds)}, task)


def emulate_program(command: Sequence[str], event: str, scratch: Path) -> Emulated:
    """Invoke a program that is a runtime of its own once."""
    return _emulated(command, event, scratch, {}, scratch)


def _emulated(command: Sequence[str], event: str, scratch: Path, variables: Mapping[str, str], task: Path) -> Emulated:
    door, runtime_api = _free_ports()
    log = scratch / "written"
    addresses = [f"127.0.0.1:{port}" for port in (door, runtime_api)]
    emulator = [str(PROGRAM), "--runtime-interface-emulator-address", addresses[0]]
    emulator += ["--runtime-api-address", addresses[1], *command]
    with log.open("wb") as written, _running(emulator, variables, task, door, written.fileno()):
        answer = httpx.post(
            f"http://{addresses[0]}/2015-03-31/functions/function/invocations",
            content=event.encode(),
            timeout=PATIENCE_SECONDS,
        )
    return Emulated(
        answer.status_code, answer.content.decode(errors="replace"), log.read_bytes().decode(errors="replace")
    )


@contextlib.contextmanager
def _running(
    command: Sequence[str], variables: Mapping[str, str], task: Path, door: int, written: int
) -> Iterator[None]:
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(PACKAGES),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python3.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "LAMBDA_TASK_ROOT": str(task),
        **variables,
    }
    with subprocess.Popen(command, cwd=task, env=environment, stdout=written, stderr=subprocess.DEVNULL) as emulator:
        try:
            _await_door(emulator, door)
            yield
        finally:
            emulator.terminate()
            try:
                emulator.wait(PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                emulator.kill()


def _await_door(emulator: subprocess.Popen[bytes], port: int) -> None:
    latest = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < latest:
        assert emulator.poll() is None, f"the emulator ended with {emulator.returncode}"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.01)
    raise AssertionError("the emulator does not listen")


def _free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]
