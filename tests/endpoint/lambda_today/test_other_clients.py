"""Tools that know nothing of this lab work with it: the AWS CLI, and Chalice, which deploys an application."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunningPlatform
from tests.endpoint.held import zipped
from tests.endpoint.lambda_today.conftest import ECHO

PROGRAMS = Path(sys.executable).parent
APPLICATION = """
from chalice import Chalice

app = Chalice(app_name="{name}")


@app.lambda_function()
def greet(event, context):
    print("greeting", event["name"])
    return {{"hello": event["name"]}}
"""

Run = Callable[..., str]


@pytest.fixture
def run(platform: RunningPlatform, tmp_path: Path) -> Run:
    """Return a function that runs a program as root of the account, and returns what it prints."""
    environment = {
        "AWS_ENDPOINT_URL": platform.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_SHARED_CREDENTIALS_FILE": str(platform.state / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "HOME": str(tmp_path),
        "PATH": f"{PROGRAMS}:/usr/bin:/bin",
    }

    def run(program: str, *arguments: str, given: str = "") -> str:
        finished = subprocess.run(
            [PROGRAMS / program, *arguments],
            cwd=tmp_path,
            env=environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout

    return run


@pytest.mark.isolation
def test_the_aws_cli_creates_waits_invokes_and_reads_the_log(
    run: Run, tmp_path: Path, execution_role: str, python: str
) -> None:
    name = f"cli-{uuid.uuid4().hex[:8]}"
    (tmp_path / "code.zip").write_bytes(zipped("index.py", ECHO))

    created = json.loads(
        run(
            *("aws", "lambda", "create-function", "--function-name", name, "--runtime", python),
            *("--handler", "index.handler", "--role", execution_role, "--zip-file", "fileb://code.zip"),
        )
    )
    run("aws", "lambda", "wait", "function-active-v2", "--function-name", name)
    invoke = ("aws", "lambda", "invoke", "--function-name", name, "--log-type", "Tail")
    answer = json.loads(run(*invoke, "--payload", '{"a": 1}', "out.json"))
    events = json.loads(run("aws", "logs", "filter-log-events", "--log-group-name", f"/aws/lambda/{name}"))

    assert created["State"] == "Pending"
    assert json.loads((tmp_path / "out.json").read_text())["event"] == {"a": 1}
    assert "seen {'a': 1}" in base64.b64decode(answer["LogResult"]).decode()
    assert [event["message"].split()[0] for event in events["events"]] == [
        "INIT_START",
        "START",
        "seen",
        "END",
        "REPORT",
    ]


@pytest.mark.isolation
def test_chalice_deploys_an_application_and_invokes_it(run: Run, tmp_path: Path) -> None:
    name = f"chalice-{uuid.uuid4().hex[:8]}"
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(
        json.dumps({"version": "2.0", "app_name": name, "stages": {"dev": {}}})
    )
    (tmp_path / "app.py").write_text(APPLICATION.format(name=name))
    (tmp_path / "requirements.txt").write_text("")

    first = run("chalice", "deploy")
    greeted = run("chalice", "invoke", "-n", "greet", given='{"name": "you"}')
    again = run("chalice", "deploy")
    deleted = run("chalice", "delete")

    assert f"function:{name}-dev-greet" in first
    assert json.loads(greeted) == {"hello": "you"}
    assert "Updating lambda function" in again
    assert f"Deleting function: arn:aws:lambda:us-east-1:123456789012:function:{name}-dev-greet" in deleted
