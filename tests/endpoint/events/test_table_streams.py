"""Streams of DynamoDB are read for functions, by both generations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.endpoint.conftest import allow
from tests.endpoint.events.conftest import NODE_NOTES, Laboratory, short
from tests.endpoint.held import zipped

pytestmark = pytest.mark.isolation


def table(laboratory: Laboratory) -> tuple[str, str]:
    """Return the name of a new table and the ARN of its stream."""
    name = short("table")
    made = laboratory.platform.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return name, made["TableDescription"]["LatestStreamArn"]


def put(laboratory: Laboratory, name: str, **item: str) -> None:
    laboratory.platform.client("dynamodb").put_item(
        TableName=name, Item={key: {"S": value} for key, value in item.items()}
    )


def records(laboratory: Laboratory, function: str) -> list[Mapping[str, Any]]:
    return [record for event in laboratory.got(function) for record in event["Records"]]


def test_aws_156_each_change_of_a_table_is_a_record(laboratory: Laboratory) -> None:
    function, (name, stream) = laboratory.function(), table(laboratory)
    laboratory.map(stream, function)
    dynamodb = laboratory.platform.client("dynamodb")
    put(laboratory, name, id="1", text="a")
    put(laboratory, name, id="1", text="b")
    dynamodb.put_item(TableName=name, Item={"id": {"S": "2"}, "raw": {"B": b"\0\1"}, "many": {"BS": [b"\2"]}})
    dynamodb.delete_item(TableName=name, Key={"id": {"S": "1"}})

    came = laboratory.until(lambda: len(records(laboratory, function)) == 4 and records(laboratory, function))

    assert [record["eventName"] for record in came] == ["INSERT", "MODIFY", "INSERT", "REMOVE"]
    first, changed, raw, removed = (dict(record["dynamodb"]) for record in came)
    assert isinstance(first.pop("ApproximateCreationDateTime"), int)
    assert int(first.pop("SequenceNumber")) > 0
    assert first.pop("SizeBytes") > 0
    assert first == {
        "Keys": {"id": {"S": "1"}},
        "NewImage": {"id": {"S": "1"}, "text": {"S": "a"}},
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    assert changed["OldImage"]["text"] == {"S": "a"}
    assert (raw["NewImage"]["raw"], raw["NewImage"]["many"]) == ({"B": "AAE="}, {"BS": ["Ag=="]})
    assert "NewImage" not in removed
    outer = {key: value for key, value in came[0].items() if key not in ("dynamodb", "eventID")}
    assert outer == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": stream,
    }


def test_the_preview_gets_records_of_version_1_0(laboratory: Laboratory) -> None:
    name, stream = table(laboratory)
    function = short("preview")
    laboratory.preview.upload_function(
        FunctionName=function,
        Runtime="nodejs",
        Mode="event",
        Handler="index.handler",
        Role=laboratory.role(),
        FunctionZip=zipped("index.js", NODE_NOTES),
    )
    role = laboratory.role(allow("dynamodb:*", "*"), allow("lambda:InvokeFunction", "*"))
    put(laboratory, name, id="1")

    added = laboratory.preview.add_event_source(EventSource=stream, FunctionName=function, Role=role)
    laboratory.until(lambda: laboratory.preview.get_event_source(UUID=added["UUID"])["Status"] == "OK")

    (record,) = laboratory.until(lambda: records(laboratory, function))
    assert record["eventVersion"] == "1.0"
    assert "ApproximateCreationDateTime" not in record["dynamodb"]


def test_an_iterator_that_nobody_gave_out_is_refused(laboratory: Laboratory) -> None:
    _, stream = table(laboratory)

    with pytest.raises(ClientError) as refused:
        laboratory.platform.client("dynamodbstreams").get_records(ShardIterator=f"{stream}|1|AAAA")

    assert refused.value.response["Error"]["Code"] == "ValidationException"
