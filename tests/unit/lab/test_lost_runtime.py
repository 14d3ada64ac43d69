"""A call that finds no runtime, as a notebook shows it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from lab.lost_runtime import explain_lost_runtime
from tests.unit.lab.conftest import FakeRuntime

CALL = """
import boto3
from botocore.config import Config
boto3.client("sts", endpoint_url={url!r}, config=Config(retries={{"max_attempts": 0}})).get_caller_identity()
"""
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    shell = InteractiveShell()
    explain_lost_runtime(shell)
    return shell


@pytest.mark.usefixtures("started")
def test_a_call_to_a_runtime_that_has_ended_says_so_and_what_to_do(
    shell: InteractiveShell, runtime: FakeRuntime, capsys: pytest.CaptureFixture[str]
) -> None:
    runtime.end()

    result = shell.run_cell(CALL.format(url=runtime.url))

    shown = capsys.readouterr().out
    assert f"The runtime at {runtime.url} does not answer: it has ended." in shown
    assert "What to do: run lab.start()" in shown
    assert "Traceback" not in shown
    assert type(result.error_in_exec).__name__ == "EndpointConnectionError"


@pytest.mark.usefixtures("started")
def test_another_address_that_does_not_answer_is_shown_as_boto3_says_it(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert os.environ["AWS_ENDPOINT_URL"] != NOBODY

    shell.run_cell(CALL.format(url=NOBODY))

    shown = capsys.readouterr().out
    assert "Traceback" in shown
    assert "What to do" not in shown
