"""What else a function is configured with: tags, dead-letter queues, event invoke configs, logs, storage, runtime."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import RunningPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.lambda_today.conftest import Create, invoked, refusal

QUEUE = "arn:aws:sqs:us-east-1:123456789012:failures"


@pytest.fixture
def may_send(platform: RunningPlatform, execution_role: str) -> None:
    """Let the execution role send to the queue."""
    platform.client("iam").put_role_policy(
        RoleName=execution_role.rpartition("/")[2],
        PolicyName="send",
        PolicyDocument=policy(allow("sqs:SendMessage", QUEUE)),
    )


def test_tags_are_put_read_and_taken_away(today: Any, name: str, create: Create) -> None:
    arn = create(Tags={"course": "clouds"})["FunctionArn"]

    today.tag_resource(Resource=arn, Tags={"week": "3", "course": "serverless"})
    today.untag_resource(Resource=arn, TagKeys=["week", "nothing"])

    assert today.list_tags(Resource=arn)["Tags"] == {"course": "serverless"}
    assert today.get_function(FunctionName=name)["Tags"] == {"course": "serverless"}
    on_a_version = refusal(today.tag_resource, Resource=f"{arn}:$LATEST", Tags={"a": "b"})
    assert on_a_version["message"].startswith("Tagging operations are permitted on Lambda functions only.")


def test_a_function_that_is_made_anew_has_nothing_of_the_old_one(today: Any, name: str, create: Create) -> None:
    create(Tags={"a": "b"}, Publish=True)
    today.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    today.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    today.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    today.create_function_url_config(FunctionName=name, AuthType="NONE")
    today.add_permission(FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal="*")
    today.delete_function(FunctionName=name)

    function = create()

    assert today.list_tags(Resource=function["FunctionArn"])["Tags"] == {}
    assert today.list_aliases(FunctionName=name)["Aliases"] == []
    assert [one["Version"] for one in today.list_versions_by_function(FunctionName=name)["Versions"]] == ["$LATEST"]
    assert today.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"] == []
    assert today.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"] == []
    assert "Concurrency" not in today.get_function(FunctionName=name)
    assert refusal(today.get_policy, FunctionName=name)["status"] == 404
    assert today.publish_version(FunctionName=name)["Version"] == "1"


def test_a_dead_letter_queue_is_one_to_which_the_role_may_send(
    today: Any, name: str, create: Create, platform: RunningPlatform, execution_role: str
) -> None:
    create()
    wanted = {"FunctionName": name, "DeadLetterConfig": {"TargetArn": QUEUE}}

    denied = refusal(today.update_function_configuration, **wanted)
    platform.client("iam").put_role_policy(
        RoleName=execution_role.rpartition("/")[2],
        PolicyName="send",
        PolicyDocument=policy(allow("sqs:SendMessage", QUEUE)),
    )
    kept = today.update_function_configuration(**wanted)

    assert denied["message"] == "The provided execution role does not have permissions to call SendMessage on SQS"
    assert kept["DeadLetterConfig"] == {"TargetArn": QUEUE}
    none = today.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": ""})
    assert "DeadLetterConfig" not in none


@pytest.mark.usefixtures("may_send")
def test_an_event_invoke_config_is_put_changed_listed_and_taken_away(today: Any, function: Mapping[str, Any]) -> None:
    name, arn = function["FunctionName"], function["FunctionArn"]

    put = today.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=60)
    changed = today.update_function_event_invoke_config(
        FunctionName=name, DestinationConfig={"OnFailure": {"Destination": QUEUE}}
    )

    assert (put["FunctionArn"], put["MaximumRetryAttempts"]) == (f"{arn}:$LATEST", 1)
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    assert (changed["MaximumEventAgeInSeconds"], changed["DestinationConfig"]["OnFailure"]) == (
        60,
        {"Destination": QUEUE},
    )
    listed = today.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"]
    assert [one["FunctionArn"] for one in listed] == [f"{arn}:$LATEST"]
    replaced = today.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=2)
    assert "MaximumEventAgeInSeconds" not in replaced
    today.delete_function_event_invoke_config(FunctionName=name)
    assert refusal(today.get_function_event_invoke_config, FunctionName=name)["status"] == 404


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({}, "You must specify at least one of error handling or destination setting."),
        (
            {"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:iam::123456789012:role/x"}}},
            "The provided destination config DestinationConfig(onSuccess=null, "
            "onFailure=OnFailure(destination=arn:aws:iam::123456789012:role/x)) is invalid.",
        ),
        (
            {
                "DestinationConfig": {
                    "OnSuccess": {"Destination": "arn:aws:lambda:us-east-1:123456789012:function:nobody"}
                }
            },
            "The destination ARN arn:aws:lambda:us-east-1:123456789012:function:nobody is invalid.",
        ),
        (
            {"DestinationConfig": {"OnSuccess": {"Destination": QUEUE}}},
            f"The function's execution role does not have permissions to call SendMessage on {QUEUE}",
        ),
        (
            {"MaximumRetryAttempts": 3},
            "1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: "
            "Member must have value less than or equal to 2",
        ),
        (
            {"MaximumEventAgeInSeconds": 21601},
            "1 validation error detected: Value '21601' at 'maximumEventAgeInSeconds' failed to satisfy constraint: "
            "Member must have value less than or equal to 21600",
        ),
    ],
)
def test_an_event_invoke_config_that_cannot_be_is_refused(
    today: Any, function: Mapping[str, Any], config: Mapping[str, Any], message: str
) -> None:
    answer = refusal(today.put_function_event_invoke_config, FunctionName=function["FunctionName"], **config)

    assert (answer["status"], answer["message"]) == (400, message)


@pytest.mark.isolation
def test_a_function_logs_into_the_group_that_was_chosen(
    platform: RunningPlatform, today: Any, name: str, create: Create
) -> None:
    created = create(LoggingConfig={"LogGroup": f"/chosen/{name}"})

    invoked(today, FunctionName=name)

    assert created["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": f"/chosen/{name}"}
    events = platform.client("logs").filter_log_events(logGroupName=f"/chosen/{name}")["events"]
    assert any(event["message"].startswith("START RequestId") for event in events)


def test_what_would_not_act_is_refused_and_not_kept(today: Any, name: str, create: Create) -> None:
    logs = refusal(create, LoggingConfig={"ApplicationLogLevel": "ERROR"})
    traces = refusal(create, TracingConfig={"Mode": "Active"})
    streams = refusal(
        today.create_function_url_config, FunctionName=name, AuthType="NONE", InvokeMode="RESPONSE_STREAM"
    )

    assert logs["message"] == "Log levels can be set for the log format JSON only. Say LogFormat 'JSON' too."
    assert (
        traces["message"] == "CreateFunction does not support TracingConfig in this runtime. Leave it out of the call."
    )
    assert streams["code"] == "ResourceNotFoundException"
    create()
    streams = refusal(
        today.create_function_url_config, FunctionName=name, AuthType="NONE", InvokeMode="RESPONSE_STREAM"
    )
    assert "does not stream responses" in streams["message"]


@pytest.mark.isolation
def test_storage_of_more_than_512_mb_is_there(today: Any, name: str, create: Create) -> None:
    source = (
        "import os\n\ndef handler(event, context):\n    room = os.statvfs('/tmp')\n"
        "    return room.f_blocks * room.f_frsize\n"
    )
    create(source, EphemeralStorage={"Size": 1024})

    size = json.loads(invoked(today, FunctionName=name)["Payload"])

    assert 1000 < size / 2**20 < 1100
    too_much = refusal(create, FunctionName=f"{name}-2", EphemeralStorage={"Size": 10241})
    assert too_much["message"].endswith("Member must have value less than or equal to 10240")


def test_the_release_of_the_runtime_can_be_held_to_the_one_that_is_here(today: Any, name: str, create: Create) -> None:
    release = create()["RuntimeVersionConfig"]["RuntimeVersionArn"]

    assert today.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "Auto"
    held = today.put_runtime_management_config(FunctionName=name, UpdateRuntimeOn="Manual", RuntimeVersionArn=release)
    other = refusal(
        today.put_runtime_management_config,
        FunctionName=name,
        UpdateRuntimeOn="Manual",
        RuntimeVersionArn=release[:-1] + "g",
    )

    assert held["RuntimeVersionArn"] == release
    assert today.get_runtime_management_config(FunctionName=name)["UpdateRuntimeOn"] == "Manual"
    assert "has one release of python" in other["message"]


def test_account_settings_count_what_is_there(today: Any, create: Create) -> None:
    before = today.get_account_settings()["AccountUsage"]

    size = create()["CodeSize"]

    after = today.get_account_settings()
    assert after["AccountUsage"]["FunctionCount"] == before["FunctionCount"] + 1
    assert after["AccountUsage"]["TotalCodeSize"] == before["TotalCodeSize"] + size
    assert after["AccountLimit"]["CodeSizeZipped"] == 52_428_800
