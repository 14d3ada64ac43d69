"""The resource policy of a function is built statement by statement, and decides who may invoke."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conftest import RunningPlatform
from tests.endpoint.conftest import allow
from tests.endpoint.lambda_today.conftest import Create, invoked, refusal

INVOKE = "lambda:InvokeFunction"


def statement_of(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    statement: Mapping[str, Any] = json.loads(answer["Statement"])
    return statement


@pytest.mark.parametrize(
    ("given", "principal", "condition"),
    [
        pytest.param({"Principal": "s3.amazonaws.com"}, {"Service": "s3.amazonaws.com"}, None, id="service"),
        pytest.param({"Principal": "111122223333"}, {"AWS": "arn:aws:iam::111122223333:root"}, None, id="account"),
        pytest.param(
            {"Principal": "arn:aws:iam::111122223333:role/other"},
            {"AWS": "arn:aws:iam::111122223333:role/other"},
            None,
            id="arn",
        ),
        pytest.param(
            {"Principal": "*", "SourceAccount": "111111111111"},
            "*",
            {"StringEquals": {"AWS:SourceAccount": "111111111111"}},
            id="AWS-105",
        ),
        pytest.param(
            {
                "Principal": "*",
                "Action": "lambda:InvokeFunctionUrl",
                "SourceAccount": "111111111111",
                "SourceArn": "arn:aws:s3:::photos",
                "PrincipalOrgID": "o-1234567890",
                "FunctionUrlAuthType": "NONE",
            },
            "*",
            {
                "StringEquals": {
                    "AWS:SourceAccount": "111111111111",
                    "lambda:FunctionUrlAuthType": "NONE",
                    "aws:PrincipalOrgID": "o-1234567890",
                },
                "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::photos"},
            },
            id="AWS-109",
        ),
    ],
)
def test_a_permission_becomes_a_statement(
    today: Any, function: Mapping[str, Any], given: Mapping[str, Any], principal: Any, condition: Any
) -> None:
    name = function["FunctionName"]

    answer = today.add_permission(**{"FunctionName": name, "StatementId": "one", "Action": INVOKE, **given})

    expected = {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": principal,
        "Action": given.get("Action", INVOKE),
        "Resource": function["FunctionArn"],
    }
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert statement_of(answer) == expected | ({"Condition": condition} if condition else {})
    document = json.loads(today.get_policy(FunctionName=name)["Policy"])
    assert document == {"Version": "2012-10-17", "Id": "default", "Statement": [statement_of(answer)]}


def test_a_statement_id_is_given_once_and_the_last_removal_takes_the_policy(
    today: Any, function: Mapping[str, Any]
) -> None:
    one = {
        "FunctionName": function["FunctionName"],
        "StatementId": "one",
        "Action": INVOKE,
        "Principal": "s3.amazonaws.com",
    }
    today.add_permission(**one)

    again = refusal(today.add_permission, **one)
    today.remove_permission(FunctionName=function["FunctionName"], StatementId="one")

    assert (again["status"], again["message"]) == (
        409,
        "The statement id (one) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
    )
    assert refusal(today.get_policy, FunctionName=function["FunctionName"])["status"] == 404


def test_a_policy_has_its_limit(today: Any, function: Mapping[str, Any]) -> None:
    name = function["FunctionName"]
    arn = "arn:aws:s3:::" + "x" * 9000

    for number in (1, 2):
        today.add_permission(
            FunctionName=name, StatementId=f"s{number}", Action=INVOKE, Principal="s3.amazonaws.com", SourceArn=arn
        )
    answer = refusal(
        today.add_permission,
        FunctionName=name,
        StatementId="s3",
        Action=INVOKE,
        Principal="s3.amazonaws.com",
        SourceArn=arn,
    )

    assert (answer["status"], answer["code"]) == (400, "PolicyLengthExceededException")


def test_a_user_without_rights_may_invoke_what_the_function_lets_him(
    today: Any, function: Mapping[str, Any], as_user: Any
) -> None:
    name, learner = function["FunctionName"], as_user()
    denied = refusal(learner.invoke, FunctionName=name, InvocationType="DryRun")

    caller = denied["message"].split()[1]
    today.add_permission(FunctionName=name, StatementId="learner", Action=INVOKE, Principal=caller)

    assert (denied["status"], denied["code"]) == (403, "AccessDeniedException")
    assert invoked(learner, FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204
    today.remove_permission(FunctionName=name, StatementId="learner")
    assert refusal(learner.invoke, FunctionName=name, InvocationType="DryRun")["status"] == 403


def test_a_permission_on_an_alias_opens_the_alias_alone(today: Any, name: str, create: Create, as_user: Any) -> None:
    create(Publish=True)
    today.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    today.add_permission(FunctionName=name, StatementId="all", Action=INVOKE, Principal="*", Qualifier="live")
    learner = as_user()

    assert invoked(learner, FunctionName=name, Qualifier="live", InvocationType="DryRun")["StatusCode"] == 204
    for qualifier in ({}, {"Qualifier": "1"}, {"Qualifier": "$LATEST"}):
        assert refusal(learner.invoke, FunctionName=name, InvocationType="DryRun", **qualifier)["status"] == 403


def test_an_event_cannot_choose_what_is_judged(today: Any, name: str, create: Create, as_user: Any) -> None:
    arn = create(Publish=True)["FunctionArn"]
    learner = as_user(allow(INVOKE, f"{arn}:1"))
    event = json.dumps({"Qualifier": "1", "FunctionName": f"{name}:1"})

    assert (
        invoked(learner, FunctionName=name, Qualifier="1", InvocationType="DryRun", Payload=event)["StatusCode"] == 204
    )
    assert refusal(learner.invoke, FunctionName=name, InvocationType="DryRun", Payload=event)["status"] == 403


@pytest.mark.parametrize(
    "written", ["{name}", "function:{name}", "123456789012:{name}", "123456789012:function:{name}"]
)
def test_however_a_function_is_named_the_same_is_judged(
    function: Mapping[str, Any], as_user: Any, written: str
) -> None:
    name = function["FunctionName"]
    learner = as_user(allow("lambda:GetFunction", function["FunctionArn"]))

    assert learner.get_function(FunctionName=written.format(name=name))["Configuration"]["FunctionName"] == name


def test_rights_on_one_function_are_none_on_another(function: Mapping[str, Any], as_user: Any) -> None:
    learner = as_user(allow("lambda:*", f"{function['FunctionArn']}-other"))

    for operation in ("get_function", "delete_function", "get_policy", "list_aliases", "publish_version"):
        answer = refusal(getattr(learner, operation), FunctionName=function["FunctionName"])
        assert answer["status"] == 403
        assert f"on resource: {function['FunctionArn']}" in answer["message"]


def test_a_right_to_functions_with_a_tag_is_one_to_nothing_else(
    today: Any, as_user: Any, function: Mapping[str, Any]
) -> None:
    red = {"StringEquals": {"aws:ResourceTag/team": "red"}}
    mine, name = as_user(allow("lambda:GetFunction", "*", Condition=red)), function["FunctionName"]
    version = today.publish_version(FunctionName=name)["Version"]
    assert refusal(mine.get_function, FunctionName=name)["code"] == "AccessDeniedException"

    today.tag_resource(Resource=function["FunctionArn"], Tags={"team": "red"})

    assert mine.get_function(FunctionName=name)["Tags"] == {"team": "red"}
    assert mine.get_function(FunctionName=name, Qualifier=version)["Configuration"]["Version"] == version


def test_a_permission_names_somebody_who_exists_and_by_his_unique_id_once_he_does_not(
    platform: RunningPlatform, today: Any, function: Mapping[str, Any]
) -> None:
    name, iam = function["FunctionName"], platform.client("iam")
    user = iam.create_user(UserName=f"named-{name}")["User"]
    given = {"FunctionName": name, "StatementId": "one", "Action": INVOKE}

    nobody = refusal(today.add_permission, **given, Principal=f"{user['Arn']}-and-nobody")
    today.add_permission(**given, Principal=user["Arn"])
    iam.delete_user(UserName=user["UserName"])

    assert nobody["message"] == "The provided principal was invalid. Please check the principal and try again."
    (statement,) = json.loads(today.get_policy(FunctionName=name)["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": user["UserId"]}
