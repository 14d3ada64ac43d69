"""Wrong clocks, sessions that are over, deleted keys: each service refuses them in its own code, status and words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.exceptions import ClientError

from runtime.identity.principal import Credentials
from tests.endpoint.conftest import allow, policy, user_with
from tests.endpoint.door import ACCOUNT, REGION, ROOT, WireDoor

ASKED: Mapping[str, tuple[str, str, Mapping[str, str], bytes]] = {
    "s3": ("GET", "/", {}, b""),
    "sts": ("POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=GetCallerIdentity"),
    "logs": ("POST", "/", {"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}, b"{}"),
    "lambda": ("GET", "/2015-03-31/functions/", {}, b""),
}
OPERATIONS = {
    "s3": "list_buckets",
    "sts": "get_caller_identity",
    "logs": "describe_log_groups",
    "lambda": "list_functions",
}


def asked_with_clock(door: WireDoor, service: str, wrong_by: timedelta) -> httpx.Response:
    """Ask something of a service as root, whose clock is wrong."""

    class WithWrongClock(S3SigV4Auth if service == "s3" else SigV4Auth):  # type: ignore[misc]
        def _modify_request_before_signing(self, request: Any) -> None:
            request.context["timestamp"] = (datetime.now(UTC) + wrong_by).strftime("%Y%m%dT%H%M%SZ")
            super()._modify_request_before_signing(request)

    method, path, headers, body = ASKED[service]
    request = AWSRequest(method, f"{door.url}{path}", dict(headers), body)
    WithWrongClock(BotocoreCredentials(ROOT.access_key_id, ROOT.secret_access_key), service, REGION).add_auth(request)
    return httpx.request(method, f"{door.url}{path}", headers=dict(request.headers.items()), content=body)


@pytest.mark.parametrize(
    ("service", "status", "code", "words"),
    [
        (
            "s3",
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        ("sts", 403, "SignatureDoesNotMatch", "Signature expired: "),
        ("logs", 400, "InvalidSignatureException", "Signature expired: "),
        ("lambda", 403, "InvalidSignatureException", "Signature expired: "),
    ],
)
def test_a_clock_that_is_wrong_by_an_hour_is_told_in_the_services_own_words(
    door: WireDoor, service: str, status: int, code: str, words: str
) -> None:
    answer = asked_with_clock(door, service, timedelta(hours=-1))

    assert answer.status_code == status
    assert words in answer.text
    assert code in answer.text or answer.headers.get("x-amzn-errortype") == code
    assert asked_with_clock(door, service, timedelta(minutes=-5)).status_code != status


@pytest.mark.parametrize(
    ("service", "status", "code", "message"),
    [
        ("s3", 400, "ExpiredToken", "The provided token has expired."),
        ("sts", 403, "ExpiredToken", "The security token included in the request is expired"),
        ("logs", 400, "ExpiredTokenException", "The security token included in the request is expired"),
        ("lambda", 403, "ExpiredTokenException", "The security token included in the request is expired"),
    ],
)
def test_a_session_that_is_over_is_told_in_the_services_own_words(
    door: WireDoor, service: str, status: int, code: str, message: str
) -> None:
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = door.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    lambda_ = door.authority.service("lambda.amazonaws.com")
    over = door.authority.assume_role(lambda_, role, "hello", duration_seconds=0).credentials

    with pytest.raises(ClientError) as refused:
        getattr(door.client(service, over), OPERATIONS[service])()

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["Error"]["Message"] == message


def test_a_key_that_was_deleted_is_nobodys(door: WireDoor) -> None:
    learner = user_with(door, allow("s3:*", "*"))
    door.client("s3", learner).list_buckets()

    door.client("iam").delete_access_key(UserName="learner", AccessKeyId=learner.access_key_id)

    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        door.client("s3", learner).list_buckets()


def test_a_session_of_a_role_that_was_deleted_is_over(door: WireDoor) -> None:
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    iam = door.client("iam")
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    lambda_ = door.authority.service("lambda.amazonaws.com")
    session = door.authority.assume_role(lambda_, role, "hello").credentials
    iam.delete_role(RoleName="worker")

    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        door.client("logs", session).describe_log_groups()


def test_a_session_key_with_the_token_of_another_session_is_nobodys(door: WireDoor) -> None:
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = door.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    lambda_ = door.authority.service("lambda.amazonaws.com")
    one, other = (door.authority.assume_role(lambda_, role, name).credentials for name in ("one", "other"))
    mixed = Credentials(one.access_key_id, one.secret_access_key, other.session_token)

    with pytest.raises(ClientError, match="InvalidClientTokenId"):
        door.client("sts", mixed).get_caller_identity()


@pytest.mark.parametrize(("passed_to", "is_passed"), [("s3.amazonaws.com", True), ("lambda.amazonaws.com", False)])
def test_a_role_may_be_passed_to_the_service_that_a_condition_names_and_to_no_other(
    door: WireDoor, passed_to: str, is_passed: bool
) -> None:
    """Facts H3: ``iam:PassedToService``."""
    root, role = door.client("s3"), f"arn:aws:iam::{ACCOUNT}:role/copier"
    for bucket in ("photos", "copies"):
        root.create_bucket(Bucket=bucket)
        root.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    condition = {"StringEquals": {"iam:PassedToService": passed_to}}
    learner = user_with(door, allow("s3:*", "*"), allow("iam:PassRole", role, Condition=condition))
    rule = {"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::copies"}}
    asked = {"Bucket": "photos", "ReplicationConfiguration": {"Role": role, "Rules": [rule]}}

    if is_passed:
        door.client("s3", learner).put_bucket_replication(**asked)
    else:
        with pytest.raises(ClientError, match="is not authorized to perform: iam:PassRole on resource"):
            door.client("s3", learner).put_bucket_replication(**asked)


def test_credentials_that_prove_nothing_are_told_why_in_the_journal_and_nothing_secret_is(door: WireDoor) -> None:
    learner = user_with(door)
    wrong = Credentials(learner.access_key_id, "wrong-secret")
    nobody, lost = Credentials("AKIANOBODY", "x"), Credentials("ASIALOST", "x", "lost-token")
    for credentials in (wrong, nobody, lost):
        with pytest.raises(ClientError):
            door.client("sts", credentials).get_caller_identity()
    httpx.post(door.url, headers={"X-Amz-Target": "Logs_20140328.DescribeLogGroups"}, content=b"{}")

    told = door.facts("credentials")

    assert [facts["access_key_id"] for facts in told] == [learner.access_key_id, "AKIANOBODY", "ASIALOST", ""]
    explained = [facts["explanation"] for facts in told]
    assert "was not signed with its secret access key" in explained[0]
    assert "Nobody in this account has the access key AKIANOBODY" in explained[1]
    assert "Assume the role again" in explained[2]
    assert "is not signed" in explained[3]
    assert not {"wrong-secret", "lost-token"} & {str(value) for facts in told for value in facts.values()}
