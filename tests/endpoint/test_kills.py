"""Nothing that was accepted is lost by ``kill -9``, whenever it comes, and nothing is run again that has succeeded.

A platform is started, sent events and killed at a moment drawn at random, again and again on the same state: while it
starts, about when an event has been accepted, or about when the outcome of one has been written down. In the end one
lives, and the journal is held against what was accepted. ``--kills 200`` kills more often; the seed of a failed run is
in its output, and ``--kill-seed`` draws the same again.
"""

from __future__ import annotations

import json
import os
import queue
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from runtime.clock import SystemClock
from runtime.journal import FIRST_PREVIOUS, Journal, entry_hash
from tests.conftest import REPOSITORY, RunningPlatform, StartPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.held import zipped

pytestmark = [
    pytest.mark.isolation,
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    # A client whose server dies in the middle of an answer forgets to close its end.
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
]

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
SLEEPER = """import time


def handler(event, context):
    time.sleep(event["seconds"])
"""
ECHO = "exports.handler = function (event, context) { context.done(null, event); };"
EVENTS_PER_LIFE = 8
"""Of each function. More than that, and those that are left in the end take longer than everything before."""
LONGEST_LIFE_SECONDS = 20
LONGEST_LAST_MOMENT_SECONDS = 0.03
DRAIN_SECONDS = 600
TIDYING = "removing what a killed runtime left"


def prepare(platform: RunningPlatform) -> None:
    """Make a function of each generation."""
    iam = platform.client("iam")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="logs", PolicyDocument=policy(allow("logs:*", "*")))
    platform.client("lambda").create_function(
        FunctionName="today",
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": zipped("index.py", SLEEPER)},
    )
    platform.client("lambda", api_version="2014-11-11").upload_function(
        FunctionName="preview",
        Runtime="nodejs",
        Mode="event",
        Handler="index.handler",
        Role=role,
        FunctionZip=zipped("index.js", ECHO),
    )


@contextmanager
def life(first: RunningPlatform) -> Iterator[subprocess.Popen[str]]:
    """Start a platform on the state of the first one; it is dead and reaped afterwards."""
    with (first.state / "stderr.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "runtime", "serve", "--port", "0", "--state", str(first.state)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=REPOSITORY,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def send(client: Any, name: str, numbers: random.Random, accepted: queue.SimpleQueue[str | None]) -> None:
    """Send events as long as somebody answers; tell of those that were accepted, and of the end."""
    for _ in range(EVENTS_PER_LIFE):
        payload = json.dumps({"seconds": numbers.choice((0, 0, 0.005, 0.05))}).encode()
        try:
            if name == "today":
                answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=payload)
            else:
                answer = client.invoke_async(FunctionName=name, InvokeArgs=payload)
        except (BotoCoreError, ClientError):
            break
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
        accepted.put(answer["ResponseMetadata"]["RequestId"])
    client.close()
    accepted.put(None)


def live_and_die(first: RunningPlatform, numbers: random.Random, accepted: set[str | None]) -> None:
    with life(first) as process:
        doom = numbers.choice(("starting", "accepting", "executing", "executing"))
        if doom == "starting":
            time.sleep(numbers.uniform(0, 1.5))
            return
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("endpoint "), (first.state / "stderr.log").read_text()
        platform = RunningPlatform(
            line.split()[1], first.state, process.pid, first.access_key_id, first.secret_access_key
        )
        config = Config(retries={"max_attempts": 0}, read_timeout=10)
        told: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        senders = [
            threading.Thread(target=send, args=(client, name, random.Random(numbers.random()), told))
            for name, client in (
                ("today", platform.client("lambda", config=config)),
                ("preview", platform.client("lambda", config=config, api_version="2014-11-11")),
            )
        ]
        for sender in senders:
            sender.start()
        if doom == "accepting":
            accepted |= {told.get(timeout=60) for _ in range(numbers.randrange(EVENTS_PER_LIFE))}
        else:
            until_recorded(first.state, numbers.randint(1, EVENTS_PER_LIFE // 2))
        time.sleep(numbers.uniform(0, LONGEST_LAST_MOMENT_SECONDS))
        process.send_signal(signal.SIGKILL)
        for sender in senders:
            sender.join()
        accepted |= {told.get() for _ in range(told.qsize())}
        accepted.discard(None)


def until_recorded(state: Path, more: int) -> None:
    """Wait until so many more outcomes are in the journal, or as long as a life may last."""
    journal = sqlite3.connect(f"file:{state / 'journal.sqlite3'}?mode=ro", uri=True)
    count = "SELECT count(*) FROM entries WHERE kind = 'invocation'"
    (before,) = journal.execute(count).fetchone()
    deadline = time.monotonic() + LONGEST_LIFE_SECONDS
    while journal.execute(count).fetchone()[0] < before + more and time.monotonic() < deadline:
        time.sleep(0.002)
    journal.close()


def histories(state: Path) -> dict[str, list[str]]:
    """Return the statuses of each request's invocations in their order; the journal's chain must be whole."""
    journal = Journal(state / "journal.sqlite3", SystemClock())
    found: dict[str, list[str]] = defaultdict(list)
    previous, after = FIRST_PREVIOUS, 0
    while entries := journal.entries(after):
        for entry in entries:
            assert (entry.previous, entry.hash) == (previous, entry_hash(entry.document()))
            previous, after = entry.hash, entry.seq
            # What a killed platform left on the host is the next one's to remove, and another test's to watch.
            assert entry.kind != "platform-error" or entry.facts["where"] == TIDYING, entry.facts
            if entry.kind == "invocation":
                found[entry.facts["request_id"]].append(entry.facts["status"])
    journal.close()
    return found


def lost(state: Path, accepted: set[str | None]) -> set[str | None]:
    found = histories(state)
    return {request_id for request_id in accepted if "Succeeded" not in found.get(request_id or "", [])}


def test_what_was_accepted_is_executed_and_not_again_once_it_has_succeeded(
    start_platform: StartPlatform, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    kills, seed = pytestconfig.getoption("--kills"), pytestconfig.getoption("--kill-seed") or time.time_ns()
    print(f"--kill-seed {seed}")
    numbers, accepted = random.Random(seed), set[str | None]()
    first = start_platform(state=tmp_path)
    prepare(first)
    os.kill(first.pid, signal.SIGKILL)

    for _ in range(kills):
        live_and_die(first, numbers, accepted)
    start_platform(state=tmp_path)
    deadline = time.monotonic() + DRAIN_SECONDS
    while lost(tmp_path, accepted) and time.monotonic() < deadline:
        time.sleep(1)

    assert lost(tmp_path, accepted) == set()
    found = histories(tmp_path)
    assert len(accepted) > 2 * kills
    again = {request_id: statuses for request_id, statuses in found.items() if "Succeeded" in statuses[:-1]}
    assert again == {}
    print(f"{kills} kills, {len(accepted)} events accepted, each executed to its success and not again")
