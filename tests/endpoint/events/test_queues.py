"""Queues of SQS are read for functions: batches, deletion, failures, dead-letter queues, order and concurrency."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartPlatform
from tests.endpoint.conftest import allow
from tests.endpoint.events.conftest import EVERYTHING, TRUST, Laboratory, short
from tests.endpoint.lambda_today.conftest import refusal

pytestmark = pytest.mark.isolation

COUNTS = """
import json, time

def handler(event, context):
    began = time.time()
    time.sleep(0.3)
    print("GOT " + json.dumps({"began": began, "ended": time.time()}))
"""


def bodies(laboratory: Laboratory, function: str) -> list[list[str]]:
    return [[record["body"] for record in event["Records"]] for event in laboratory.got(function)]


def send(laboratory: Laboratory, url: str, *texts: str, **more: str) -> None:
    entries = [{"Id": str(number), "MessageBody": text, **more} for number, text in enumerate(texts)]
    laboratory.sqs.send_message_batch(QueueUrl=url, Entries=entries)


def left(laboratory: Laboratory, url: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    return sum(
        int(count)
        for count in laboratory.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()
    )


def test_a_message_is_delivered_and_then_deleted(laboratory: Laboratory) -> None:
    function, (url, queue) = laboratory.function(), laboratory.queue()
    laboratory.sqs.send_message(
        QueueUrl=url,
        MessageBody="hello",
        MessageAttributes={
            "colour": {"DataType": "String", "StringValue": "red"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\0\1"},
        },
    )

    mapping = laboratory.map(queue, function)
    laboratory.until(lambda: left(laboratory, url) == 0)

    (record,) = laboratory.until(lambda: [r for event in laboratory.got(function) for r in event["Records"]])
    attributes = record.pop("attributes")
    assert {"ApproximateReceiveCount", "SentTimestamp", "SenderId", "ApproximateFirstReceiveTimestamp"} <= set(
        attributes
    )
    assert attributes["ApproximateReceiveCount"] == "1"
    assert record.pop("messageId")
    assert record.pop("receiptHandle")
    assert record.pop("md5OfMessageAttributes")
    empty: dict[str, list[str]] = {"stringListValues": [], "binaryListValues": []}
    assert record == {
        "body": "hello",
        "messageAttributes": {
            "colour": empty | {"stringValue": "red", "dataType": "String"},
            "raw": empty | {"binaryValue": "AAE=", "dataType": "Binary"},
        },
        "md5OfBody": "5d41402abc4b2a76b9719d911017c592",
        "eventSource": "aws:sqs",
        "eventSourceARN": queue,
        "awsRegion": "us-east-1",
    }
    laboratory.until(lambda: [step["step"] for step in laboratory.steps(mapping)] == ["poll", "delete"])
    assert "LastProcessingResult" not in laboratory.mapping(mapping)


def test_a_large_batch_is_gathered_in_its_window(laboratory: Laboratory) -> None:
    function, (url, queue) = laboratory.function(), laboratory.queue(VisibilityTimeout="600")
    for first in range(0, 24, 8):
        send(laboratory, url, *(str(number) for number in range(first, first + 8)))

    laboratory.map(queue, function, BatchSize=20, MaximumBatchingWindowInSeconds=60)
    laboratory.until_later("61s", lambda: left(laboratory, url) == 0)

    assert sorted(len(batch) for batch in bodies(laboratory, function)) == [4, 20]


def test_what_failed_comes_back_and_ends_in_the_dead_letter_queue(laboratory: Laboratory) -> None:
    function, (dead_url, dead) = laboratory.function(), laboratory.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2})
    url, queue = laboratory.queue(RedrivePolicy=redrive)
    send(laboratory, url, "bad")

    mapping = laboratory.map(queue, function)
    laboratory.until(lambda: len(laboratory.got(function)) == 1)
    laboratory.until(lambda: laboratory.result(mapping) == "PROBLEM: Function call failed")
    laboratory.until_later("31s", lambda: left(laboratory, dead_url) == 1)

    counts = [event["Records"][0]["attributes"]["ApproximateReceiveCount"] for event in laboratory.got(function)]
    assert counts == ["1", "2"]
    assert left(laboratory, url) == 0


def test_of_a_batch_only_what_failed_comes_back(laboratory: Laboratory) -> None:
    function, (url, queue) = laboratory.function(REPORTS="1"), laboratory.queue()
    send(laboratory, url, "a", "bad", "b")

    laboratory.map(queue, function, FunctionResponseTypes=["ReportBatchItemFailures"])
    laboratory.until(lambda: left(laboratory, url) == 1)
    laboratory.until_later("31s", lambda: len(laboratory.got(function)) > 1)

    assert bodies(laboratory, function)[:2] == [["a", "bad", "b"], ["bad"]]


def test_what_a_filter_leaves_out_is_deleted(laboratory: Laboratory) -> None:
    function, (url, queue) = laboratory.function(), laboratory.queue()
    send(laboratory, url, '{"kind": "order"}', '{"kind": "refund"}', "order")

    pattern = json.dumps({"body": {"kind": ["order"]}})
    laboratory.map(queue, function, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    laboratory.until(lambda: left(laboratory, url) == 0)

    assert laboratory.until(lambda: bodies(laboratory, function)) == [['{"kind": "order"}']]


def test_a_fifo_queue_keeps_the_order_of_each_group(laboratory: Laboratory) -> None:
    url, queue = laboratory.queue(short("q") + ".fifo", FifoQueue="true", ContentBasedDeduplication="true")
    function = laboratory.function()
    for number in range(5):
        for group in "ab":
            laboratory.sqs.send_message(QueueUrl=url, MessageBody=f"{group}{number}", MessageGroupId=group)

    laboratory.map(queue, function, BatchSize=2)
    laboratory.until(lambda: sum(len(batch) for batch in bodies(laboratory, function)) == 10)

    came = [body for batch in bodies(laboratory, function) for body in batch]
    for group in "ab":
        assert [body for body in came if body[0] == group] == [f"{group}{number}" for number in range(5)]


def test_no_more_batches_are_under_way_than_the_mapping_allows(laboratory: Laboratory) -> None:
    function, (url, queue) = laboratory.function(COUNTS), laboratory.queue()
    send(laboratory, url, *"abcdef")

    laboratory.map(queue, function, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    spans = laboratory.until(lambda: len(laboratory.got(function)) == 6 and laboratory.got(function))

    at_once = [sum(other["began"] <= one["began"] < other["ended"] for other in spans) for one in spans]
    assert max(at_once) <= 2


def test_a_function_that_takes_longer_than_messages_are_hidden_is_refused(laboratory: Laboratory) -> None:
    function, (_, queue) = laboratory.function(), laboratory.queue(VisibilityTimeout="2")

    answer = refusal(laboratory.today.create_event_source_mapping, EventSourceArn=queue, FunctionName=function)

    assert (answer["code"], answer["message"]) == (
        "InvalidParameterValueException",
        "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds",
    )


def test_a_role_that_may_not_receive_any_more_is_a_problem_until_it_may(laboratory: Laboratory) -> None:
    role = laboratory.role()
    function, (url, queue) = laboratory.function(role=role), laboratory.queue()
    mapping = laboratory.map(queue, function)

    laboratory.grant(role, allow("logs:*", "*"))
    laboratory.until(lambda: "PROBLEM" in laboratory.result(mapping))
    assert laboratory.result(mapping) == (
        "PROBLEM: The provided execution role does not have permissions to call ReceiveMessage on SQS"
    )

    laboratory.grant(role, *EVERYTHING)
    laboratory.until(lambda: laboratory.result(mapping) == "None")  # though no message has come yet
    send(laboratory, url, "a")
    laboratory.until(lambda: bodies(laboratory, function) == [["a"]])


def test_a_role_that_is_gone_is_a_problem_by_its_own_name_until_it_is_made_anew(laboratory: Laboratory) -> None:
    role = laboratory.role()
    name = role.rpartition("/")[2]
    function, (url, queue) = laboratory.function(role=role), laboratory.queue()
    mapping = laboratory.map(queue, function)
    laboratory.iam.delete_role_policy(RoleName=name, PolicyName="rights")
    laboratory.iam.delete_role(RoleName=name)

    laboratory.until(lambda: "cannot be assumed by Lambda" in laboratory.result(mapping))
    said = [entry["facts"] for entry in laboratory.entries() if entry["kind"] == "event-source"]
    assert not [each for each in said if each.get("uuid") == mapping and "token" in each["message"]]

    laboratory.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)
    laboratory.grant(role, *EVERYTHING)
    laboratory.until(lambda: laboratory.result(mapping) == "None")
    send(laboratory, url, "a")
    laboratory.until(lambda: bodies(laboratory, function) == [["a"]])


def test_what_was_deleted_is_not_there_again_after_a_restart(start_platform: StartPlatform, tmp_path: Path) -> None:
    first = Laboratory(start_platform(state=tmp_path))
    (url, queue), (dead_url, dead) = first.queue(), first.queue()
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 1})
    other_url, _ = first.queue(RedrivePolicy=redrive, VisibilityTimeout="0")
    function = first.function()
    send(first, url, "a", "b")
    first.map(queue, function)
    first.until(lambda: left(first, url) == 0)
    send(first, other_url, "once")
    for _ in range(2):
        first.sqs.receive_message(QueueUrl=other_url)
    (moved,) = first.sqs.receive_message(QueueUrl=dead_url)["Messages"]
    first.sqs.delete_message(QueueUrl=dead_url, ReceiptHandle=moved["ReceiptHandle"])
    os.kill(first.platform.pid, signal.SIGKILL)

    second = Laboratory(start_platform(state=tmp_path))
    send(second, url, "c")
    second.until(lambda: left(second, url) == 0)

    assert [left(second, each) for each in (dead_url, other_url)] == [0, 0]
    runs: list[Any] = [entry for entry in second.entries() if entry["kind"] == "invocation"]
    assert sum(step["size"] for step in _polls(second)) == 3
    assert len(runs) == len(_polls(second))
    assert [entry for entry in second.entries() if entry["kind"] == "platform-error"] == []


def _polls(laboratory: Laboratory) -> list[Any]:
    facts = [entry["facts"] for entry in laboratory.entries() if entry["kind"] == "batch"]
    return [fact for fact in facts if fact["step"] == "poll"]


def test_a_store_with_queues_leaves_checkpoints(laboratory: Laboratory) -> None:
    url, _ = laboratory.queue()
    for _ in range(300):
        laboratory.sqs.send_message(QueueUrl=url, MessageBody="x")

    errors = (laboratory.platform.state / "stderr.log").read_text()
    assert "no checkpoint" not in errors
