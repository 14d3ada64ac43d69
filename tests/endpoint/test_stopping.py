"""A platform that is stopped takes everything with it, also what was warm, under way or queued."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import pytest

from tests.conftest import RunningPlatform, StartPlatform
from tests.endpoint.held import zipped
from tests.sandbox.holdings import groups, loops, offspring, until

pytestmark = pytest.mark.isolation

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


SLEEPER = """import time


def handler(event, context):
    time.sleep(event["seconds"])
"""


def work(platform: RunningPlatform) -> None:
    """Leave one environment idle, and one function that sleeps longer than anybody waits."""
    role = platform.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    functions = platform.client("lambda")
    for name in ("idle", "busy"):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="index.handler",
            Role=role,
            Code={"ZipFile": zipped("index.py", SLEEPER)},
            Timeout=60,
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name)
    functions.invoke(FunctionName="idle", Payload=b'{"seconds": 0}')
    functions.invoke(FunctionName="busy", Payload=b'{"seconds": 60}', InvocationType="Event")


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_a_stopped_platform_leaves_no_process_group_or_disk(start_platform: StartPlatform, tmp_path: Path) -> None:
    platform = start_platform(state=tmp_path)
    work(platform)
    assert until(lambda: len(loops(tmp_path)) >= 2)  # one sandbox each, and those that wait to be used
    started = offspring(platform.pid)
    assert groups(platform.pid)

    os.kill(platform.pid, signal.SIGTERM)

    assert until(lambda: is_gone(platform.pid), seconds=20)
    assert [pid for pid in started if not is_gone(pid)] == []
    assert groups(platform.pid) == []
    assert loops(tmp_path) == []
    assert not (tmp_path / "endpoint.json").exists()
