"""A burst of objects, pushed to a function: ``python -m tests.benchmarks.bursts [--objects 1000] [--kill]``.

A platform of its own is sent so many small objects by eight clients at once. Printed are the puts that were answered
each second, when the last of them had run its function, and how long it took from the put to the end of the run. With
``--kill`` the platform is killed when half of the puts were answered, and started again on the same state; what was
not answered is put once more. In the end every object must have arrived, or the exit status is 1. Functions of today
run warm, and eight at once (``runtime/eventsources/asynchronous.py``).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from tests.benchmarks.platform_process import PATIENCE_SECONDS
from tests.conftest import RunningPlatform, started_runtime
from tests.endpoint.conftest import allow, policy
from tests.endpoint.held import zipped

CLIENTS = 8
BUCKET, FUNCTION = "burst", "burst"
HANDLER = "def handler(event, context):\n    return event['Records'][0]['s3']['object']['key']\n"
TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
PAGE = 1000
LONGEST_SECONDS = 600.0


def main() -> int:
    """Measure and print; say whether everything has arrived."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1000)
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    keys = [f"{number}" for number in range(options.objects)]
    with tempfile.TemporaryDirectory(prefix="lambda-lab-bench-") as directory:
        return _measure(Path(directory), keys, is_killed=options.kill)


def _measure(state: Path, keys: list[str], *, is_killed: bool) -> int:
    with _living(state) as platform:
        _prepare(platform)
        began = time.monotonic()
        answered = _put(platform, keys, kill_after=len(keys) // 2 if is_killed else None)
        print(f"{len(answered)} puts answered in {time.monotonic() - began:.1f} s: {_rate(answered, began)} /s")
        if not is_killed:
            return _report(_arrivals(platform, keys), keys, began)
    with _living(state) as platform:
        _put(platform, [key for key in keys if key not in answered], kill_after=None)
        return _report(_arrivals(platform, keys), keys, began)


@contextlib.contextmanager
def _living(state: Path) -> Iterator[RunningPlatform]:
    process, platform = started_runtime(state)
    try:
        yield platform
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=PATIENCE_SECONDS)


def _prepare(platform: RunningPlatform) -> None:
    iam, lambda_, s3 = (platform.client(service) for service in ("iam", "lambda", "s3"))
    role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    iam.put_role_policy(RoleName="bench", PolicyName="logs", PolicyDocument=policy(allow("logs:*", "*")))
    arn = lambda_.create_function(
        FunctionName=FUNCTION,
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role=role,
        Handler="index.handler",
        MemorySize=1024,
        Code={"ZipFile": zipped("index.py", HANDLER)},
    )["FunctionArn"]
    lambda_.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)
    lambda_.add_permission(
        FunctionName=FUNCTION, StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )
    s3.create_bucket(Bucket=BUCKET)
    configuration = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
    )


def _put(platform: RunningPlatform, keys: list[str], *, kill_after: int | None) -> dict[str, float]:
    """Put objects; return when each put that was answered was."""
    answered: dict[str, float] = {}
    s3 = platform.client("s3")

    def put(key: str) -> None:
        try:
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"hello")
        except (BotoCoreError, ClientError):
            return
        answered[key] = time.monotonic()
        if len(answered) == kill_after:
            os.kill(platform.pid, signal.SIGKILL)

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(put, keys))
    return answered


def _arrivals(platform: RunningPlatform, keys: list[str]) -> Mapping[str, float]:
    """Follow the journal until every object has run its function; return how many seconds after its put each did."""
    put_at: dict[str, datetime] = {}
    key_of: dict[str, str] = {}
    took: dict[str, float] = {}
    after, deadline = 0, time.monotonic() + LONGEST_SECONDS
    while len(took) < len(keys) and time.monotonic() < deadline:
        query: dict[str, Any] = {"after": after, "limit": PAGE, "wait": 1}
        for entry in httpx.get(f"{platform.url}/_lab/journal", params=query, timeout=60).json()["entries"]:
            after, facts, at = entry["seq"], entry["facts"], datetime.fromisoformat(entry["time"])
            if entry["kind"] == "object":
                key_of[facts["trace_id"]] = facts["key"]
                put_at[facts["trace_id"]] = at
            elif entry["kind"] == "invocation" and facts["status"] == "Succeeded" and facts["trace_id"] in key_of:
                key = key_of[facts["trace_id"]]
                took.setdefault(key, (at - put_at[facts["trace_id"]]).total_seconds())
    return took


def _report(took: Mapping[str, float], keys: list[str], began: float) -> int:
    print(
        f"{len(took)} of {len(keys)} objects have run their function, {time.monotonic() - began:.1f} s after the first"
    )
    if took:
        latencies = sorted(took.values())
        print(
            f"from put to the end of the run: p50 {statistics.median(latencies):.2f} s, longest {latencies[-1]:.2f} s"
        )
    missing = set(keys) - took.keys()
    if missing:
        print(f"LOST: {json.dumps(sorted(missing)[:10])}")
    return 1 if missing else 0


def _rate(answered: Mapping[str, float], began: float) -> int:
    return round(len(answered) / (max(answered.values()) - began)) if answered else 0


if __name__ == "__main__":
    sys.exit(main())
