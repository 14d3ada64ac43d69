"""The runtime as the lab sees it: a process that is found or started, and stopped.

One runtime serves all kernels of a learner: it is started by the first that needs it, in a session of its own, so it
outlives the kernel and its interrupts. Which one it is stands in ``endpoint.json`` of the state directory; whether it
answers is asked over HTTP, and whether it lives the lock tells that it holds, never a process id alone: that may belong
to somebody else by now. Kernels that start or stop it at once take turns through a lock of their own.
A runtime that is started again listens where the one before it did, if it can: the clients that notebooks have made go
on working. What it prints goes to ``runtime.log`` in the state directory, never to a notebook.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lab.errors import LabError
from lab.feed import Feed
from lab.places import ROOT, child_environment

START_SECONDS = 60.0
STOP_SECONDS = 20.0
GLANCE_SECONDS = 0.02
LOG_TAIL_LINES = 12


@dataclass(frozen=True, slots=True)
class RuntimeProcess:
    """A runtime that answered."""

    url: str
    pid: int
    state: Path
    child: subprocess.Popen[bytes] | None = None
    """Set when this very process started it."""

    @property
    def log(self) -> Path:
        return self.state / "runtime.log"


def find(state: Path) -> RuntimeProcess | None:
    """Return the runtime that serves this state directory, if one is alive."""
    try:
        document = json.loads((state / "endpoint.json").read_text())
        if Feed(document["url"]).status(timeout=5.0).get("pid", document["pid"]) != document["pid"]:
            return None
    except (OSError, ValueError, KeyError, LabError):
        # No file, a file half written by a runtime that was killed, or nobody listens there: there is none.
        return None
    return RuntimeProcess(document["url"], document["pid"], state)


def start_or_join(state: Path, *, is_private: bool = False) -> RuntimeProcess:
    """Return the runtime of this state directory, starting it when there is none.

    A private runtime ends with the process that started it, however that ends (if it is killed: where the system has
    ``setpriv``, as Debian does).
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _taking_turns(state):
        return find(state) or _start(state, is_private=is_private)


def stop(runtime: RuntimeProcess) -> None:
    """End the runtime that serves this state directory by now, and wait until it has cleaned up.

    That need not be the one that was found or started: another kernel may have stopped it and started its successor.
    """
    with _taking_turns(runtime.state):
        pid = _living(runtime.state)
        if pid is not None:
            _end(pid, runtime)
    if runtime.child is not None:
        # It is over, or it would hold the lock; this takes it off the process table.
        _await_end(runtime.child)


@contextmanager
def _taking_turns(state: Path) -> Iterator[None]:
    with (state / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _living(state: Path) -> int | None:
    """Return the process of the runtime that holds this state directory, be it well or not; None if there is none."""
    if not is_held(state / "lock"):
        return None
    try:
        return int(json.loads((state / "endpoint.json").read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return None  # it is about to start or to end, and nobody has been told of it


def is_held(path: Path) -> bool:
    """Say whether a living process holds the lock on this file; the kernel lets go of it with the process."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _end(pid: int, runtime: RuntimeProcess) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while is_held(runtime.state / "lock"):
        if time.monotonic() > deadline:
            raise LabError(
                f"The runtime (process {pid}) did not stop within {STOP_SECONDS:.0f} s.",
                details=_tail(runtime.log, 0),
                remedy=f"end it with: kill -9 {pid}",
            )
        time.sleep(GLANCE_SECONDS)


def _start(state: Path, *, is_private: bool) -> RuntimeProcess:
    log = state / "runtime.log"
    command = [sys.executable, "-m", "runtime", "serve", "--state", str(state), "--port", str(_port_before(state))]
    if is_private and (setpriv := shutil.which("setpriv")):
        command = [setpriv, "--pdeathsig", "TERM", *command]
    with log.open("ab") as output:
        begins = output.tell()
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=dict(child_environment(PYTHONUNBUFFERED="1")),
            start_new_session=True,
        )
    try:
        url = _announced_url(child, log, begins)
    except BaseException:
        # Also an interrupt: nobody would know of a runtime that is announced to nobody.
        _give_up(child)
        raise
    (state / "port").write_text(str(urlsplit(url).port))
    return RuntimeProcess(url, child.pid, state, child)


def _port_before(state: Path) -> int:
    """Return where the runtime of this state directory has listened, if nobody does now; else 0, any free port."""
    try:
        port = int((state / "port").read_text())
        with socket.create_server(("127.0.0.1", port)):
            return port
    except (OSError, ValueError, OverflowError):
        return 0


def _give_up(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    _await_end(child)


def _await_end(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _announced_url(child: subprocess.Popen[bytes], log: Path, begins: int) -> str:
    # The announcement is looked for in the log because a pipe would break under the runtime when this kernel ends.
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        exit_status = child.poll()
        with log.open("rb") as output:
            output.seek(begins)
            for line in output.read().decode(errors="replace").splitlines(keepends=True):
                if line.startswith("endpoint ") and line.endswith("\n"):
                    return line.split()[1]
        if exit_status is not None:
            raise LabError(
                f"The runtime ended while it was starting (exit status {exit_status}).",
                details=_tail(log, begins),
                remedy=f"`{sys.executable} -m runtime doctor` says what this machine lacks; the whole log is {log}.",
            )
        time.sleep(GLANCE_SECONDS)
    raise LabError(
        f"The runtime did not become ready within {START_SECONDS:.0f} s, and was ended.",
        details=_tail(log, begins),
        remedy=f"try once more; the whole log is {log}.",
    )


def _tail(log: Path, begins: int) -> str:
    with log.open("rb") as output:
        output.seek(begins)
        lines = output.read().decode(errors="replace").splitlines()
    return "\n".join(["Its last words:", *(f"  | {line}" for line in lines[-LOG_TAIL_LINES:])]) if lines else ""
