"""Promises of runtime/endpoint/needs/: what a maintained source says of actions is what is judged."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from runtime.endpoint.authorization import needs
from runtime.endpoint.needs.asked import Asked, Need, NothingKnown
from tests.unit.runtime.endpoint.samples import request
from tests.unit.runtime.endpoint.test_needs import ACCOUNT, REGION, asked, pairs, s3

TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/pets"
ANN, BOB = {"owner": {"S": "ann"}}, {"owner": {"S": "bob"}}


class Known(NothingKnown):
    """An account with a role under a path, which is bounded, and a table whose partition key is ``owner``."""

    def iam_arn(self, kind: str, name: str) -> str | None:
        return f"arn:aws:iam::{ACCOUNT}:role/admin/{name}" if (kind, name) == ("role", "boss") else None

    def boundary(self, arn: str) -> str | None:
        return f"arn:aws:iam::{ACCOUNT}:policy/limit" if arn.endswith("/boss") else None

    def partition_key(self, table: str, region: str) -> str | None:
        return "owner" if (table, region) == ("pets", REGION) else None


def call(service: str, target: str, **members: object) -> Asked:
    sent = request("POST", "/", {"X-Amz-Target": target}, json.dumps(members).encode())
    return replace(asked(service, sent), known=Known())


def of_dynamodb(operation: str, **members: object) -> list[Need]:
    return needs(call("dynamodb", f"DynamoDB_20120810.{operation}", **members))


def of_iam(fields: str) -> list[Need]:
    return needs(replace(asked("iam", request("POST", "/", body=fields.encode())), known=Known()))


@pytest.mark.parametrize(
    ("operation", "members", "action"),
    [
        ("SendMessage", {"QueueUrl": f"http://localhost:4566/{ACCOUNT}/jobs"}, "sqs:SendMessage"),
        ("SendMessageBatch", {"QueueUrl": f"http://localhost:4566/{ACCOUNT}/jobs"}, "sqs:SendMessage"),
        ("DeleteMessageBatch", {"QueueUrl": "jobs"}, "sqs:DeleteMessage"),
        ("CreateQueue", {"QueueName": "jobs"}, "sqs:CreateQueue"),
        ("GetQueueUrl", {"QueueName": "jobs"}, "sqs:GetQueueUrl"),
        ("StartMessageMoveTask", {"SourceArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs"}, "sqs:StartMessageMoveTask"),
    ],
)
def test_a_queue_is_found_however_it_is_named(operation: str, members: dict[str, str], action: str) -> None:
    found = pairs(call("sqs", f"AmazonSQS.{operation}", **members))

    assert found == [(action, f"arn:aws:sqs:{REGION}:{ACCOUNT}:jobs")]


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("PutRecord", {"StreamName": "clicks"}),
        ("GetShardIterator", {"StreamARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/clicks"}),
        ("GetRecords", {"ShardIterator": base64.encodebytes(b"clicks:shardId-0:7").decode()}),
    ],
)
def test_a_kinesis_stream_is_found_however_it_is_named(operation: str, members: dict[str, str]) -> None:
    found = pairs(call("kinesis", f"Kinesis_20131202.{operation}", **members))

    assert found == [(f"kinesis:{operation}", f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/clicks")]


def test_records_need_the_right_to_the_stream_of_the_iterator_whatever_else_is_named() -> None:
    mine = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/mine"
    iterator = base64.encodebytes(b"theirs:shardId-0:7").decode()

    found = pairs(call("kinesis", "Kinesis_20131202.GetRecords", ShardIterator=iterator, StreamARN=mine))

    assert {resource.rpartition("/")[2] for _, resource in found} == {"mine", "theirs"}


@pytest.mark.parametrize("iterator", ["no base 64", "", "////", "é"])
def test_an_iterator_that_says_nothing_needs_a_right_to_every_stream(iterator: str) -> None:
    found = pairs(call("kinesis", "Kinesis_20131202.GetRecords", ShardIterator=iterator))

    assert all(action == "kinesis:GetRecords" for action, _ in found)
    assert not any(resource.endswith("stream/clicks") for _, resource in found)


def test_what_is_named_in_another_region_must_be_allowed_there_and_here() -> None:
    """The store goes by the name alone and would serve what is here."""
    there = TABLE.replace(REGION, "eu-west-1")

    found = pairs(call("dynamodb", "DynamoDB_20120810.GetItem", TableName=there, Key=ANN))

    assert found == [("dynamodb:GetItem", there), ("dynamodb:GetItem", TABLE)]


def test_an_operation_without_an_action_is_not_mapped() -> None:
    found = of_dynamodb("ExecuteStatement", Statement='SELECT * FROM "pets"')

    assert [need.is_mapped for need in found] == [False]


def test_a_role_is_judged_with_its_path() -> None:
    [need] = of_iam("Action=DeleteRole&RoleName=boss")

    assert need.resource == f"arn:aws:iam::{ACCOUNT}:role/admin/boss"


def test_a_policy_that_is_attached_is_a_condition_and_not_the_resource() -> None:
    [need] = of_iam("Action=AttachRolePolicy&RoleName=boss&PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess")

    assert need.resource == f"arn:aws:iam::{ACCOUNT}:role/admin/boss"
    assert need.conditions["iam:PolicyARN"] == "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert need.conditions["iam:PermissionsBoundary"] == f"arn:aws:iam::{ACCOUNT}:policy/limit"


@pytest.mark.parametrize(
    ("found", "role", "service"),
    [
        (
            lambda: of_iam("Action=AddRoleToInstanceProfile&RoleName=boss&InstanceProfileName=p"),
            "role/admin/boss",
            "ec2.amazonaws.com",
        ),
        (
            lambda: needs(
                call(
                    "logs",
                    "Logs_20140328.PutSubscriptionFilter",
                    logGroupName="/g",
                    roleArn=f"arn:aws:iam::{ACCOUNT}:role/to-kinesis",
                )
            ),
            "role/to-kinesis",
            "logs.amazonaws.com",
        ),
        (
            lambda: needs(
                asked(
                    "s3",
                    request(
                        "PUT",
                        "/b?replication",
                        body=b"<R xmlns='x'><Role>arn:aws:iam::123456789012:role/copier</Role></R>",
                    ),
                )
            ),
            "role/copier",
            "s3.amazonaws.com",
        ),
    ],
)
def test_whoever_hands_a_role_to_a_service_must_be_allowed_to_pass_it(found: object, role: str, service: str) -> None:
    assert callable(found)

    passed = [need for need in found() if need.action == "iam:PassRole"]

    assert [need.resource for need in passed] == [f"arn:aws:iam::{ACCOUNT}:{role}"]
    assert passed[0].conditions["iam:PassedToService"] == service


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"x-amz-acl": "public-read"}, ["s3:PutObjectAcl"]),
        ({"x-amz-grant-read": "id=1", "x-amz-acl": "private"}, ["s3:PutObjectAcl"]),
        ({"x-amz-tagging": "a=b"}, ["s3:PutObjectTagging"]),
        ({"x-amz-meta-color": "red"}, []),
    ],
)
def test_a_header_that_asks_for_more_needs_more(headers: dict[str, str], more: list[str]) -> None:
    found = s3("PUT", "/b/k", headers)

    assert found == [(action, "arn:aws:s3:::b/k") for action in ["s3:PutObject", *more]]


def test_a_condition_key_is_there_only_with_the_actions_that_have_it() -> None:
    sent = request("GET", "/b?list-type=2&prefix=home/")
    reading = request("GET", "/b/k?prefix=home/", {"x-amz-acl": "private"})

    [listing], [getting] = needs(asked("s3", sent)), needs(asked("s3", reading))

    assert listing.conditions["s3:prefix"] == "home/"
    assert getting.conditions.keys() & {"s3:prefix", "s3:x-amz-acl"} == set()


@pytest.mark.parametrize(
    ("operation", "members", "leading"),
    [
        ("GetItem", {"Key": ANN}, ["ann"]),
        ("PutItem", {"Item": {**ANN, "name": {"S": "Rex"}}}, ["ann"]),
        ("GetItem", {"Key": {"owner": {"B": {}}}}, ["(any partition key)"]),
        (
            "Query",
            {
                "KeyConditionExpression": "#o = :who AND #n > :n",
                "ExpressionAttributeNames": {"#o": "owner", "#n": "name"},
                "ExpressionAttributeValues": {":who": {"S": "ann"}, ":n": {"S": "A"}},
            },
            ["ann"],
        ),
        (
            "Query",
            {"KeyConditions": {"owner": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "ann"}]}}},
            ["ann"],
        ),
        (
            "Query",
            {
                "KeyConditions": {"owner": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": "ann"}]}},
                "KeyConditionExpression": "owner = :bob",
                "ExpressionAttributeValues": {":bob": {"S": "bob"}},
            },
            ["(any partition key)"],
        ),
    ],
)
def test_conditions_may_ask_whose_items_a_call_is_about(
    operation: str, members: dict[str, object], leading: list[str]
) -> None:
    [need] = of_dynamodb(operation, TableName="pets", **members)

    assert need.resource == TABLE
    assert need.conditions["dynamodb:LeadingKeys"] == leading


def test_every_item_of_a_batch_and_of_a_transaction_counts() -> None:
    [batch] = of_dynamodb(
        "BatchWriteItem", RequestItems={"pets": [{"PutRequest": {"Item": ANN}}, {"DeleteRequest": {"Key": BOB}}]}
    )
    transaction = of_dynamodb(
        "TransactWriteItems",
        TransactItems=[{"Put": {"TableName": "pets", "Item": ANN}}, {"Put": {"TableName": "pets", "Item": BOB}}],
    )

    assert batch.conditions["dynamodb:LeadingKeys"] == ["ann", "bob"]
    assert [need.conditions["dynamodb:LeadingKeys"] for need in transaction] == [["ann"], ["bob"]]
    assert {need.conditions["dynamodb:EnclosingOperation"] for need in transaction} == {"TransactWriteItems"}
