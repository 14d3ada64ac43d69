"""The runtime as the lab sees it: a process that is found or started, and stopped.

One runtime serves all kernels of a learner: it is started by the first that needs it, in a session of its own, so it
outlives the kernel and its interrupts. Which one it is stands in ``endpoint.json`` of the state directory; whether it
lives is asked over HTTP, never guessed from a process id. Two kernels that start at once agree through a file lock.
What it prints goes to ``runtime.log`` in the state directory, never to a notebook.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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

    A private runtime ends with the process that started it, however that ends.
    """
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _starting(state):
        return find(state) or _start(state, is_private=is_private)


def stop(runtime: RuntimeProcess) -> None:
    """End a runtime and wait until it has cleaned up."""
    try:
        os.kill(runtime.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    deadline = time.monotonic() + STOP_SECONDS
    while _is_alive(runtime):
        if time.monotonic() > deadline:
            raise LabError(
                f"The runtime (process {runtime.pid}) did not stop within {STOP_SECONDS:.0f} s.",
                details=_tail(runtime.log, 0),
                remedy=f"end it with: kill -9 {runtime.pid}",
            )
        time.sleep(GLANCE_SECONDS)


@contextmanager
def _starting(state: Path) -> Iterator[None]:
    with (state / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start(state: Path, *, is_private: bool) -> RuntimeProcess:
    log = state / "runtime.log"
    command = [sys.executable, "-m", "runtime", "serve", "--state", str(state)]
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
    return RuntimeProcess(_announced_url(child, log, begins), child.pid, state, child)


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
    child.kill()
    child.wait()
    raise LabError(
        f"The runtime did not become ready within {START_SECONDS:.0f} s, and was ended.",
        details=_tail(log, begins),
        remedy=f"try once more; the whole log is {log}.",
    )


def _is_alive(runtime: RuntimeProcess) -> bool:
    if runtime.child is not None:
        return runtime.child.poll() is None
    try:
        os.kill(runtime.pid, 0)
    except ProcessLookupError:
        return False
    # The child of a kernel that does not look stays in the process table after its end; it no longer answers, though.
    return find(runtime.state) is not None or not _is_zombie(runtime.pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _tail(log: Path, begins: int) -> str:
    with log.open("rb") as output:
        output.seek(begins)
        lines = output.read().decode(errors="replace").splitlines()
    return "\n".join(["Its last words:", *(f"  | {line}" for line in lines[-LOG_TAIL_LINES:])]) if lines else ""
