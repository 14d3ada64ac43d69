"""Every operation of every service that the endpoint has, asked by nobody, by somebody without rights, and by forgers.

Nothing of it is answered, and nothing of it breaks anything: the door fails a test after which the journal has a fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from runtime.identity.principal import Credentials
from tests.endpoint.conftest import allow, policy, user_with
from tests.endpoint.door import REGION, ROOT, WireDoor, wire_door
from tests.unit.runtime.endpoint.samples import model, sample_input, written_by_botocore

SERVICES = ("dynamodb", "dynamodbstreams", "events", "iam", "kinesis", "lambda", "logs", "s3", "sns", "sqs", "sts")
FOR_EVERYBODY = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}
"""AWS asks no permission for these."""
SIGNING_NAMES = {"dynamodbstreams": "dynamodb"}


def calls(service: str) -> Iterator[tuple[str, str, str, dict[str, str], bytes]]:
    """Give the name, method, address, headers and body of each operation of a service, as botocore writes it."""
    found = model(service)
    for name in found.operation_names:
        operation = found.operation(name).model
        written = written_by_botocore(operation, sample_input(operation))
        address = written.raw_path + (f"?{written.query_string}" if written.query_string else "")
        headers = {key: value for key, value in written.headers if value.isascii() and "\n" not in value}
        yield name, written.method, address, headers, written.body


def signed(
    keys: Credentials, service: str, method: str, url: str, headers: dict[str, str], body: bytes
) -> dict[str, str]:
    request = AWSRequest(method, url, dict(headers), body)
    signer = S3SigV4Auth if service == "s3" else SigV4Auth
    credentials = BotocoreCredentials(keys.access_key_id, keys.secret_access_key)
    signer(credentials, SIGNING_NAMES.get(service, service), REGION).add_auth(request)
    return {name.lower(): str(value) for name, value in request.headers.items()}


@pytest.fixture(scope="module")
def empty_account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireDoor]:
    """Return an endpoint in whose account nothing is made but users without rights."""
    with wire_door(tmp_path_factory.mktemp("empty")) as opened:
        yield opened


@pytest.mark.parametrize("service", SERVICES)
def test_no_operation_answers_somebody_who_did_not_sign(empty_account: WireDoor, service: str) -> None:
    door = empty_account
    with httpx.Client(base_url=door.url) as client:
        answers = {
            name: client.request(method, address, headers=headers, content=body).status_code
            for name, method, address, headers, body in calls(service)
        }

    assert {name: status for name, status in answers.items() if not 400 <= status < 500 and status != 501} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_no_operation_answers_somebody_without_rights(empty_account: WireDoor, service: str) -> None:
    door, keys = empty_account, user_with(empty_account, name=f"user-of-{service}")
    with httpx.Client(base_url=door.url) as client:
        answers = {}
        for name, method, address, headers, body in calls(service):
            url = f"{door.url}{address}"
            answer = client.request(
                method, url, headers=signed(keys, service, method, url, headers, body), content=body
            )
            answers[name] = answer.status_code

    let_in = {name for name, status in answers.items() if status < 400 and (service, name) not in FOR_EVERYBODY}
    assert let_in == set()
    assert {name for name, status in answers.items() if status == 500} == set()


@pytest.fixture
def object_url(door: WireDoor) -> str:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="secret", Body=b"loot")
    return f"{door.url}/photos/secret"


def without(headers: dict[str, str], part: str) -> dict[str, str]:
    kept = [each for each in headers["authorization"].split(", ") if not each.startswith(part)]
    return {**headers, "authorization": ", ".join(kept)}


def test_a_signature_that_was_stripped_or_bent_opens_nothing(door: WireDoor, object_url: str) -> None:
    good = signed(ROOT, "s3", "GET", object_url, {}, b"")
    authorization = good["authorization"]
    forged: list[Any] = [
        {name: value for name, value in good.items() if name != "authorization"},
        {**good, "authorization": ""},
        {**good, "authorization": "AWS4-HMAC-SHA256"},
        {**good, "authorization": "AWS4-HMAC-SHA256 " + "Credential=/" * 200},
        without(good, "Signature="),
        without(good, "SignedHeaders="),
        {**good, "authorization": authorization.replace("Signature=", "Signature=0")},
        {**good, "authorization": authorization.partition("Signature=")[0] + "Signature="},
        {**good, "authorization": authorization.replace("SignedHeaders=host;", "SignedHeaders=")},
        {**good, "authorization": authorization.replace("/s3/", "/iam/")},
        {**good, "authorization": authorization.replace("/us-east-1/", "/eu-west-1/")},
        {**good, "authorization": authorization.replace(ROOT.access_key_id, "AKIASOMEBODYELSE")},
        {**good, "x-amz-security-token": "anything"},
        {**good, "x-amz-acl": "public-read"},
        {**good, "x-amz-date": "20141113T103015Z"},
        [*good.items(), ("authorization", "AWS4-HMAC-SHA256 Credential=x")],
        [*good.items(), ("x-amz-date", "20141113T103015Z")],
        [*good.items(), ("x-amz-content-sha256", "0" * 64)],
    ]

    answers = [httpx.get(object_url, headers=headers) for headers in forged]

    assert httpx.get(object_url, headers=good).text == "loot"
    assert [answer.status_code for answer in answers if answer.status_code not in (400, 403)] == []
    assert not any("loot" in answer.text for answer in answers)


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-Ip", "Forwarded", "aws:SourceIp", "X-Amz-Source-Ip", "True-Client-Ip"]
)
def test_nobody_chooses_where_he_calls_from(door: WireDoor, object_url: str, header: str) -> None:
    at_work = {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    keys = user_with(door, allow("s3:GetObject", "*", **at_work))
    sent = {} if ":" in header else {header: "203.0.113.7"}

    answer = httpx.get(object_url, headers=signed(keys, "s3", "GET", object_url, sent, b""))

    assert answer.status_code == 403


@pytest.mark.parametrize("header", ["X-Moto-Account-Id", "Action", "X-Amz-Target", "X-Http-Method-Override"])
def test_no_header_makes_another_call_of_one_that_is_allowed(door: WireDoor, object_url: str, header: str) -> None:
    keys = user_with(door, allow("s3:GetObject", "*"))
    value = {"X-Moto-Account-Id": "999999999999", "X-Http-Method-Override": "DELETE"}.get(header, "DeleteObject")

    answer = httpx.get(object_url, headers=signed(keys, "s3", "GET", object_url, {header: value}, b""))

    assert (answer.status_code, answer.text) == (200, "loot")
    assert door.client("s3").head_object(Bucket="photos", Key="secret")["ContentLength"] == 4


HOSTILE = {
    "deep": '{"Version": "2012-10-17", "Statement": ' + "[" * 60_000,
    "deep object": '{"Statement": {"Condition": ' + '{"a":' * 60_000,
    "a key twice": '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Effect": "Allow", "Action": "*", '
    '"Resource": "*"}]}',
    "not a number": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*", '
    '"Condition": {"NumericEquals": {"s3:max-keys": NaN}}}]}',
    "half a sign": '{"Version": "2012-10-17", "Statement": "\\ud800"}',
    "behind the end": policy(allow("s3:*", "*")) + "{}",
    "large": policy(allow("s3:GetObject", "arn:aws:s3:::" + "x" * 200_000)),
    "many statements": policy(*[allow("s3:GetObject", "*")] * 5_000),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_document_that_is_meant_to_hurt_is_refused(door: WireDoor, kind: str) -> None:
    iam, s3 = door.client("iam"), door.client("s3")
    iam.create_user(UserName="learner")
    s3.create_bucket(Bucket="photos")
    refusals = ("MalformedPolicyDocument", "LimitExceeded")

    with pytest.raises(iam.exceptions.ClientError) as by_iam:
        iam.put_user_policy(UserName="learner", PolicyName="p", PolicyDocument=HOSTILE[kind])
    with pytest.raises(s3.exceptions.ClientError) as by_s3:
        s3.put_bucket_policy(Bucket="photos", Policy=HOSTILE[kind])

    assert by_iam.value.response["Error"]["Code"] in refusals
    assert by_s3.value.response["Error"]["Code"] == "MalformedPolicy"
    assert iam.list_user_policies(UserName="learner")["PolicyNames"] == []
