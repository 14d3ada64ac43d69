"""``python -m lab``: one command starts everything, one signal stops it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from lab import runtime_process
from lab.jupyter_server import NOWHERE
from lab.places import ROOT

pytestmark = [pytest.mark.isolation, pytest.mark.slow]


@contextmanager
def start(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command; a test that fails leaves nothing running, and waits for nothing."""
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "--no-browser", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as command:
        try:
            yield command
        finally:
            command.terminate()


def banner(command: subprocess.Popen[str]) -> str:
    assert command.stdout is not None
    lines: list[str] = []
    for line in command.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


def ask(url: str, path: str) -> bytes:
    address, _, token = url.partition("/lab/tree/")
    token = token.partition("token=")[2]
    answer: bytes = urllib.request.urlopen(f"{address}{path}?token={token}", timeout=20).read()
    return answer


def status_of(url: str, path: str) -> int:
    try:
        ask(url, path)
    except urllib.error.HTTPError as error:
        return error.code
    return 200


def page_config(page: str) -> dict[str, list[str]]:
    found = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert found is not None
    config: dict[str, list[str]] = json.loads(found[1])
    return config


def environments_of_children(pid: int) -> Iterator[bytes]:
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(ProcessLookupError):  # the one that released the quizzes may have ended
            yield Path(f"/proc/{child}/environ").read_bytes()


def test_one_command_opens_the_first_lesson_and_one_signal_stops_everything(tmp_path: Path) -> None:
    with start("--state", str(tmp_path), "--folder", str(tmp_path / "mine")) as command:
        words = banner(command)
        found = re.search(r"open +(http\S+)", words)
        assert found is not None
        lesson = json.loads(ask(found[1], "/api/contents/lessons/01-run-a-function.ipynb"))
        news = json.loads(ask(found[1], "/lab/api/settings/@jupyterlab/apputils-extension:notification"))
        page = ask(found[1], "/lab").decode()
        formgrader = status_of(found[1], "/formgrader")
        environments = list(environments_of_children(command.pid))
        command.send_signal(signal.SIGTERM)
        last_words, _ = command.communicate(timeout=60)

    assert "/lab/tree/lessons/01-run-a-function.ipynb?token=" in words
    assert lesson["type"] == "notebook"
    # It is the learner's own copy, and nbgrader's panels for instructors are neither loaded nor answered.
    assert (tmp_path / "mine/lessons/01-run-a-function.ipynb").exists()
    assert "@jupyter/nbgrader:formgrader" in page_config(page)["disabledExtensions"]
    assert formgrader == 404
    # A cell that is run before the first one must not reach a real account.
    assert any(f"AWS_ENDPOINT_URL={NOWHERE}".encode() in environment for environment in environments)
    assert news["schema"]["properties"]["fetchNews"]["default"] == "false"
    assert command.returncode == 0, last_words
    assert runtime_process.find(tmp_path) is None


def test_a_runtime_that_was_there_before_stays(tmp_path: Path) -> None:
    runtime = runtime_process.start_or_join(tmp_path)

    with start("dashboard", "--state", str(tmp_path)) as command:
        words = banner(command)
        command.send_signal(signal.SIGINT)
        last_words, _ = command.communicate(timeout=60)
    stays = runtime_process.find(tmp_path) is not None
    runtime_process.stop(runtime)

    assert "was running, and stays" in words
    assert command.returncode == 0, last_words
    assert stays
