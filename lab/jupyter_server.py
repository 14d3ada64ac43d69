"""JupyterLab and Voila as processes of the lab: started with the lab's own settings, waited for, stopped.

The settings stand in ``lab/jupyter/``: no news from the network, dashboards without anything from a content delivery
network, idle dashboards end. JupyterLab's *Nbgrader* menu works on the course in ``quizzes/``.

A learner's JupyterLab sees the learner's folder and nothing else, and without nbgrader's instructor panels: the browser
does not load them (``learner/labconfig/page_config.json``) and the server does not answer them. An instructor sees the
repository, with everything. That keeps things tidy, not secret: a notebook may read what its user may read.

A server is started in a session of its own, so that Ctrl-C reaches the lab alone, which then stops it in order. What it
prints goes to a file in the state directory.
"""

from __future__ import annotations

import http.client
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lab.errors import LabError
from lab.places import FIRST_LESSON, QUIZZES, ROOT, child_environment, program

SETTINGS = Path(__file__).with_name("jupyter")
DASHBOARD = "lessons/dashboards/cpu-share-explorer.ipynb"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
GLANCE_SECONDS = 0.05
NOWHERE = "http://127.0.0.1:9/run-the-first-cell-of-this-notebook"
"""The AWS of a kernel until ``lab.start()``: nobody listens there, and boto3 shows the address in its error.
A cell that is run before the first one must not reach a real account whose credentials lie in a file."""


@dataclass(frozen=True, slots=True)
class JupyterServer:
    """A server that answers."""

    url: str
    """What a browser opens."""
    process: subprocess.Popen[bytes]
    log: Path


def start_lab(state: Path, ip: str, port: int | None, folder: Path | None) -> JupyterServer:
    """Start a learner's JupyterLab in a folder, and point at the first lesson; without a folder, an instructor's."""
    port = wanted_port(ip, port, 8888)
    token = secrets.token_hex(24)
    root = folder or ROOT
    arguments = [f"--ServerApp.ip={ip}", f"--ServerApp.port={port}", f"--ServerApp.root_dir={root}"]
    if os.geteuid() == 0:
        arguments.append("--ServerApp.allow_root=True")
    _offer_quizzes(state)
    # The token goes by environment: other users of this machine can read a command line.
    environment = {"JUPYTER_TOKEN": token}
    page = "/lab"
    if folder is not None:
        fetched = folder / "quizzes/fetched"
        fetched.mkdir(parents=True, exist_ok=True)
        environment["LAMBDA_LAB_FETCHED"] = str(fetched)
        page = f"/lab/tree/{quote(FIRST_LESSON)}"
    command = [str(program("jupyter-lab")), *arguments]
    settings = settings_of(is_learner=folder is not None)
    process, log = _spawn(command, state, "jupyterlab.log", root, settings, **environment)
    url = f"http://{ip}:{port}{page}?token={token}"
    return _when_it_answers(JupyterServer(url, process, log), ip, port, "/api")


def settings_of(*, is_learner: bool) -> list[Path]:
    """Return the folders in which Jupyter and nbgrader find their settings; the first that says something wins."""
    return [SETTINGS / "config", *([SETTINGS / "learner"] if is_learner else []), QUIZZES]


def _offer_quizzes(state: Path) -> None:
    """Release this checkout's quizzes to its one user, unless there is an exchange: then an instructor releases them.

    It takes nbgrader some seconds, and nobody waits for it: the learner's way begins with a lesson.
    """
    exchange = QUIZZES / "exchange"
    if os.environ.get("LAMBDA_LAB_EXCHANGE") or exchange.exists():
        return
    exchange.mkdir()
    for quiz in sorted((QUIZZES / "release").iterdir()):
        command = [str(program("nbgrader")), "release_assignment", quiz.name]
        _spawn(command, state, f"release-{quiz.name}.log", QUIZZES, settings_of(is_learner=False))


def start_dashboard(state: Path, ip: str, port: int | None) -> JupyterServer:
    """Start Voila with the CPU share explorer."""
    port = wanted_port(ip, port, 8866)
    notebook = ROOT / DASHBOARD
    arguments = [str(notebook), f"--Voila.ip={ip}", f"--Voila.port={port}", "--no-browser"]
    command = [str(program("voila")), *arguments]
    process, log = _spawn(command, state, "voila.log", notebook.parent, [SETTINGS / "config"])
    return _when_it_answers(JupyterServer(f"http://{ip}:{port}/", process, log), ip, port, "/voila/static/")


def stop(server: JupyterServer) -> None:
    """End a server with its kernels."""
    if server.process.poll() is not None:
        return
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait()


def wanted_port(ip: str, port: int | None, first: int) -> int:
    """Return the port that was asked for, or else the first from ``first`` on that nobody listens at."""
    if port is None:
        for candidate in range(first, first + 100):
            if _is_free(ip, candidate):
                return candidate
        raise LabError(f"No free port between {first} and {first + 99}.", remedy="name one: --port N")
    if not _is_free(ip, port):
        raise LabError(f"Port {port} is taken: something else listens there.", remedy="name another: --port N")
    return port


def _is_free(ip: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, port))
        except OSError:
            return False
    return True


def _spawn(
    command: Sequence[str], state: Path, log_name: str, folder: Path, configuration: Sequence[Path], **environment: str
) -> tuple[subprocess.Popen[bytes], Path]:
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    log = state / log_name
    settings = {
        "JUPYTER_CONFIG_PATH": os.pathsep.join(map(str, configuration)),
        "JUPYTER_PATH": str(SETTINGS / "share"),
        "LAMBDA_LAB_STATE": str(state),
        "AWS_ENDPOINT_URL": NOWHERE,
    }
    for name in ("JUPYTER_CONFIG_PATH", "JUPYTER_PATH"):
        if os.environ.get(name):
            settings[name] += os.pathsep + os.environ[name]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=dict(child_environment(**settings, **environment)),
            start_new_session=True,
        )
    return process, log


def _when_it_answers(server: JupyterServer, ip: str, port: int, path: str) -> JupyterServer:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        if _answers(ip, port, path):
            return server
        time.sleep(GLANCE_SECONDS)
    exit_status = server.process.poll()
    stop(server)
    words = server.log.read_text(errors="replace").splitlines()[-12:]
    raise LabError(
        f"{Path(str(server.process.args[0])).name} did not come up "  # type: ignore[index]
        + (f"(exit status {exit_status})." if exit_status is not None else f"within {START_SECONDS:.0f} s."),
        details="\n".join(["Its last words:", *(f"  | {line}" for line in words)]),
        remedy=f"the whole log is {server.log}; if it names a port, choose another: --port N.",
    )


def _answers(ip: str, port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(ip, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
