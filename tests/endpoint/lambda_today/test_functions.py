"""Does boto3 believe our Lambda of today, from CreateFunction to the tail of the log?"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.conftest import RunningPlatform
from tests.endpoint.held import zipped
from tests.endpoint.lambda_today.conftest import ECHO, invoked

RAISES = """
def handler(event, context):
    raise ValueError("boom")
"""


def test_aws_005_and_006_a_function_is_created_waited_for_read_and_deleted_once(
    today: Any, name: str, create: Callable[..., Mapping[str, Any]]
) -> None:
    created = create(Description="echoes", Environment={"Variables": {"STAGE": "test"}})

    assert (created["ResponseMetadata"]["HTTPStatusCode"], created["State"]) == (201, "Pending")
    today.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    function = today.get_function(FunctionName=created["FunctionArn"])
    assert function["Configuration"]["State"] == "Active"
    assert httpx.get(function["Code"]["Location"]).content == zipped("index.py", ECHO)
    assert today.delete_function(FunctionName=name)["ResponseMetadata"]["HTTPStatusCode"] in (200, 204)
    with pytest.raises(today.exceptions.ResourceNotFoundException) as caught:
        today.get_function(FunctionName=name)
    assert caught.value.response["Error"]["Message"] == f"Function not found: {created['FunctionArn']}"


def test_an_update_is_waited_for(today: Any, name: str, create: Callable[..., Mapping[str, Any]]) -> None:
    created = create()

    updated = today.update_function_code(FunctionName=name, ZipFile=zipped("index.py", RAISES))
    today.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    configured = today.update_function_configuration(FunctionName=name, MemorySize=512, Timeout=30)

    assert (updated["LastUpdateStatus"], configured["LastUpdateStatus"]) == ("InProgress", "InProgress")
    assert updated["CodeSha256"] != created["CodeSha256"]
    assert (configured["MemorySize"], configured["CodeSha256"]) == (512, updated["CodeSha256"])


def test_a_taken_name_is_a_conflict(today: Any, name: str, create: Callable[..., Mapping[str, Any]]) -> None:
    create()

    # Not today.exceptions: a session of boto3 keeps one set of exceptions a service, that of the version used first.
    with pytest.raises(ClientError) as caught:
        create()

    assert caught.value.response["Error"]["Code"] == "ResourceConflictException"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert caught.value.response["Error"]["Message"] == f"Function already exist: {name}"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Timeout": 901}, "ValidationException"),
        ({"Runtime": "cobol85"}, "InvalidParameterValueException"),
        ({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:one:1"]}, "InvalidParameterValueException"),
        ({"Role": "arn:aws:iam::123456789012:role/nobody"}, "InvalidParameterValueException"),
        ({"Code": {"S3Bucket": "no-such-bucket", "S3Key": "code.zip"}}, "InvalidParameterValueException"),
    ],
)
def test_what_cannot_be_is_refused(
    create: Callable[..., Mapping[str, Any]], changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        create(**changes)

    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_code_can_come_from_a_bucket(
    platform: RunningPlatform, name: str, create: Callable[..., Mapping[str, Any]]
) -> None:
    s3, bucket = platform.client("s3"), f"code-{name}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="code.zip", Body=zipped("index.py", ECHO))

    created = create(Code={"S3Bucket": bucket, "S3Key": "code.zip"})

    assert created["CodeSize"] == len(zipped("index.py", ECHO))


def test_whoever_may_not_pass_the_role_is_told_so(
    platform: RunningPlatform, name: str, python: str, execution_role: str
) -> None:
    iam, user = platform.client("iam"), f"user-{name}"
    iam.create_user(UserName=user)
    right = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [right]})
    iam.put_user_policy(UserName=user, PolicyName="lambda", PolicyDocument=document)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    client = platform.client(
        "lambda", aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"]
    )

    with pytest.raises(ClientError) as caught:
        client.create_function(
            FunctionName=name,
            Runtime=python,
            Role=execution_role,
            Handler="index.handler",
            Code={"ZipFile": zipped("index.py", ECHO)},
        )

    assert caught.value.response["Error"] | {"Type": ""} == {
        "Type": "",
        "Code": "AccessDeniedException",
        "Message": f"User: arn:aws:iam::123456789012:user/{user} is not authorized to perform: iam:PassRole on"
        f" resource: {execution_role} because no identity-based policy allows the iam:PassRole action",
    }


@pytest.mark.isolation
def test_an_invocation_answers_with_the_result_and_the_tail_of_the_log(
    today: Any, name: str, create: Callable[..., Mapping[str, Any]]
) -> None:
    create(Environment={"Variables": {"STAGE": "test"}})

    answer = invoked(today, FunctionName=name, Payload=b'{"a": 1}', LogType="Tail")

    result = json.loads(answer["Payload"])
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert (result["event"], result["stage"]) == ({"a": 1}, "test")
    assert result["request"] == answer["ResponseMetadata"]["RequestId"]
    lines = base64.b64decode(answer["LogResult"]).decode()
    assert "START RequestId: " in lines
    assert "seen {'a': 1}" in lines
    assert "REPORT RequestId: " in lines


@pytest.mark.isolation
def test_a_handler_that_raises_is_answered_with_200_and_the_error(
    today: Any, name: str, create: Callable[..., Mapping[str, Any]]
) -> None:
    create(RAISES)

    answer = invoked(today, FunctionName=name)

    error = json.loads(answer["Payload"])
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "boom")


@pytest.mark.isolation
def test_new_code_and_new_variables_act_at_once(
    today: Any, name: str, create: Callable[..., Mapping[str, Any]]
) -> None:
    create(Environment={"Variables": {"STAGE": "old"}})
    invoked(today, FunctionName=name)

    today.update_function_configuration(FunctionName=name, Environment={"Variables": {"STAGE": "new"}})
    changed = json.loads(invoked(today, FunctionName=name)["Payload"])
    today.update_function_code(FunctionName=name, ZipFile=zipped("index.py", RAISES))
    failed = invoked(today, FunctionName=name)

    assert changed["stage"] == "new"
    assert failed["FunctionError"] == "Unhandled"


@pytest.mark.parametrize(("kind", "status"), [("Event", 202), ("DryRun", 204)])
def test_events_and_dry_runs_are_answered_at_once(
    today: Any, name: str, create: Callable[..., Mapping[str, Any]], kind: str, status: int
) -> None:
    create()

    answer = invoked(today, FunctionName=name, InvocationType=kind, Payload=b"{}")

    assert answer["StatusCode"] == answer["ResponseMetadata"]["HTTPStatusCode"] == status
    assert answer["Payload"] == b""
    assert "ExecutedVersion" not in answer


def test_an_event_that_is_not_json_is_refused(today: Any, name: str, create: Callable[..., Mapping[str, Any]]) -> None:
    create()

    with pytest.raises(today.exceptions.InvalidRequestContentException):
        invoked(today, FunctionName=name, Payload=b"\x99")


def test_a_function_of_the_preview_is_none_of_today(
    platform: RunningPlatform, today: Any, name: str, create: Callable[..., Mapping[str, Any]]
) -> None:
    create()

    preview = platform.client("lambda", api_version="2014-11-11")

    with pytest.raises(preview.exceptions.ResourceNotFoundException) as caught:
        preview.get_function(FunctionName=name)
    assert "2015-03-31" in caught.value.response["Error"]["Message"]


def test_aws_002_a_function_has_the_defaults_of_aws(create: Callable[..., Mapping[str, Any]]) -> None:
    created = create()

    expected = {
        "MemorySize": 128,
        "Timeout": 3,
        "State": "Pending",
        "StateReasonCode": "Creating",
        "Version": "$LATEST",
        "PackageType": "Zip",
        "Description": "",
        "TracingConfig": {"Mode": "PassThrough"},
        "EphemeralStorage": {"Size": 512},
    }
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert expected.items() <= created.items()


def test_aws_004_an_update_answers_that_it_is_in_progress(
    today: Any, name: str, create: Callable[..., Mapping[str, Any]]
) -> None:
    create()

    updated = today.update_function_configuration(FunctionName=name, MemorySize=512, Timeout=10)

    expected = {
        "State": "Active",
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": "The function is being created.",
        "LastUpdateStatusReasonCode": "Creating",
        "MemorySize": 512,
        "Timeout": 10,
    }
    assert expected.items() <= updated.items()
