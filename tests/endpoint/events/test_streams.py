"""Streams of Kinesis are read for functions: batches, order, failures, positions, and what a mapping says of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.endpoint.conftest import allow
from tests.endpoint.events.conftest import EVERYTHING, NODE_NOTES, Laboratory, short, texts
from tests.endpoint.held import zipped

pytestmark = pytest.mark.isolation


def test_what_waits_comes_in_batches_and_in_order(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    numbers = laboratory.put(stream, *(f"r{number}" for number in range(30)))

    mapping = laboratory.map(stream, function, BatchSize=10)
    laboratory.until(lambda: len(laboratory.got(function)) == 3)

    events = laboratory.got(function)
    assert texts(events) == [[f"r{number}" for number in range(first, first + 10)] for first in (0, 10, 20)]
    record = events[0]["Records"][0]
    role = laboratory.today.get_function_configuration(FunctionName=function)["Role"]
    moment = record["kinesis"].pop("approximateArrivalTimestamp")
    assert moment > 1_700_000_000
    assert record == {  # AWS-139
        "awsRegion": "us-east-1",
        "eventID": f"shardId-000000000000:{numbers[0]}",
        "eventName": "aws:kinesis:record",
        "eventSource": "aws:kinesis",
        "eventSourceARN": stream,
        "eventVersion": "1.0",
        "invokeIdentityArn": role,
        "kinesis": {
            "data": base64.b64encode(b"r0").decode(),
            "kinesisSchemaVersion": "1.0",
            "partitionKey": "k",
            "sequenceNumber": numbers[0],
        },
    }
    laboratory.until(lambda: laboratory.result(mapping) == "OK")
    assert laboratory.mapping(mapping)["State"] == "Enabled"  # AWS-143


def test_a_bad_record_blocks_its_shard_and_says_so(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    laboratory.put(stream, "bad", "behind")

    mapping = laboratory.map(stream, function, BatchSize=1)
    laboratory.until(lambda: len(laboratory.got(function)) >= 3)

    assert {text for (text,) in texts(laboratory.got(function))} == {"bad"}
    assert laboratory.result(mapping) == "PROBLEM: Function call failed"
    assert {"poll", "retry"} == {step["step"] for step in laboratory.steps(mapping)}
    laboratory.today.update_function_code(FunctionName=function, ZipFile=zipped("index.py", GOOD))
    laboratory.advance("2m")
    laboratory.until(lambda: laboratory.result(mapping) == "OK")
    laboratory.until(lambda: texts(laboratory.got(function))[-1:] == [["behind"]])


GOOD = 'import json\n\ndef handler(event, context):\n    print("GOT " + json.dumps(event))\n'


def test_a_batch_that_failed_often_enough_is_given_up_and_recorded(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    url, queue = laboratory.queue()
    (number,) = laboratory.put(stream, "bad")

    mapping = laboratory.map(
        stream,
        function,
        BatchSize=1,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    received = laboratory.until(lambda: laboratory.sqs.receive_message(QueueUrl=url).get("Messages"))

    record = json.loads(received[0]["Body"])
    arn = laboratory.today.get_function_configuration(FunctionName=function)["FunctionArn"]
    context = record.pop("requestContext")
    batch = record.pop("KinesisBatchInfo")
    request_ids = [step["request_id"] for step in laboratory.steps(mapping) if step["step"] == "retry"]
    assert context.pop("requestId") not in request_ids
    assert context == {  # AWS-140
        "functionArn": arn,
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 2,
    }
    assert record.pop("timestamp")
    assert record == {
        "version": "1.0",
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    }
    assert batch.pop("approximateArrivalOfFirstRecord") == batch.pop("approximateArrivalOfLastRecord")
    assert batch == {
        "shardId": "shardId-000000000000",
        "startSequenceNumber": number,
        "endSequenceNumber": number,
        "batchSize": 1,
        "streamArn": stream,
    }
    laboratory.until(lambda: "discard" in [step["step"] for step in laboratory.steps(mapping)])


def test_in_a_bucket_the_batch_lies_beside_its_record(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    s3, bucket = laboratory.platform.client("s3"), short("bucket")
    s3.create_bucket(Bucket=bucket)
    laboratory.put(stream, "bad")

    destination = {"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}}
    mapping = laboratory.map(stream, function, MaximumRetryAttempts=0, DestinationConfig=destination)
    (found,) = laboratory.until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"))

    assert found["Key"].startswith(f"aws/lambda/{mapping}/shardId-000000000000/")
    record = json.loads(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert texts([json.loads(record["payload"])]) == [["bad"]]


def test_a_destination_that_may_not_be_written_to_is_told_in_the_journal(laboratory: Laboratory) -> None:
    role = laboratory.role()
    function, stream = laboratory.function(role=role), laboratory.stream()
    _, queue = laboratory.queue()
    mapping = laboratory.map(
        stream, function, MaximumRetryAttempts=0, DestinationConfig={"OnFailure": {"Destination": queue}}
    )

    laboratory.grant(role, allow("logs:*", "*"), allow("kinesis:*", "*"))
    laboratory.put(stream, "bad")
    laboratory.until(lambda: "discard" in [step["step"] for step in laboratory.steps(mapping)])

    (told,) = [step for step in laboratory.steps(mapping) if step["step"] == "destination"]
    assert (told["status"], told["target"]) == ("refused", queue)
    assert "sqs:sendmessage" in told["message"].lower()
    assert laboratory.result(mapping).endswith(told["message"])


def test_a_change_that_changes_nothing_leaves_a_mapping_at_work(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    mapping = laboratory.map(stream, function, BatchSize=5)

    for change in ({"BatchSize": 5}, {"Enabled": True}, {"BatchSize": 6}):
        laboratory.today.update_event_source_mapping(UUID=mapping, **change)
        laboratory.until(lambda: laboratory.mapping(mapping)["State"] == "Enabled")

    laboratory.put(stream, "a")
    laboratory.until(lambda: texts(laboratory.got(function)) == [["a"]])


def test_records_that_are_too_old_are_given_up(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    url, queue = laboratory.queue()
    laboratory.put(stream, "bad")
    laboratory.map(
        stream,
        function,
        BatchSize=1,
        MaximumRecordAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )
    laboratory.until(lambda: laboratory.got(function))

    laboratory.advance("2m")

    received = laboratory.until(lambda: laboratory.sqs.receive_message(QueueUrl=url).get("Messages"))
    context = json.loads(received[0]["Body"])["requestContext"]
    assert context["condition"] == "RecordAgeExceeded"
    assert context["approximateInvokeCount"] == len(laboratory.got(function))
    laboratory.put(stream, "good")
    laboratory.until(lambda: texts(laboratory.got(function))[-1] == ["good"])


def test_records_that_outlived_their_stream_are_gone(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    laboratory.put(stream, "bad")
    mapping = laboratory.map(stream, function)
    laboratory.until(lambda: laboratory.got(function))

    laboratory.advance("25h")

    laboratory.until(lambda: laboratory.steps(mapping)[-1]["step"] == "discard")
    assert laboratory.steps(mapping)[-1]["condition"] == "Expired"


def test_a_failing_batch_is_halved_until_the_bad_record_is_alone(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    laboratory.put(stream, "a", "b", "bad", "c")

    mapping = laboratory.map(stream, function, BisectBatchOnFunctionError=True, MaximumRetryAttempts=0)
    laboratory.until(lambda: texts(laboratory.got(function))[-1:] == [["c"]])

    assert texts(laboratory.got(function)) == [["a", "b", "bad", "c"], ["a", "b"], ["bad", "c"], ["bad"], ["c"]]
    laboratory.until(lambda: len(laboratory.steps(mapping)) >= 6)
    steps = laboratory.steps(mapping)
    assert [step["step"] for step in steps] == ["poll", "bisect", "checkpoint", "bisect", "discard", "checkpoint"]
    assert len({step["trace_id"] for step in steps}) == 1


def test_what_a_function_reports_as_failed_is_tried_again_and_nothing_before_it(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(REPORTS="1"), laboratory.stream()
    laboratory.put(stream, "a", "bad", "b")

    laboratory.map(stream, function, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    laboratory.until(lambda: len(laboratory.got(function)) == 2)
    laboratory.put(stream, "c")

    laboratory.until(lambda: len(laboratory.got(function)) == 3)
    assert texts(laboratory.got(function)) == [["a", "bad", "b"], ["bad", "b"], ["c"]]


@pytest.mark.parametrize(
    ("answer", "is_success"),
    [
        ('""', True),
        ("[]", True),
        ("null", True),
        ("{}", True),
        ('{"batchItemFailures": []}', True),
        ('{"batchItemFailures": null}', True),
        ('{"batchItemFailures": [{"itemIdentifier": ""}]}', False),
        ('{"batchItemFailures": [{"itemIdentifier": null}]}', False),
        ('{"batchItemFailures": [{"foo": "<first>"}]}', False),
        ('{"batchItemFailures": [{"itemIdentifier": "nobody"}]}', False),
    ],
)
def test_aws_142_what_an_answer_says_of_a_batch(laboratory: Laboratory, answer: str, is_success: bool) -> None:
    function, stream = laboratory.function(ANSWER=answer), laboratory.stream()
    laboratory.put(stream, "a", "b")

    mapping = laboratory.map(
        stream, function, FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=0
    )
    laboratory.until(lambda: len(laboratory.steps(mapping)) == 2)

    last = laboratory.steps(mapping)[-1]
    assert (last["step"], last["size"]) == ("checkpoint" if is_success else "discard", 2)


def test_only_what_a_filter_lets_through_is_delivered(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    cold, warm = json.dumps({"degrees": 3}), json.dumps({"degrees": 30})
    laboratory.put(stream, cold, "no JSON", warm, cold)

    pattern = json.dumps({"data": {"degrees": [{"numeric": [">", 20]}]}})
    mapping = laboratory.map(stream, function, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    laboratory.until(lambda: laboratory.result(mapping) == "OK")

    assert texts(laboratory.got(function)) == [[warm]]


def test_latest_is_what_is_put_once_the_mapping_is_at_work(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream(2)
    laboratory.put(stream, "before", key="a")
    laboratory.put(stream, "before", key="b")

    laboratory.map(stream, function, StartingPosition="LATEST")
    laboratory.put(stream, "after", key="a")

    laboratory.until(lambda: laboratory.got(function))
    assert texts(laboratory.got(function)) == [["after"]]


def test_reading_begins_at_a_moment(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    laboratory.put(stream, "before")
    laboratory.advance("1h")
    laboratory.put(stream, "after")
    (first, second) = _arrivals(laboratory, stream)

    between = first + (second - first) / 2
    laboratory.map(stream, function, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=between)

    laboratory.until(lambda: laboratory.got(function))
    assert texts(laboratory.got(function)) == [["after"]]


def _arrivals(laboratory: Laboratory, stream: str) -> list[Any]:
    name = stream.rpartition("/")[2]
    iterator = laboratory.kinesis.get_shard_iterator(
        StreamName=name, ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    records = laboratory.kinesis.get_records(ShardIterator=iterator)["Records"]
    return [record["ApproximateArrivalTimestamp"] for record in records]


def test_several_lanes_keep_the_order_of_each_key(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    for number in range(4):
        for key in "abcdef":
            laboratory.put(stream, f"{key}{number}", key=key)

    laboratory.map(stream, function, ParallelizationFactor=4, BatchSize=2)
    laboratory.until(lambda: sum(len(batch) for batch in texts(laboratory.got(function))) == 24)

    came = [text for batch in texts(laboratory.got(function)) for text in batch]
    for key in "abcdef":
        assert [text for text in came if text[0] == key] == [f"{key}{number}" for number in range(4)]


def test_a_window_gathers_what_comes_in_it(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    laboratory.map(stream, function, MaximumBatchingWindowInSeconds=300)
    laboratory.put(stream, "a")
    laboratory.put(stream, "b")

    assert laboratory.got(function) == []
    laboratory.until_later("301s", lambda: sum(len(batch) for batch in texts(laboratory.got(function))) == 2)

    assert [text for batch in texts(laboratory.got(function)) for text in batch] == ["a", "b"]


def test_a_shard_that_was_split_is_read_before_its_children_and_once(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    name = stream.rpartition("/")[2]
    laboratory.put(stream, "parent", "parent")
    laboratory.kinesis.split_shard(StreamName=name, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    for key in "abcd":
        laboratory.put(stream, f"child {key}", key=key)

    laboratory.map(stream, function)
    laboratory.until(lambda: sum(len(batch) for batch in texts(laboratory.got(function))) == 6)

    batches = texts(laboratory.got(function))
    assert batches[0] == ["parent", "parent"]
    assert sorted(text for batch in batches[1:] for text in batch) == [f"child {key}" for key in "abcd"]


def test_a_stream_made_anew_under_its_name_is_read_from_its_beginning(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    name = stream.rpartition("/")[2]
    laboratory.put(stream, "old")
    laboratory.map(stream, function)
    laboratory.until(lambda: texts(laboratory.got(function)) == [["old"]])

    laboratory.kinesis.delete_stream(StreamName=name)
    laboratory.kinesis.create_stream(StreamName=name, ShardCount=1)
    laboratory.put(stream, "new")
    laboratory.until_later("30s", lambda: len(laboratory.got(function)) > 1)

    assert texts(laboratory.got(function)) == [["old"], ["new"]]


def test_a_mapping_goes_on_where_it_was_switched_off(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    mapping = laboratory.map(stream, function)
    laboratory.put(stream, "a")
    laboratory.until(lambda: laboratory.got(function))

    laboratory.today.update_event_source_mapping(UUID=mapping, Enabled=False)
    laboratory.put(stream, "b")
    assert laboratory.mapping(mapping)["State"] == "Disabled"
    enabling = laboratory.today.update_event_source_mapping(UUID=mapping, Enabled=True)

    assert enabling["State"] == "Enabling"
    laboratory.until(lambda: texts(laboratory.got(function)) == [["a"], ["b"]])


def test_a_role_that_may_not_read_any_more_is_a_problem_until_it_may(laboratory: Laboratory) -> None:
    role = laboratory.role()
    function, stream = laboratory.function(role=role), laboratory.stream()
    mapping = laboratory.map(stream, function)

    laboratory.grant(role, allow("logs:*", "*"))
    laboratory.until(lambda: laboratory.result(mapping).startswith("PROBLEM"))

    assert laboratory.result(mapping) == (
        f"PROBLEM: Cannot access stream {stream}. Please ensure the role can perform the GetRecords, GetShardIterator,"
        " DescribeStream, and ListStreams Actions on your stream in IAM."
    )
    denials = [entry["facts"] for entry in laboratory.entries() if entry["kind"] == "denial"]
    assert "kinesis:GetRecords" in {denial["action"] for denial in denials if denial["resource"] == stream}
    laboratory.grant(role, *EVERYTHING)
    laboratory.put(stream, "a")
    laboratory.until(lambda: laboratory.result(mapping) == "OK")


def test_looks_that_find_nothing_are_not_journalled(laboratory: Laboratory) -> None:
    function, stream = laboratory.function(), laboratory.stream()
    laboratory.map(stream, function)
    before = len(laboratory.entries())

    for _ in range(3):
        laboratory.advance("10s")

    assert [entry["kind"] for entry in laboratory.entries()[before:] if entry["kind"] != "clock"] == []


def test_the_preview_reads_and_invokes_with_the_invocation_role(laboratory: Laboratory) -> None:
    invocation_role = laboratory.role(allow("kinesis:*", "*"))
    stream, name = laboratory.stream(), "preview-reader"
    laboratory.preview.upload_function(
        FunctionName=name,
        Runtime="nodejs",
        Mode="event",
        Handler="index.handler",
        Role=laboratory.role(),
        FunctionZip=zipped("index.js", NODE_NOTES),
    )
    laboratory.put(stream, "a")

    added = laboratory.preview.add_event_source(EventSource=stream, FunctionName=name, Role=invocation_role)
    denied = laboratory.until(lambda: _preview_status(laboratory, added["UUID"], "PROBLEM:"))
    laboratory.advance("20m")  # by then it is only looked at every five minutes, but that is not waited for
    laboratory.grant(invocation_role, allow("kinesis:*", "*"), allow("lambda:InvokeFunction", "*"))
    laboratory.until(lambda: _preview_status(laboratory, added["UUID"], "OK"))

    session = f"assumed-role/{invocation_role.rpartition('/')[2]}/{name}"
    assert f"{session} is not authorized to perform: lambda:InvokeFunction" in denied
    (event,) = laboratory.until(lambda: laboratory.got(name))
    assert event["Records"][0]["invokeIdentityArn"] == invocation_role
    assert event["Records"][0]["kinesis"].keys() == {"kinesisSchemaVersion", "partitionKey", "sequenceNumber", "data"}
    runs = [entry["facts"] for entry in laboratory.entries() if entry["kind"] == "invocation"]
    assert [run["caller"] for run in runs if run["function"] == name] == [f"arn:aws:sts::123456789012:{session}"]


def _preview_status(laboratory: Laboratory, uuid: str, begins: str) -> str:
    status = str(laboratory.preview.get_event_source(UUID=uuid)["Status"])
    return status if status.startswith(begins) else ""
