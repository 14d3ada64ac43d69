"""The lines of one invocation, out of CloudWatch Logs."""

from __future__ import annotations

import time
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from lab.log_lines import log_lines

LINES = [
    "loading",
    "START RequestId: a1",
    "one",
    "two\nthree",
    "END RequestId: a1",
    "REPORT RequestId: a1\tDuration: 1 ms\t\n",
    "START RequestId: b2 Version: $LATEST",
    "four",
    "END RequestId: b2",
    "REPORT RequestId: b2",
]


@pytest.fixture(autouse=True)
def a_log(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        logs = boto3.client("logs")
        logs.create_log_group(logGroupName="/aws/lambda/hello")
        logs.create_log_stream(logGroupName="/aws/lambda/hello", logStreamName="s")
        now = int(time.time() * 1000)
        events = [{"timestamp": now + at, "message": line} for at, line in enumerate(LINES)]
        logs.put_log_events(logGroupName="/aws/lambda/hello", logStreamName="s", logEvents=events)
        yield


def test_a_run_has_its_own_lines_of_a_stream_that_several_share() -> None:
    lines = log_lines("/aws/lambda/hello", "s", "b2")

    assert lines == LINES[6:]


def test_what_was_printed_while_the_code_was_loaded_belongs_to_the_cold_start() -> None:
    lines = log_lines("/aws/lambda/hello", "s", "a1")

    assert lines[:3] == ["loading", "START RequestId: a1", "one"]
    assert lines[-1] == "REPORT RequestId: a1\tDuration: 1 ms\t"


def test_a_line_with_a_break_is_two_lines() -> None:
    assert log_lines("/aws/lambda/hello", "s", "a1")[3:5] == ["two", "three"]


def test_without_a_log_there_are_no_lines() -> None:
    assert log_lines("/aws/lambda/gone", "s", "a1") == []
