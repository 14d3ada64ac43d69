"""What is malformed is the caller's mistake, in the words of each service, and never a fault of the platform's own.

``door`` fails every test after which the journal has such a fault.
"""

from __future__ import annotations

import httpx
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

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
