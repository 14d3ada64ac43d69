"""What tests of pulled events begin with: one platform a module, a laboratory of functions and sources, and what came.

A function writes what it gets into its log, and there a test looks for it: whatever reads the journal or the log again
waits for the next entry of the journal, not for a time.
"""

from __future__ import annotations

import base64
import json
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from runtime.clock_command import tell
from tests.conftest import RunningPlatform, StartPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.held import held_to_model, zipped

PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
PATIENCE_SECONDS = 60.0
"""Far more than anything here takes: it tells a hang."""
TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
NOTES = """
import base64, json, os

def handler(event, context):
    print("GOT " + json.dumps(event))
    records = event["Records"]
    contents = [content(record) for record in records]
    failed = [identifier(record) for record, text in zip(records, contents) if "bad" in text]
    if os.environ.get("ANSWER"):
        return json.loads(os.environ["ANSWER"].replace("<first>", identifier(records[0])))
    if failed and os.environ.get("REPORTS"):
        return {"batchItemFailures": [{"itemIdentifier": one} for one in failed]}
    if failed:
        raise ValueError("a bad record")

def content(record):
    if "kinesis" in record:
        return base64.b64decode(record["kinesis"]["data"]).decode()
    return record["body"] if "body" in record else json.dumps(record["dynamodb"]["Keys"])

def identifier(record):
    if "kinesis" in record:
        return record["kinesis"]["sequenceNumber"]
    return record["messageId"] if "messageId" in record else record["dynamodb"]["SequenceNumber"]
"""
NODE_NOTES = """
exports.handler = function (event, context) {
    console.log("GOT " + JSON.stringify(event));
    context.done(null, "ok");
};
"""
EVERYTHING = [allow(f"{service}:*", "*") for service in ("logs", "kinesis", "dynamodb", "sqs", "sns", "s3")]


def short(prefix: str) -> str:
    """Return a name that nobody has."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


@dataclass
class Laboratory:
    """A platform on which functions read sources."""

    platform: RunningPlatform
    seen: int = 0
    """The number of the last entry of the journal that was waited for."""

    def __post_init__(self) -> None:
        self.today = held_to_model(self.platform.client("lambda"))
        self.preview = held_to_model(self.platform.client("lambda", api_version="2014-11-11"))
        self.kinesis = self.platform.client("kinesis")
        self.sqs = self.platform.client("sqs")
        self.iam = self.platform.client("iam")

    def role(self, *statements: Mapping[str, Any]) -> str:
        """Return a role that Lambda may assume."""
        name = short("role")
        arn = str(self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"])
        self.grant(arn, *(statements or EVERYTHING))
        return arn

    def grant(self, role: str, *statements: Mapping[str, Any]) -> None:
        """Let a role do this, and nothing else."""
        name = role.rpartition("/")[2]
        self.iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=policy(*statements))

    def function(self, source: str = NOTES, role: str | None = None, **environment: str) -> str:
        """Return the name of a new function of today."""
        name = short("function")
        self.today.create_function(
            FunctionName=name,
            Runtime=PYTHON,
            Handler="index.handler",
            Role=role or self.role(),
            Code={"ZipFile": zipped("index.py", source)},
            Environment={"Variables": environment},
        )
        return name

    def stream(self, shards: int = 1) -> str:
        """Return the ARN of a new stream of Kinesis."""
        name = short("stream")
        self.kinesis.create_stream(StreamName=name, ShardCount=shards)
        return str(self.kinesis.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"])

    def put(self, stream: str, *texts: str, key: str = "k") -> list[str]:
        """Put records at once; return their sequence numbers."""
        records = [{"Data": text.encode(), "PartitionKey": key} for text in texts]
        answer = self.kinesis.put_records(StreamARN=stream, StreamName=stream.rpartition("/")[2], Records=records)
        return [record["SequenceNumber"] for record in answer["Records"]]

    def queue(self, name: str | None = None, **attributes: str) -> tuple[str, str]:
        """Return the address and the ARN of a new queue."""
        url = self.sqs.create_queue(QueueName=name or short("queue"), Attributes=attributes)["QueueUrl"]
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, answer["Attributes"]["QueueArn"]

    def map(self, source: str, function: str, **settings: Any) -> str:
        """Map a source to a function of today; return the UUID when it is at work."""
        members = {"EventSourceArn": source, "FunctionName": function} | settings
        if ":sqs:" not in source:
            members.setdefault("StartingPosition", "TRIM_HORIZON")
        uuid_ = str(self.today.create_event_source_mapping(**members)["UUID"])
        self.until(lambda: self.mapping(uuid_)["State"] == "Enabled")
        return uuid_

    def mapping(self, uuid_: str) -> Mapping[str, Any]:
        """Return a mapping as it is now."""
        answer: Mapping[str, Any] = self.today.get_event_source_mapping(UUID=uuid_)
        return answer

    def result(self, uuid_: str) -> str:
        """Return how the last batch of a mapping went."""
        return str(self.mapping(uuid_).get("LastProcessingResult"))

    def advance(self, by: str) -> str:
        """Advance the clock of the account; return what is said of it."""
        return tell(self.platform.state, by)

    def until_later(self, by: str, is_so: Callable[[], Any]) -> Any:
        """Return what is looked for; the clock is advanced as often as it is not there."""
        return self.until(lambda: is_so() or (self.advance(by) and is_so()))

    def entries(self) -> list[Mapping[str, Any]]:
        """Return the journal."""
        found: list[Mapping[str, Any]] = []
        while entries := self._feed(found[-1]["seq"] if found else 0, 0):
            found += entries
        return found

    def steps(self, mapping: str) -> list[Mapping[str, Any]]:
        """Return the steps of a mapping's batches."""
        facts = [entry["facts"] for entry in self.entries() if entry["kind"] == "batch"]
        return [fact for fact in facts if fact["mapping"] == mapping]

    def got(self, function: str) -> list[Any]:
        """Return the events that a function got, in their order."""
        logs, group = self.platform.client("logs"), f"/aws/lambda/{function}"
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        lines = sorted((event for page in pages for event in page["events"]), key=lambda event: event["timestamp"])
        return [json.loads(line["message"].partition("GOT ")[2]) for line in lines if "GOT {" in line["message"]]

    def until(self, is_so: Callable[[], Any]) -> Any:
        """Return what is looked for, as soon as it is there."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := is_so()):
            assert time.monotonic() < deadline, self.entries()[-5:]
            news = self._feed(self.seen, 0.2)
            self.seen = news[-1]["seq"] if news else self.seen
        return found

    def _feed(self, after: int, wait: float) -> list[Mapping[str, Any]]:
        answer = httpx.get(f"{self.platform.url}/_lab/journal", params={"after": after, "wait": wait}, timeout=60)
        entries: list[Mapping[str, Any]] = answer.json()["entries"]
        return entries


@pytest.fixture(scope="module")
def laboratory(start_platform: StartPlatform) -> Iterator[Laboratory]:
    """Return a platform of this module's own."""
    yield Laboratory(start_platform())


def texts(events: list[Any]) -> list[list[str]]:
    """Return what was put into the records of Kinesis that came, batch by batch."""
    return [[base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]] for event in events]
