"""Event source mappings: made, shown, changed and taken away. What is read for them: ``tests/endpoint/events``."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import RunningPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.lambda_today.conftest import refusal

READ_STREAMS = [f"dynamodb:{action}" for action in ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")]
READ_QUEUES = [f"sqs:{action}" for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")]


@pytest.fixture
def stream(platform: RunningPlatform) -> str:
    """Return the ARN of the stream of a new table."""
    table = platform.client("dynamodb").create_table(
        TableName=f"table-{uuid.uuid4().hex[:8]}",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return str(table["TableDescription"]["LatestStreamArn"])


@pytest.fixture
def queue(platform: RunningPlatform) -> str:
    """Return the ARN of a new queue."""
    sqs = platform.client("sqs")
    url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])


@pytest.fixture
def may_read(platform: RunningPlatform, execution_role: str) -> None:
    platform.client("iam").put_role_policy(
        RoleName=execution_role.rpartition("/")[2],
        PolicyName="read",
        PolicyDocument=policy(*(allow(action, "*") for action in (*READ_STREAMS, *READ_QUEUES, "sqs:SendMessage"))),
    )


@pytest.mark.usefixtures("may_read")
def test_aws_154_a_mapping_of_a_dynamodb_stream_is_created_with_the_defaults(
    today: Any, function: Mapping[str, Any], stream: str, queue: str
) -> None:
    created = today.create_event_source_mapping(
        EventSourceArn=stream,
        FunctionName=function["FunctionName"],
        StartingPosition="TRIM_HORIZON",
        BatchSize=1,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": queue}},
    )

    expected = {
        "State": "Creating",
        "StateTransitionReason": "User action",
        "LastProcessingResult": "No records processed",
        "BatchSize": 1,
        "MaximumRetryAttempts": 1,
        "MaximumRecordAgeInSeconds": -1,
        "BisectBatchOnFunctionError": False,
        "ParallelizationFactor": 1,
        "StartingPosition": "TRIM_HORIZON",
        "FunctionArn": function["FunctionArn"],
    }
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert expected.items() <= created.items()
    assert today.get_event_source_mapping(UUID=created["UUID"])["State"] in ("Creating", "Enabled")


@pytest.mark.usefixtures("may_read")
def test_a_mapping_of_a_queue_is_changed_disabled_and_deleted(
    today: Any, function: Mapping[str, Any], queue: str
) -> None:
    name = function["FunctionName"]
    created = today.create_event_source_mapping(EventSourceArn=queue, FunctionName=name)
    mapping = created["UUID"]

    again = refusal(today.create_event_source_mapping, EventSourceArn=queue, FunctionName=name)
    updated = today.update_event_source_mapping(UUID=mapping, BatchSize=5)
    disabling = today.update_event_source_mapping(UUID=mapping, Enabled=False)

    assert (created["BatchSize"], created["StateTransitionReason"]) == (10, "USER_INITIATED")
    assert (again["status"], again["message"]) == (
        409,
        f'The event source arn (" {queue} ") and function (" {name} ") provided mapping already exists. '
        f"Please update or delete the existing mapping with UUID {mapping}",
    )
    assert (updated["State"], updated["BatchSize"], disabling["State"]) == ("Updating", 5, "Disabling")
    listed = today.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    assert [(one["UUID"], one["State"]) for one in listed] == [(mapping, "Disabled")]
    deleted = today.delete_event_source_mapping(UUID=mapping)
    assert (deleted["State"], deleted["ResponseMetadata"]["HTTPStatusCode"]) == ("Deleting", 202)  # AWS-155
    assert refusal(today.get_event_source_mapping, UUID=mapping)["status"] == 404


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"BatchSize": 11}, "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater"),
        ({"StartingPosition": "LATEST"}, "StartingPosition cannot be set: a sqs source has no such setting."),
        ({"Topics": ["news"]}, "Topics cannot be set: this runtime does not have it."),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern definition."),
        (
            {"BatchSize": 10001},
            "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy constraint: Member must have",
        ),
    ],
)
@pytest.mark.usefixtures("may_read")
def test_a_mapping_that_cannot_be_is_refused(
    today: Any, function: Mapping[str, Any], queue: str, members: Mapping[str, Any], message: str
) -> None:
    answer = refusal(
        today.create_event_source_mapping, EventSourceArn=queue, FunctionName=function["FunctionName"], **members
    )

    assert answer["status"] == 400
    assert answer["message"].startswith(message)


def test_the_execution_role_must_be_able_to_read_the_source(
    today: Any, function: Mapping[str, Any], queue: str, stream: str
) -> None:
    name = function["FunctionName"]

    of_queue = refusal(today.create_event_source_mapping, EventSourceArn=queue, FunctionName=name)
    of_stream = refusal(
        today.create_event_source_mapping, EventSourceArn=stream, FunctionName=name, StartingPosition="LATEST"
    )

    assert of_queue["message"] == "The provided execution role does not have permissions to call ReceiveMessage on SQS"
    assert of_stream["message"].startswith(f"Cannot access stream {stream}. Please ensure the role can perform")


@pytest.mark.usefixtures("may_read")
def test_a_queue_that_is_not_there_is_refused(today: Any, function: Mapping[str, Any], queue: str) -> None:
    answer = refusal(
        today.create_event_source_mapping, EventSourceArn=f"{queue}-other", FunctionName=function["FunctionName"]
    )

    assert answer["message"].startswith("Error occurred while ReceiveMessage. SQS Error Code: ")


@pytest.mark.usefixtures("may_read")
def test_tumbling_windows_are_refused_with_words_that_say_so(
    today: Any, function: Mapping[str, Any], stream: str
) -> None:
    answer = refusal(
        today.create_event_source_mapping,
        EventSourceArn=stream,
        FunctionName=function["FunctionName"],
        StartingPosition="LATEST",
        TumblingWindowInSeconds=30,
    )

    assert (answer["status"], answer["message"][:39]) == (400, "TumblingWindowInSeconds cannot be set: ")
