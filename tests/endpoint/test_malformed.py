"""What is malformed is the caller's mistake, in the words of each service, and never a fault of the platform's own.

``door`` fails every test after which the journal has such a fault.
"""

from __future__ import annotations

import json

import httpx
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.exceptions import ClientError

from tests.endpoint.conftest import allow, policy, user_with
from tests.endpoint.door import REGION, ROOT, WireDoor

DEEP_LIST, DEEP_OBJECT = b"[" * 100_000, b'{"a":' * 100_000
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def send(door: WireDoor, service: str, method: str, path: str, body: bytes, **headers: str) -> httpx.Response:
    """Send a call as root, signed as it should be, whatever it says."""
    request = AWSRequest(method, door.url + path, headers, body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    signer(BotocoreCredentials(ROOT.access_key_id, ROOT.secret_access_key), service, REGION).add_auth(request)
    return httpx.request(method, door.url + path, content=body, headers=dict(request.headers))


@pytest.mark.parametrize("service", ["dynamodb", "logs", "kinesis"])
@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b"{", b"\xff", DEEP_LIST, DEEP_OBJECT])
def test_a_body_that_is_no_json_object_is_refused(door: WireDoor, service: str, body: bytes) -> None:
    target = {
        "dynamodb": "DynamoDB_20120810.ListTables",
        "logs": "Logs_20140328.DescribeLogGroups",
        "kinesis": "Kinesis_20131202.ListStreams",
    }[service]

    answer = send(door, service, "POST", "/", body, **{"X-Amz-Target": target})

    assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("PutTargets", {"Rule": "r", "Targets": "x"}),
        ("PutTargets", {"Rule": "r", "Targets": [1]}),
        ("PutTargets", {"Rule": "r", "Targets": [{"Id": 1, "Arn": 5}]}),
        ("PutTargets", {"Rule": "r", "Targets": [{"Id": "a", "Arn": "arn", "InputTransformer": "x"}]}),
        ("PutRule", {"Name": "r", "EventPattern": 5}),
        ("PutRule", {"Name": "r", "EventPattern": DEEP_OBJECT.decode()}),
        ("PutRule", {"Name": "r", "ScheduleExpression": 5}),
        ("PutRule", {"Name": "r", "ScheduleExpression": "rate(999999999 days)"}),
        ("PutEvents", {}),
        ("PutEvents", {"Entries": "x"}),
        ("PutEvents", {"Entries": [1]}),
        ("PutEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": 5}]}),
        ("PutEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": DEEP_OBJECT.decode()}]}),
        ("PutEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}", "Resources": 5}]}),
        ("PutEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}", "Time": "yesterday"}]}),
        ("PutEvents", {"Entries": [{"Source": "s", "DetailType": "d", "Detail": "{}", "Time": 1e18}]}),
    ],
)
def test_what_eventbridge_cannot_read_is_refused(door: WireDoor, operation: str, body: object) -> None:
    target = f"AWSEvents.{operation}"

    answer = send(door, "events", "POST", "/", json.dumps(body).encode(), **{"X-Amz-Target": target})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"Action=ListUsers&MaxItems=many", "SerializationException"),
        (b"Action=CreateRole&RoleName=r&AssumeRolePolicyDocument=" + b"%5B" * 50_000, "MalformedPolicyDocument"),
    ],
)
def test_a_form_that_iam_cannot_read_is_refused(door: WireDoor, body: bytes, code: str) -> None:
    answer = send(door, "iam", "POST", "/", body, **FORM)

    assert answer.status_code == 400
    assert f"<Code>{code}</Code>" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "code"),
    [
        ("GET", "?list-type=2&max-keys=many", b"", {}, "InvalidArgument"),
        ("GET", "?max-keys=-1", b"", {}, "InvalidArgument"),
        ("PUT", "?policy", DEEP_LIST, {}, "MalformedPolicy"),
        ("PUT", "?tagging", b"<Tagging/>", {}, "MalformedXML"),
        ("POST", "?delete", b"<Delete><Object/></Delete>", {}, "MalformedXML"),
        ("POST", "?delete", b"<Delete/>", {}, "MalformedXML"),
        ("PUT", "?lifecycle", b"<a>" * 50_000 + b"</a>" * 50_000, {}, "MalformedXML"),
        ("PUT", "/key?uploadId=nobody&partNumber=1", b"x", {}, "NoSuchUpload"),
        ("POST", "/key?uploadId=nobody", b"<CompleteMultipartUpload/>", {}, "NoSuchUpload"),
        ("PUT", "/key", b"", {"x-amz-copy-source": "nothing"}, "InvalidArgument"),
    ],
)
def test_what_s3_cannot_take_is_refused_in_its_words(
    door: WireDoor, method: str, path: str, body: bytes, headers: dict[str, str], code: str
) -> None:
    door.client("s3").create_bucket(Bucket="photos")

    answer = send(door, "s3", method, f"/photos{path}", body, **headers)

    assert 400 <= answer.status_code < 500
    assert f"<Code>{code}</Code>" in answer.text


def test_an_upload_in_parts_still_ends_well(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    upload = {"Bucket": "photos", "Key": "a b/ä"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = s3.upload_part(**upload, PartNumber=1, Body=b"x" * 100)

    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})

    assert s3.head_object(Bucket="photos", Key="a b/ä")["ContentLength"] == 100


MALFORMED = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3", "Resource": "*"}})
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_policy", {"PolicyName": "p", "PolicyDocument": MALFORMED}),
        ("create_policy_version", {"PolicyArn": "{arn}", "PolicyDocument": MALFORMED}),
        ("put_user_policy", {"UserName": "u", "PolicyName": "p", "PolicyDocument": MALFORMED}),
        ("put_group_policy", {"GroupName": "g", "PolicyName": "p", "PolicyDocument": MALFORMED}),
        ("put_role_policy", {"RoleName": "r", "PolicyName": "p", "PolicyDocument": MALFORMED}),
    ],
)
def test_every_operation_of_iam_refuses_a_policy_that_is_none(
    door: WireDoor, operation: str, parameters: dict[str, str]
) -> None:
    iam = door.client("iam")
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    arn = iam.create_policy(PolicyName="kept", PolicyDocument=policy(allow("s3:*", "*")))["Policy"]["Arn"]

    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException) as refused:
        getattr(iam, operation)(**{name: arn if value == "{arn}" else value for name, value in parameters.items()})

    assert refused.value.response["Error"]["Message"] == NO_VENDOR
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("operation", ["create_role", "update_assume_role_policy"])
def test_a_trust_policy_that_is_none_is_refused(door: WireDoor, operation: str) -> None:
    iam, document = door.client("iam"), TRUST.replace("sts:AssumeRole", "s3:GetObject")
    iam.create_role(RoleName="kept", AssumeRolePolicyDocument=TRUST)
    parameters = {
        "create_role": {"RoleName": "r", "AssumeRolePolicyDocument": document},
        "update_assume_role_policy": {"RoleName": "kept", "PolicyDocument": document},
    }

    with pytest.raises(iam.exceptions.MalformedPolicyDocumentException) as refused:
        getattr(iam, operation)(**parameters[operation])

    words = "AssumeRole policy may only specify STS AssumeRole actions."
    assert refused.value.response["Error"]["Message"] == words


def test_a_policy_of_another_bucket_is_refused(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    document = policy({**allow("s3:GetObject", "arn:aws:s3:::other/*"), "Principal": "*"})

    with pytest.raises(ClientError) as refused:
        s3.put_bucket_policy(Bucket="photos", Policy=document)

    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("MalformedPolicy", "Policy has invalid resource")


def test_a_queue_refuses_a_policy_that_is_none_and_is_judged_by_the_one_that_it_has(door: WireDoor) -> None:
    sqs, user = door.client("sqs"), user_with(door)
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:123456789012:jobs"
    learner = door.authority.identify(user.access_key_id, None, inside_sandbox=False)
    assert learner is not None
    statement = {**allow("sqs:SendMessage", arn), "Principal": {"AWS": learner.principal.arn}}

    with pytest.raises(ClientError) as refused:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy({**statement, "Effect": "Permit"})})
    before = door.authority.judge(learner.principal, "sqs:SendMessage", arn)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(statement)})

    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == ("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    assert not before.is_allowed
    assert door.authority.judge(learner.principal, "sqs:SendMessage", arn).policy == "policy of queue jobs"


def test_what_aws_takes_is_taken_though_the_store_would_not(door: WireDoor) -> None:
    iam = door.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    counted = {**allow("s3:ListBucket", "*"), "Condition": {"NumericLessThanEquals": {"s3:max-keys": 10}}}

    iam.update_assume_role_policy(RoleName="r", PolicyDocument=TRUST.replace("2012-10-17", "2008-10-17"))
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy(counted))

    assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]["Version"] == "2008-10-17"
    assert iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"]["Statement"] == [counted]
