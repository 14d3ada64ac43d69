"""A stream of Kinesis, read for a function: ``python -m tests.benchmarks.streams [--records 10000] [--kill]``.

So many records wait in four shards, and are then read at batch size 100 by a trivial handler. Printed is how many a
second are delivered and settled, from the first batch that was formed to the last checkpoint. With ``--kill`` the
platform is killed when half of them are settled, and started again on the same state; the time of that counts too. In
the end each shard's records must have been settled in their order, every one once, or the exit status is 1.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.benchmarks.platform_process import PATIENCE_SECONDS
from tests.conftest import RunningPlatform, started_runtime
from tests.endpoint.conftest import allow, policy
from tests.endpoint.held import zipped

RECORDS, SHARDS, BATCH_SIZE, MOST_PUT = 10_000, 4, 100, 500
STREAM, FUNCTION = "bench", "bench"
HANDLER = "def handler(event, context):\n    return len(event['Records'])\n"
TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
LONGEST_SECONDS = 600.0


@dataclass
class Settled:
    """What the journal says of the batches."""

    spans: dict[str, list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    """Of each shard the first and last record and the size of every batch, in the order of their checkpoints."""
    untold: set[str] = field(default_factory=set)
    """Shards whose last checkpoint a killed platform may have had no time to journal: it is in the account first."""
    invocations: int = 0
    began: datetime | None = None
    ended: datetime | None = None
    after: int = 0

    @property
    def count(self) -> int:
        """Return how many records are settled."""
        return sum(size for spans in self.spans.values() for _, _, size in spans)

    @property
    def batches(self) -> int:
        """Return in how many batches."""
        return sum(len(spans) for spans in self.spans.values())

    @property
    def per_second(self) -> float:
        """Return how many were settled each second."""
        seconds = (self.ended - self.began).total_seconds() if self.began and self.ended else 0.0
        return self.count / seconds if seconds else 0.0

    def mistakes(self) -> list[str]:
        """Return what was skipped, done twice or out of order."""
        found = []
        for shard, spans in self.spans.items():
            expected = 1
            for first, last, size in spans:
                if (first, last) != (expected, expected + size - 1):
                    found.append(f"{shard}: {first} to {last} ({size}) where {expected} was next")
                expected = last + 1
        return found

    def take(self, entry: Mapping[str, Any]) -> None:
        """Take notice of an entry of the journal."""
        self.after, facts = entry["seq"], entry["facts"]
        if entry["kind"] == "invocation":
            self.invocations += 1
        if entry["kind"] != "batch":
            return
        self.began = self.began or datetime.fromisoformat(entry["time"])
        if facts["step"] == "checkpoint":
            self.ended = datetime.fromisoformat(entry["time"])
            spans, first = self.spans[facts["shard"]], int(facts["first"])
            expected = spans[-1][1] + 1 if spans else 1
            if facts["shard"] in self.untold and 0 < first - expected <= BATCH_SIZE:
                spans.append((expected, first - 1, first - expected))
            self.untold.discard(facts["shard"])
            spans.append((first, int(facts["last"]), facts["size"]))


def main() -> int:
    """Measure and print; say whether everything came, once and in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lambda-lab-bench-") as directory:
        settled = read_all(Path(directory), options.records, is_killed=options.kill)
    print(f"{settled.count} of {options.records} records settled in {settled.invocations} invocations")
    print(f"{settled.per_second:.0f} records a second{', the restart included' if options.kill else ''}")
    mistakes = settled.mistakes()
    print(*mistakes[:10], sep="\n")
    return 1 if mistakes or settled.count != options.records else 0


def records_per_second() -> float:
    """Return how many records are settled each second; raise if one of them was not, or not in its turn."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-bench-") as directory:
        settled = read_all(Path(directory), RECORDS, is_killed=False)
    if settled.mistakes() or settled.count != RECORDS:
        raise RuntimeError(f"{settled.count} of {RECORDS} records: {settled.mistakes()[:3]}")
    return settled.per_second


def read_all(state: Path, records: int, *, is_killed: bool) -> Settled:
    """Have a stream of so many records read; return what became of them."""
    settled = Settled()
    with _living(state) as platform:
        _prepare(platform, records)
        _follow(platform, settled, records // 2 if is_killed else records)
        if is_killed:
            os.kill(platform.pid, signal.SIGKILL)
    if is_killed:
        settled.untold = set(settled.spans)
        with _living(state) as platform:
            _follow(platform, settled, records)
    return settled


@contextlib.contextmanager
def _living(state: Path) -> Iterator[RunningPlatform]:
    process, platform = started_runtime(state)
    try:
        yield platform
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=PATIENCE_SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def _prepare(platform: RunningPlatform, records: int) -> None:
    iam, lambda_, kinesis = (platform.client(service) for service in ("iam", "lambda", "kinesis"))
    role = iam.create_role(RoleName="bench", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    rights = policy(allow("logs:*", "*"), allow("kinesis:*", "*"))
    iam.put_role_policy(RoleName="bench", PolicyName="rights", PolicyDocument=rights)
    lambda_.create_function(
        FunctionName=FUNCTION,
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role=role,
        Handler="index.handler",
        MemorySize=1024,
        Code={"ZipFile": zipped("index.py", HANDLER)},
    )
    lambda_.get_waiter("function_active_v2").wait(FunctionName=FUNCTION)
    kinesis.create_stream(StreamName=STREAM, ShardCount=SHARDS)
    for first in range(0, records, MOST_PUT):
        numbers = range(first, min(first + MOST_PUT, records))
        entries = [{"Data": f"{number}".encode(), "PartitionKey": f"{number}"} for number in numbers]
        kinesis.put_records(StreamName=STREAM, Records=entries)
    arn = kinesis.describe_stream(StreamName=STREAM)["StreamDescription"]["StreamARN"]
    lambda_.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=FUNCTION, BatchSize=BATCH_SIZE, StartingPosition="TRIM_HORIZON"
    )


def _follow(platform: RunningPlatform, settled: Settled, count: int) -> None:
    """Follow the journal until so many records are settled."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while settled.count < count and time.monotonic() < deadline:
        query = {"after": settled.after, "wait": 1}
        for entry in httpx.get(f"{platform.url}/_lab/journal", params=query, timeout=60).json()["entries"]:
            settled.take(entry)


if __name__ == "__main__":
    sys.exit(main())
