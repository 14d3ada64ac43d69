"""Every condition key that is said to be given is given, with the right value; and of the others it is told why not."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from runtime.clock import machine_time
from runtime.endpoint.authorization import needs
from runtime.endpoint.needs.asked import Need, NothingKnown
from runtime.identity.assumption import Wanted
from runtime.identity.circumstances import request_of
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.session_tags import SessionTags
from runtime.policy.condition_keys import GIVEN, NEVER, why_absent
from runtime.policy.values import ContextValue
from tests.unit.runtime.endpoint.samples import request
from tests.unit.runtime.endpoint.test_needs import ACCOUNT, FUNCTION, REGION, asked

NOW = datetime(2014, 11, 13, 10, 30, 15, tzinfo=UTC)
ALICE = Principal(PrincipalKind.USER, f"arn:aws:iam::{ACCOUNT}:user/alice", ACCOUNT, "AIDAALICE")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/worker"
SESSION = Principal(
    PrincipalKind.ROLE_SESSION,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/hello",
    ACCOUNT,
    "AROAWORKER:hello",
    role=ROLE,
    since=NOW,
)
S3 = Principal(PrincipalKind.SERVICE, "s3.amazonaws.com", ACCOUNT, "s3.amazonaws.com")
UUID = "0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/limit"
TAGGING = b"<Tagging><TagSet><Tag><Key>team</Key><Value>red</Value></Tag></TagSet></Tagging>"
LOCATION = b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"


class Known(NothingKnown):
    """An account in which everything has a tag, and a table whose partition key is ``owner``."""

    def partition_key(self, table: str, region: str) -> str | None:
        return "owner" if (table, region) == ("pets", REGION) else None

    def tags(self, arn: str) -> Mapping[str, str]:
        return {"team": "red"}

    def function_of_mapping(self, uuid: str) -> str | None:
        return FUNCTION if uuid == UUID else None


def about(principal: Principal, **context: ContextValue) -> Mapping[str, Any]:
    tags = {"team": "red"} if principal is SESSION else {}
    return request_of(principal, "s3:GetObject", "*", ACCOUNT, dict(context), NOW, tags).context


def called(service: str, *sent: Any, last: bool = False) -> Mapping[str, Any]:
    found: Sequence[Need] = needs(replace(asked(service, request(*sent)), known=Known()))
    return found[-1 if last else 0].conditions


def rpc(service: str, target: str, **members: object) -> Mapping[str, Any]:
    return called(service, "POST", "/", {"X-Amz-Target": target}, json.dumps(members).encode())


def pets(operation: str, **members: object) -> Mapping[str, Any]:
    return rpc("dynamodb", f"DynamoDB_20120810.{operation}", TableName="pets", **members)


def form(service: str, fields: str) -> Mapping[str, Any]:
    return called(service, "POST", "/", None, fields.encode())


def sent_to_s3(name: str, value: str = "x", method: str = "PUT", url: str = "/b/k") -> Mapping[str, Any]:
    return called("s3", method, url, {name: value})


def presigned() -> Mapping[str, Any]:
    signed_at = machine_time() - timedelta(seconds=30)
    scope = quote(f"AKIA/{signed_at:%Y%m%d}/us-east-1/s3/aws4_request", safe="")
    query = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Date={signed_at:%Y%m%dT%H%M%SZ}"
    return called("s3", "GET", f"/b/k?{query}&X-Amz-SignedHeaders=host&X-Amz-Signature=0")


SIGNED = {"Authorization": "AWS4-HMAC-SHA256 Credential=A/20141113/us-east-1/s3/aws4_request, SignedHeaders=host, "
          "Signature=0", "x-amz-date": "20141113T103015Z"}  # fmt: skip
WANTED = Wanted(
    by=ALICE,
    role_arn=ROLE,
    session_name="hello",
    external_id="42",
    tags=SessionTags({"team": "red", "rank": "1"}, frozenset({"team"})),
).conditions()
LISTING = called("s3", "GET", "/b?list-type=2&prefix=home/&delimiter=/&max-keys=7")
HEADERS = (
    "if-match",
    "if-none-match",
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write-acp",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-metadata-directive",
)
BY_HEADER = {f"s3:{name}": sent_to_s3(name) for name in HEADERS}
COPY = called("s3", "PUT", "/b/k", {"x-amz-copy-source": "a/k"})
KEY = {"owner": {"S": "ann"}}

SAMPLES: Mapping[str, tuple[Mapping[str, Any], object]] = {
    "aws:CurrentTime": (about(ALICE), "2014-11-13T10:30:15Z"),
    "aws:EpochTime": (about(ALICE), 1415874615),
    "aws:MultiFactorAuthPresent": (about(SESSION), False),
    "aws:PrincipalAccount": (about(ALICE), ACCOUNT),
    "aws:PrincipalArn": (about(SESSION), ROLE),
    "aws:PrincipalIsAWSService": (about(S3), True),
    "aws:PrincipalServiceName": (about(S3), "s3.amazonaws.com"),
    "aws:PrincipalTag": (about(SESSION), "red"),
    "aws:PrincipalType": (about(SESSION), "AssumedRole"),
    "aws:Referer": (called("s3", "GET", "/b/k", {"Referer": "http://here"}), "http://here"),
    "aws:RequestedRegion": (LISTING, REGION),
    "aws:RequestTag": (form("iam", "Action=TagRole&RoleName=r&Tags.member.1.Key=team&Tags.member.1.Value=red"), "red"),
    "aws:ResourceAccount": (about(ALICE), ACCOUNT),
    "aws:ResourceTag": (called("lambda", "GET", "/2015-03-31/functions/hello"), "red"),
    "aws:SecureTransport": (LISTING, False),
    "aws:SourceAccount": (about(S3), ACCOUNT),
    "aws:SourceArn": (about(S3, **{"aws:SourceArn": "arn:aws:s3:::b"}), "arn:aws:s3:::b"),
    "aws:SourceIp": (LISTING, "127.0.0.1"),
    "aws:TagKeys": (form("iam", "Action=UntagRole&RoleName=r&TagKeys.member.1=team"), ["team"]),
    "aws:TokenIssueTime": (about(SESSION), "2014-11-13T10:30:15Z"),
    "aws:userid": (about(SESSION), "AROAWORKER:hello"),
    "aws:UserAgent": (called("s3", "GET", "/b/k", {"User-Agent": "me"}), "me"),
    "aws:username": (about(ALICE), "alice"),
    "dynamodb:Attributes": (pets("GetItem", Key=KEY, ProjectionExpression="age"), ["owner", "age"]),
    "dynamodb:EnclosingOperation": (
        rpc(
            "dynamodb", "DynamoDB_20120810.TransactGetItems", TransactItems=[{"Get": {"TableName": "pets", "Key": KEY}}]
        ),
        "TransactGetItems",
    ),
    "dynamodb:LeadingKeys": (pets("GetItem", Key=KEY), ["ann"]),
    "dynamodb:ReturnConsumedCapacity": (pets("GetItem", Key=KEY, ReturnConsumedCapacity="TOTAL"), "TOTAL"),
    "dynamodb:ReturnValues": (pets("PutItem", Item=KEY, ReturnValues="ALL_OLD"), "ALL_OLD"),
    "dynamodb:Select": (pets("Query", Select="COUNT"), "COUNT"),
    "iam:PassedToService": (
        called("s3", "PUT", "/b?replication", {}, f"<R><Role>{ROLE}</Role></R>".encode(), last=True),
        "s3.amazonaws.com",
    ),
    "iam:PermissionsBoundary": (form("iam", f"Action=CreateUser&UserName=u&PermissionsBoundary={POLICY}"), POLICY),
    "iam:PolicyARN": (form("iam", f"Action=AttachRolePolicy&RoleName=r&PolicyArn={POLICY}"), POLICY),
    "iam:ResourceTag": (form("iam", "Action=GetRole&RoleName=r"), "red"),
    "lambda:FunctionArn": (called("lambda", "DELETE", f"/2015-03-31/event-source-mappings/{UUID}"), FUNCTION),
    "lambda:FunctionUrlAuthType": (
        called("lambda", "POST", "/2021-10-31/functions/hello/url", {}, b'{"AuthType": "NONE"}'),
        "NONE",
    ),
    "lambda:Layer": (
        called("lambda", "PUT", "/2015-03-31/functions/hello/configuration", {}, b'{"Layers": ["arn:l"]}'),
        ["arn:l"],
    ),
    "lambda:Principal": (
        called("lambda", "POST", "/2015-03-31/functions/hello/policy", {}, b'{"Principal": "s3.amazonaws.com"}'),
        "s3.amazonaws.com",
    ),
    "s3:authType": (called("s3", "GET", "/b/k", SIGNED), "REST-HEADER"),
    "s3:signatureversion": (called("s3", "GET", "/b/k", SIGNED), "AWS4-HMAC-SHA256"),
    "s3:prefix": (LISTING, "home/"),
    "s3:delimiter": (LISTING, "/"),
    "s3:max-keys": (LISTING, "7"),
    "s3:versionid": (called("s3", "GET", "/b/k?versionId=7"), "7"),
    "s3:ExistingObjectTag": (called("s3", "GET", "/b/k"), "red"),
    "s3:locationconstraint": (called("s3", "PUT", "/b", {}, LOCATION), "eu-west-1"),
    "s3:object-lock-legal-hold": (sent_to_s3("x-amz-object-lock-legal-hold", "ON"), "ON"),
    "s3:object-lock-mode": (sent_to_s3("x-amz-object-lock-mode", "GOVERNANCE"), "GOVERNANCE"),
    "s3:object-lock-retain-until-date": (sent_to_s3("x-amz-object-lock-retain-until-date", "2030"), "2030"),
    "s3:RequestObjectTag": (called("s3", "PUT", "/b/k?tagging", {}, TAGGING), "red"),
    "s3:RequestObjectTagKeys": (sent_to_s3("x-amz-tagging", "team=red&rank=1"), ["team", "rank"]),
    "s3:ResourceAccount": (LISTING, ACCOUNT),
    "s3:x-amz-copy-source": (COPY, "a/k"),
    "s3:x-amz-object-ownership": (sent_to_s3("x-amz-object-ownership", url="/b"), "x"),
    "s3:x-amz-grant-write": (sent_to_s3("x-amz-grant-write", url="/b"), "x"),
    **{key: (context, "x") for key, context in BY_HEADER.items()},
    "sts:ExternalId": (WANTED, "42"),
    "sts:RoleSessionName": (WANTED, "hello"),
    "sts:TransitiveTagKeys": (WANTED, ["team"]),
}
"""A request that has the key, and what it says."""


@pytest.mark.parametrize("key", SAMPLES)
def test_a_key_that_is_said_to_be_given_is_given(key: str) -> None:
    context, expected = SAMPLES[key]
    tagged = next((name for name in context if name == key or name == f"{key}/team"), "")

    assert context.get(tagged) == expected


def test_a_presigned_address_tells_its_age() -> None:
    context = presigned()

    assert 30_000 <= context["s3:signatureAge"] < 600_000
    assert context["s3:authType"] == "REST-QUERY-STRING"


def test_every_key_of_the_table_is_held_to_a_request() -> None:
    # An address has an age (above); a function URL is a door of its own, with tests of its own.
    assert set(GIVEN) - set(SAMPLES) == {"s3:signatureAge", "lambda:InvokedViaFunctionUrl"}
    assert set(SAMPLES) <= set(GIVEN)


def test_no_key_is_both_given_and_never_given() -> None:
    given = {key.lower() for key in GIVEN}

    assert given.isdisjoint(key.lower() for key in NEVER)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("aws:username", "it is given when a user calls, so not to the session of a role"),
        ("AWS:SOURCEARN", "it is given when a service acts in its own name"),
        ("aws:RequestTag/team", "it is given when the call gives tags"),
        ("lambda:InvokedViaFunctionUrl", "it is given when a function is invoked by its URL"),
        ("lambda:EventSourceToken", "no request here ever has that key: no service that invokes functions here sends"),
        ("aws:PrincipalOrgID", "no request here ever has that key: there are no organizations here"),
        ("aws:SourceArns", "no request here ever has a key of that name (did you mean aws:SourceArn?)"),
        ("s3:x-amz-acls", "(did you mean s3:x-amz-acl?)"),
        ("my:own", "no request here ever has a key of that name"),
    ],
)
def test_of_a_key_that_a_request_does_not_have_it_is_told_why(key: str, words: str) -> None:
    assert why_absent(key).endswith(words) or words in why_absent(key)


@pytest.mark.parametrize(
    ("operation", "members", "named"),
    [
        ("GetItem", {"Key": KEY}, ["owner", "(any attribute)"]),
        ("GetItem", {"Key": KEY, "AttributesToGet": ["age"]}, ["owner", "age"]),
        ("Query", {"Select": "COUNT", "KeyConditionExpression": "#o = :o", "ExpressionAttributeNames": {"#o": "owner"}},
         ["owner"]),
        ("Query", {"ProjectionExpression": "age, pet.name, list[0]", "KeyConditionExpression": "owner = :owner"},
         ["age", "pet", "list", "owner"]),
        ("Scan", {"ProjectionExpression": "age", "FilterExpression": "attribute_exists(size) AND NOT age IN (:a, :b)"},
         ["age", "size"]),
        ("UpdateItem", {"Key": KEY, "UpdateExpression": "SET age = if_not_exists(age, :zero) + :one REMOVE weight"},
         ["owner", "age", "weight"]),
        ("UpdateItem", {"Key": KEY, "UpdateExpression": "SET #unknown = :one"}, ["owner", "(any attribute)"]),
        ("PutItem", {"Item": {"owner": {"S": "a"}, "age": {"N": "1"}}}, ["owner", "age"]),
    ],
)  # fmt: skip
def test_conditions_may_ask_which_attributes_a_call_is_about(
    operation: str, members: dict[str, object], named: list[str]
) -> None:
    assert pets(operation, **members)["dynamodb:Attributes"] == named
