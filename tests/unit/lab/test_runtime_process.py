"""The runtime as a process: found, started, shared, stopped. These start the real one."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab import runtime_process
from lab.errors import LabError
from lab.feed import Feed
from lab.runtime_process import RuntimeProcess

pytestmark = pytest.mark.isolation

PRIVATE_SESSION = """
import json, os, lab
from lab.session import current_session
lab.start()
runtime = current_session().connection.runtime
print(json.dumps({"pid": runtime.pid, "state": str(runtime.state), "entries": len(lab.journal())}), flush=True)
"""

START = """
import signal, sys
from pathlib import Path
from lab import runtime_process
signal.signal(signal.SIGINT, signal.default_int_handler)
runtime_process.start_or_join(Path(sys.argv[1]))
"""


@pytest.fixture(autouse=True)
def nothing_stays(tmp_path: Path) -> Iterator[None]:
    """Stop what a test has started, also if it fails."""
    yield
    for state in (tmp_path, tmp_path / "state"):
        if runtime := runtime_process.find(state):
            runtime_process.stop(runtime)


def test_two_kernels_that_start_at_once_get_the_same_runtime(tmp_path: Path) -> None:
    found: list[RuntimeProcess] = []
    kernels = [
        threading.Thread(target=lambda: found.append(runtime_process.start_or_join(tmp_path / "state")))
        for _ in range(3)
    ]

    for kernel in kernels:
        kernel.start()
    for kernel in kernels:
        kernel.join()

    (starter,) = [runtime for runtime in found if runtime.child is not None]
    assert {runtime.url for runtime in found} == {starter.url}
    assert Feed(starter.url).status()["backend"]
    runtime_process.stop(starter)
    assert runtime_process.find(tmp_path / "state") is None


def test_a_runtime_that_was_killed_is_started_anew(tmp_path: Path) -> None:
    first = runtime_process.start_or_join(tmp_path)
    os.kill(first.pid, signal.SIGKILL)
    assert first.child is not None
    first.child.wait()

    second = runtime_process.start_or_join(tmp_path)
    runtime_process.stop(second)

    assert second.pid != first.pid
    assert second.url == first.url, "clients that were made before would speak to nobody"


def test_stopping_ends_the_runtime_that_serves_by_now_and_nobody_else(tmp_path: Path) -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    runtime = runtime_process.start_or_join(tmp_path)
    stale = replace(runtime, pid=bystander.pid, child=None)

    runtime_process.stop(stale)

    assert runtime_process.find(tmp_path) is None
    assert bystander.poll() is None
    runtime_process.stop(runtime)  # for the second time, which does no harm
    bystander.kill()
    bystander.wait()


def test_a_start_that_is_interrupted_leaves_no_runtime_behind(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", START, tmp_path], stderr=subprocess.DEVNULL) as kernel:
        while not runtime_process.is_held(tmp_path / "lock"):
            assert kernel.poll() is None
            time.sleep(0.005)
        kernel.send_signal(signal.SIGINT)

    assert not runtime_process.is_held(tmp_path / "lock")
    assert runtime_process.find(tmp_path) is None


def test_a_runtime_that_cannot_start_says_why_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "credentials").mkdir()

    with pytest.raises(LabError, match=r"ended while it was starting[\s\S]*last words[\s\S]*runtime\.log"):
        runtime_process.start_or_join(tmp_path)


def test_under_nbgrader_the_runtime_is_private_and_gone_with_its_state_at_the_end(tmp_path: Path) -> None:
    environment = {**os.environ, "NBGRADER_EXECUTION": "validate", "LAMBDA_LAB_STATE": str(tmp_path / "learners")}

    kernel = subprocess.run(
        [sys.executable, "-c", PRIVATE_SESSION], env=environment, capture_output=True, text=True, timeout=60
    )

    told = json.loads(kernel.stdout)
    assert kernel.stderr == ""
    assert not (tmp_path / "learners").exists()
    assert not Path(told["state"]).exists()
    assert not Path(f"/proc/{told['pid']}").exists()


def test_a_private_runtime_ends_even_when_its_kernel_is_killed(tmp_path: Path) -> None:
    kernel = subprocess.Popen(
        [sys.executable, "-c", PRIVATE_SESSION + "input()"],
        env={**os.environ, "NBGRADER_EXECUTION": "autograde", "TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with kernel:
        assert kernel.stdout is not None
        pid = json.loads(kernel.stdout.readline())["pid"]
        exit_of_runtime = os.pidfd_open(pid)
        kernel.kill()

    ended, _, _ = select.select([exit_of_runtime], [], [], 20)
    os.close(exit_of_runtime)
    assert ended


def test_a_private_runtime_that_cannot_start_leaves_no_state_behind(tmp_path: Path) -> None:
    kernel = subprocess.run(
        [sys.executable, "-c", "import sys; sys.executable = '/bin/false'" + PRIVATE_SESSION],
        env={**os.environ, "NBGRADER_EXECUTION": "validate", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert "ended while it was starting" in kernel.stderr
    assert list(tmp_path.iterdir()) == []
