"""Conditions that ask for what only the store knows: tags of resources, and the attributes of items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.endpoint.conftest import allow, user_with
from tests.endpoint.door import ACCOUNT, WireDoor

RED = {"StringEquals": {"aws:ResourceTag/team": "red"}}
TAG = [{"Key": "team", "Value": "red"}]


def is_allowed(call: Callable[..., Any], **parameters: Any) -> bool:
    try:
        call(**parameters)
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith("AccessDenied"):
            raise
        return False
    return True


def test_a_right_to_what_has_a_tag_is_one_to_nothing_else(door: WireDoor) -> None:
    sqs, logs, dynamodb, kinesis, iam = map(door.client, ("sqs", "logs", "dynamodb", "kinesis", "iam"))
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}]}'
    )
    urls = [
        sqs.create_queue(QueueName=name, tags=tags)["QueueUrl"] for name, tags in (("r", {"team": "red"}), ("b", {}))
    ]
    for name, tags in (("r", {"team": "red"}), ("b", {"team": "blue"})):
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        logs.create_log_group(logGroupName=name, tags=tags)
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            Tags=listed,
        )
        kinesis.create_stream(StreamName=name, ShardCount=1)
        kinesis.add_tags_to_stream(StreamName=name, Tags=tags)
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=listed)
    user = user_with(door, allow("*", "*", Condition=RED))
    mine: Mapping[str, Any] = {name: door.client(name, user) for name in ("sqs", "logs", "dynamodb", "kinesis", "iam")}

    answers = [
        (
            is_allowed(mine["sqs"].get_queue_attributes, QueueUrl=url),
            is_allowed(mine["logs"].describe_log_streams, logGroupName=name),
            is_allowed(mine["dynamodb"].scan, TableName=name),
            is_allowed(mine["kinesis"].list_tags_for_stream, StreamName=name),
            is_allowed(mine["iam"].get_role, RoleName=name),
        )
        for name, url in zip(("r", "b"), urls, strict=True)
    ]

    assert answers == [(True,) * 5, (False,) * 5]


def test_a_right_to_objects_with_a_tag_is_one_to_no_others(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="red", Body=b"", Tagging="team=red")
    s3.put_object(Bucket="photos", Key="plain", Body=b"")
    condition = {"StringEquals": {"s3:ExistingObjectTag/team": "red"}}
    mine = door.client("s3", user_with(door, allow("s3:GetObject", "*", Condition=condition)))

    assert [is_allowed(mine.get_object, Bucket="photos", Key=key) for key in ("red", "plain")] == [True, False]


def test_whoever_makes_something_may_be_made_to_tag_it(door: WireDoor) -> None:
    asked = {"StringEquals": {"aws:RequestTag/team": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    iam = door.client("iam", user_with(door, allow("iam:CreateUser", "*", Condition=asked)))

    assert not is_allowed(iam.create_user, UserName="a")
    assert not is_allowed(iam.create_user, UserName="a", Tags=[{"Key": "team", "Value": "blue"}])
    assert not is_allowed(iam.create_user, UserName="a", Tags=[*TAG, {"Key": "rank", "Value": "1"}])
    assert is_allowed(iam.create_user, UserName="a", Tags=TAG)


@pytest.mark.parametrize("projection", ["person, age", "#o, age"])
def test_whoever_may_see_some_attributes_must_ask_for_them_alone(door: WireDoor, projection: str) -> None:
    door.client("dynamodb").create_table(
        TableName="pets",
        KeySchema=[{"AttributeName": "person", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "person", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    some = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["person", "age"]}}
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/pets"
    get = door.client("dynamodb", user_with(door, allow("dynamodb:GetItem", table, Condition=some))).get_item
    asked = {"TableName": "pets", "Key": {"person": {"S": "ann"}}}
    names = {"ExpressionAttributeNames": {"#o": "person"}} if "#" in projection else {}

    assert is_allowed(get, **asked, ProjectionExpression=projection, **names)
    assert not is_allowed(get, **asked)
    assert not is_allowed(get, **asked, ProjectionExpression="person, chip")
