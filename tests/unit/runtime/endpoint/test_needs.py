"""Promises of runtime/endpoint/needs/ and authorization.py: which actions on which resources a call needs."""

from __future__ import annotations

import json

import pytest

from runtime.endpoint.authorization import circumstances, needs, parameters
from runtime.endpoint.exchange import Request
from runtime.endpoint.needs.asked import Asked
from runtime.endpoint.routing import Router
from tests.unit.runtime.endpoint.samples import model, request

ACCOUNT, REGION = "123456789012", "us-east-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:hello"


def asked(service: str, sent: Request, api_version: str | None = None, caller_name: str = "") -> Asked:
    found = Router(model(service, api_version)).route(sent)
    assert found is not None
    operation, labels = found
    prefix = "dynamodb" if service == "dynamodbstreams" else service
    given = parameters(operation, labels, sent)
    return Asked(service, prefix, operation.name, given, sent, REGION, ACCOUNT, caller_name)


def pairs(call: Asked) -> list[tuple[str, str]]:
    return [(need.action, need.resource) for need in needs(call)]


def s3(method: str, url: str, headers: dict[str, str] | None = None, body: bytes = b"") -> list[tuple[str, str]]:
    return pairs(asked("s3", request(method, url, headers, body)))


def form(service: str, **fields: str) -> list[tuple[str, str]]:
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    return pairs(asked(service, request("POST", "/", body=body), caller_name="learner"))


def rpc(service: str, target: str, **members: object) -> list[tuple[str, str]]:
    sent = request("POST", "/", {"X-Amz-Target": target}, json.dumps(members).encode())
    return pairs(asked(service, sent))


@pytest.mark.parametrize(
    ("method", "url", "action", "resource"),
    [
        ("GET", "/", "s3:ListAllMyBuckets", "*"),
        ("PUT", "/b", "s3:CreateBucket", "arn:aws:s3:::b"),
        ("HEAD", "/b", "s3:ListBucket", "arn:aws:s3:::b"),
        ("GET", "/b?list-type=2", "s3:ListBucket", "arn:aws:s3:::b"),
        ("GET", "/b?versions", "s3:ListBucketVersions", "arn:aws:s3:::b"),
        ("PUT", "/b?notification", "s3:PutBucketNotification", "arn:aws:s3:::b"),
        ("GET", "/b/a%20b/c", "s3:GetObject", "arn:aws:s3:::b/a b/c"),
        ("HEAD", "/b/k", "s3:GetObject", "arn:aws:s3:::b/k"),
        ("GET", "/b/k?versionId=7", "s3:GetObjectVersion", "arn:aws:s3:::b/k"),
        ("GET", "/b/k?tagging", "s3:GetObjectTagging", "arn:aws:s3:::b/k"),
        ("POST", "/b/k?uploads", "s3:PutObject", "arn:aws:s3:::b/k"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "s3:PutObject", "arn:aws:s3:::b/k"),
        ("POST", "/b/k?uploadId=u", "s3:PutObject", "arn:aws:s3:::b/k"),
        ("DELETE", "/b/k?uploadId=u", "s3:AbortMultipartUpload", "arn:aws:s3:::b/k"),
        ("DELETE", "/b/k", "s3:DeleteObject", "arn:aws:s3:::b/k"),
        ("PUT", "/b?policy", "s3:PutBucketPolicy", "arn:aws:s3:::b"),
    ],
)
def test_operations_of_s3_need_s3s_own_actions(method: str, url: str, action: str, resource: str) -> None:
    assert s3(method, url) == [(action, resource)]


@pytest.mark.parametrize("url", ["/b/copy", "/b/copy?partNumber=1&uploadId=u"])
def test_a_copy_needs_to_read_its_source(url: str) -> None:
    assert s3("PUT", url, {"x-amz-copy-source": "/a/some%20key?versionId=7"}) == [
        ("s3:PutObject", "arn:aws:s3:::b/copy"),
        ("s3:GetObjectVersion", "arn:aws:s3:::a/some key"),
    ]


def test_deleting_several_objects_needs_the_right_for_each() -> None:
    body = (
        b"<Delete xmlns='x'><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>7</VersionId></Object></Delete>"
    )

    assert s3("POST", "/b?delete", body=body) == [
        ("s3:DeleteObject", "arn:aws:s3:::b/a"),
        ("s3:DeleteObjectVersion", "arn:aws:s3:::b/b"),
    ]


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("hello", FUNCTION),
        ("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello", FUNCTION),
        ("123456789012%3Afunction%3Ahello", FUNCTION),
        ("hello%3Alive", f"{FUNCTION}:live"),
    ],
)
def test_a_function_is_found_however_it_is_named(name: str, resource: str) -> None:
    call = asked("lambda", request("POST", f"/2015-03-31/functions/{name}/invocations"))

    assert pairs(call) == [("lambda:InvokeFunction", resource)]


def test_a_function_that_is_yet_to_be_created_is_named_in_the_body() -> None:
    call = asked("lambda", request("POST", "/2015-03-31/functions", body=b'{"FunctionName": "hello"}'))

    assert pairs(call) == [("lambda:CreateFunction", FUNCTION)]


LAYER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:words"
MAPPING = "0a1b2c3d-0a1b-4a1b-8a1b-0a1b2c3d4e5f"


@pytest.mark.parametrize(
    ("method", "url", "action", "resource"),
    [
        ("GET", "/2015-03-31/functions/hello?Qualifier=live", "GetFunction", f"{FUNCTION}:live"),
        ("GET", "/2015-03-31/functions/hello:1", "GetFunction", f"{FUNCTION}:1"),
        ("GET", f"/2015-03-31/functions/{ACCOUNT}:hello", "GetFunction", FUNCTION),
        ("GET", "/2015-03-31/functions/eu-west-1:111122223333:hello", "GetFunction",
         "arn:aws:lambda:eu-west-1:111122223333:function:hello"),
        ("GET", "/2015-03-31/functions/no%20name", "GetFunction", "*"),
        ("POST", "/2015-03-31/functions/hello/versions", "PublishVersion", FUNCTION),
        ("PUT", "/2015-03-31/functions/hello/aliases/live", "UpdateAlias", FUNCTION),
        ("GET", "/2015-03-31/functions/hello/policy?Qualifier=1", "GetPolicy", f"{FUNCTION}:1"),
        ("POST", "/2021-11-15/functions/hello/response-streaming-invocations", "InvokeFunction", FUNCTION),
        ("GET", "/2018-10-31/layers", "ListLayers", "*"),
        ("GET", "/2018-10-31/layers/words/versions", "ListLayerVersions", "*"),
        ("POST", "/2018-10-31/layers/words/versions", "PublishLayerVersion", LAYER),
        ("GET", "/2018-10-31/layers/words/versions/3", "GetLayerVersion", f"{LAYER}:3"),
        ("GET", f"/2018-10-31/layers?find=LayerVersion&Arn={LAYER}:3", "GetLayerVersion", f"{LAYER}:3"),
        ("POST", "/2018-10-31/layers/words/versions/3/policy", "AddLayerVersionPermission", f"{LAYER}:3"),
        ("GET", f"/2015-03-31/event-source-mappings/{MAPPING}", "GetEventSourceMapping",
         f"arn:aws:lambda:{REGION}:{ACCOUNT}:event-source-mapping:{MAPPING}"),
        ("POST", "/2015-03-31/event-source-mappings", "CreateEventSourceMapping", "*"),
        ("GET", f"/2017-03-31/tags/{FUNCTION}", "ListTags", FUNCTION),
        ("GET", "/2016-08-19/account-settings", "GetAccountSettings", "*"),
    ],
)  # fmt: skip
def test_todays_lambda_needs_the_action_on_what_is_named(method: str, url: str, action: str, resource: str) -> None:
    assert pairs(asked("lambda", request(method, url))) == [(f"lambda:{action}", resource)]


def test_an_event_names_nothing_that_is_judged() -> None:
    event = b'{"Qualifier": "1", "FunctionName": "other", "UUID": "x", "LayerName": "l", "Arn": "a"}'
    sent = request("POST", "/2015-03-31/functions/hello/invocations?Qualifier=live", body=event)

    assert pairs(asked("lambda", sent)) == [("lambda:InvokeFunction", f"{FUNCTION}:live")]


def test_a_mapping_says_for_which_function_it_is() -> None:
    body = b'{"FunctionName": "hello:live", "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:q"}'
    call = asked("lambda", request("POST", "/2015-03-31/event-source-mappings", body=body))

    [need] = needs(call)
    assert need.conditions["lambda:FunctionArn"] == f"{FUNCTION}:live"


def test_a_url_says_whom_it_asks() -> None:
    body = b'{"AuthType": "NONE"}'
    call = asked("lambda", request("POST", "/2021-10-31/functions/hello/url", body=body))

    [need] = needs(call)
    assert need.conditions["lambda:FunctionUrlAuthType"] == "NONE"


def test_the_operations_of_the_preview_need_the_actions_of_their_names() -> None:
    upload = asked("lambda", request("PUT", "/2014-11-13/functions/hello?Runtime=nodejs"), "2014-11-11")
    listing = asked("lambda", request("GET", "/2014-11-13/functions/"), "2014-11-11")

    assert pairs(upload) == [("lambda:UploadFunction", FUNCTION)]
    assert pairs(listing) == [("lambda:ListFunctions", "*")]


def test_a_member_that_the_operation_does_not_have_moves_nothing() -> None:
    """What moto would not look at must not be what the judge looks at."""
    sent = request("GET", "/2014-11-13/functions/hello?FunctionName=allowed&UUID=7")

    assert pairs(asked("lambda", sent, "2014-11-11")) == [("lambda:GetFunction", FUNCTION)]
    assert form("iam", Action="GetUser", UserName="victim", RoleName="mine") == [
        ("iam:GetUser", f"arn:aws:iam::{ACCOUNT}:user/victim")
    ]


def test_of_two_values_of_one_name_the_first_counts_as_it_does_for_the_store() -> None:
    sent = request("POST", "/", body=b"Action=GetRole&RoleName=first&RoleName=second")

    assert pairs(asked("iam", sent)) == [("iam:GetRole", f"arn:aws:iam::{ACCOUNT}:role/first")]


@pytest.mark.parametrize(
    ("fields", "action", "resource"),
    [
        ({"Action": "PutRolePolicy", "RoleName": "r", "PolicyName": "p"}, "iam:PutRolePolicy", "role/r"),
        ({"Action": "CreateRole", "RoleName": "r", "Path": "/team/"}, "iam:CreateRole", "role/team/r"),
        ({"Action": "AddUserToGroup", "UserName": "u", "GroupName": "g"}, "iam:AddUserToGroup", "group/g"),
        ({"Action": "GetUser"}, "iam:GetUser", "user/learner"),
        ({"Action": "ListRoles"}, "iam:ListRoles", "role/"),
        ({"Action": "CreatePolicy", "PolicyName": "p"}, "iam:CreatePolicy", "policy/p"),
    ],
)
def test_operations_of_iam_are_about_whom_they_name(fields: dict[str, str], action: str, resource: str) -> None:
    assert form("iam", **fields) == [(action, f"arn:aws:iam::{ACCOUNT}:{resource}")]


def test_a_log_stream_is_named_with_its_group() -> None:
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:"

    assert rpc("logs", "Logs_20140328.PutLogEvents", logGroupName="/g", logStreamName="s") == [
        ("logs:PutLogEvents", f"{group}/g:log-stream:s")
    ]
    assert rpc("logs", "Logs_20140328.CreateLogGroup", logGroupName="/g") == [
        ("logs:CreateLogGroup", f"{group}/g:log-stream:")
    ]
    assert rpc("logs", "Logs_20140328.DescribeLogGroups") == [("logs:DescribeLogGroups", f"{group}:log-stream:")]


def test_a_call_that_names_two_log_groups_needs_both() -> None:
    other = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/mine"

    found = rpc("logs", "Logs_20140328.FilterLogEvents", logGroupName="/theirs", logGroupIdentifier=other)

    assert [resource for _, resource in found] == [
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/theirs:log-stream:",
        f"{other}:log-stream:",
    ]


def test_tables_and_indexes_are_named_and_batches_need_each_table() -> None:
    table = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table"

    assert rpc("dynamodb", "DynamoDB_20120810.Query", TableName="rooms", IndexName="floor") == [
        ("dynamodb:Query", f"{table}/rooms/index/floor")
    ]
    assert rpc("dynamodb", "DynamoDB_20120810.BatchGetItem", RequestItems={"a": {}, "b": {}}) == [
        ("dynamodb:BatchGetItem", f"{table}/a"),
        ("dynamodb:BatchGetItem", f"{table}/b"),
    ]
    assert rpc(
        "dynamodb",
        "DynamoDB_20120810.TransactWriteItems",
        TransactItems=[{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}}],
    ) == [("dynamodb:PutItem", f"{table}/a"), ("dynamodb:ConditionCheckItem", f"{table}/b")]
    assert rpc("dynamodb", "DynamoDB_20120810.ListTables") == [("dynamodb:ListTables", "*")]


def test_records_of_a_stream_are_judged_by_the_stream_of_their_iterator() -> None:
    stream = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/rooms/stream/2014"

    assert rpc("dynamodbstreams", "DynamoDBStreams_20120810.GetRecords", ShardIterator=f"{stream}|1|abc") == [
        ("dynamodb:GetRecords", stream)
    ]


def test_what_is_not_understood_needs_a_right_to_everything() -> None:
    assert form("sts", Action="GetSessionToken") == [("sts:GetSessionToken", "*")]


def test_a_listing_tells_its_prefix_to_conditions() -> None:
    sent = request("GET", "/b?list-type=2&prefix=home/", {"User-Agent": "curl"})

    context = circumstances(asked("s3", sent))

    assert context["s3:prefix"] == "home/"
    assert context["aws:SourceIp"] == "127.0.0.1"
    assert context["aws:UserAgent"] == "curl"
    assert context["aws:SecureTransport"] is False
