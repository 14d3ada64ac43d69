"""What every kind of test may ask for: a host that isolates, and a running platform.

``LAMBDA_LAB_REQUIRE_ALL=1`` (continuous integration) turns "this host cannot" from a skip into a failure.
"""

from __future__ import annotations

import configparser
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from xdist.scheduler import LoadScopeScheduling

REPOSITORY = Path(__file__).resolve().parent.parent
REQUIRE_ALL = os.environ.get("LAMBDA_LAB_REQUIRE_ALL") == "1"
TOGETHER = {
    "sandbox": ("sandbox/", "soak/", "handlers/test_deadlines.py"),
    "lab": ("browser/", "lessons/", "quizzes/", "unit/lab/"),
}
"""What measures time and processors, and what uses the learner's home: the tests of each run one after another."""
THE_LONGEST = "sandbox"
"""What begins first."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line say how often ``tests/endpoint/test_kills.py`` kills."""
    parser.addoption("--kills", type=int, default=20, help="how often the platform is killed")
    parser.addoption("--kill-seed", type=int, default=0, help="repeat the moments of a run; 0: draw new ones")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Skip what this host cannot do, with the reason; let the longest group begin first."""
    skip_what_needs_a_browser(items)
    skip_what_needs_isolation(items)
    yield
    items.sort(key=lambda item: group_of(item.nodeid) != THE_LONGEST)  # whatever order they were shuffled into


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Say which worker runs what."""
    return Together(config, log)


class Together(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Has the tests of a file run in one worker, and those of several that use the same thing too."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def group_of(nodeid: str) -> str:
    """Return the group of a test, which is its file if it has no other."""
    file = nodeid.partition("::")[0]
    return next((group for group, places in TOGETHER.items() if file.removeprefix("tests/").startswith(places)), file)


def skip_what_needs_a_browser(items: list[pytest.Item]) -> None:
    if shutil.which("chromium") or REQUIRE_ALL:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason="chromium is not installed (Debian: apt install chromium)"))


def skip_what_needs_isolation(items: list[pytest.Item]) -> None:
    """Skip with the reason that the runtime gives."""
    if not any(item.get_closest_marker("isolation") for item in items):
        return
    from runtime.sandbox.backends import missing_promises

    missing = missing_promises()
    if missing and not REQUIRE_ALL:
        reason = "this host cannot isolate: " + "; ".join(missing)
        for item in items:
            if item.get_closest_marker("isolation"):
                item.add_marker(pytest.mark.skip(reason=reason))


@dataclass(frozen=True)
class RunningPlatform:
    """A runtime in a process of its own, as a learner's lab would start it."""

    url: str
    state: Path
    pid: int
    access_key_id: str
    secret_access_key: str

    def client(self, service: str, **options: Any) -> Any:
        """Return a boto3 client that speaks to this platform as the account's root."""
        config = Config(retries={"max_attempts": 0}, read_timeout=120).merge(options.pop("config", Config()))
        credentials = {"aws_access_key_id": self.access_key_id, "aws_secret_access_key": self.secret_access_key}
        # The stubs list every service by name; a test names any of them.
        make: Any = boto3.client
        return make(service, endpoint_url=self.url, region_name="us-east-1", config=config, **(credentials | options))


def started_runtime(state: Path, *arguments: str) -> tuple[subprocess.Popen[str], RunningPlatform]:
    """Start a runtime and wait until it serves; whoever calls this ends it."""
    with (state / "stderr.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "runtime", "serve", "--port", "0", "--state", str(state), *arguments],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=REPOSITORY,
        )
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("endpoint "), (state / "stderr.log").read_text()
    credentials = configparser.ConfigParser()
    credentials.read(state / "credentials")
    keys = credentials["default"]
    return process, RunningPlatform(
        line.split()[1], state, process.pid, keys["aws_access_key_id"], keys["aws_secret_access_key"]
    )


StartPlatform = Callable[..., RunningPlatform]


@pytest.fixture(scope="session")
def start_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartPlatform]:
    """Return a function that starts platforms; every one of them is stopped at the end, and must stop cleanly."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str, state: Path | None = None) -> RunningPlatform:
        state = state or tmp_path_factory.mktemp("platform")
        process, platform = started_runtime(state, *arguments)
        processes.append(process)
        return platform

    yield start
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    for process in processes:
        status = process.wait(timeout=30)
        assert status in (0, -signal.SIGKILL), f"a runtime ended with status {status}"
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def platform(start_platform: StartPlatform) -> RunningPlatform:
    """Return the platform that most tests share; each of them names its resources after itself."""
    return start_platform()


@pytest.fixture
def execution_role(platform: RunningPlatform, request: pytest.FixtureRequest) -> str:
    """Return the ARN of a role that Lambda may assume and that may write logs."""
    iam = platform.client("iam")
    name = f"role-{abs(hash(request.node.nodeid)):x}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
    access = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"])
    iam.put_role_policy(RoleName=name, PolicyName="logs", PolicyDocument=json.dumps(access))
    return arn
