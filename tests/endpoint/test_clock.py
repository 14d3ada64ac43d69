"""A platform whose clock is advanced: what its clients see of it, and what the next platform remembers."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.conftest import REPOSITORY, RunningPlatform, StartPlatform


def clock(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    command = [sys.executable, "-m", "runtime", "clock", "--state", str(state), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, timeout=120, check=False)


def ahead(platform: RunningPlatform) -> float:
    return float(httpx.get(f"{platform.url}/_lab/clock").json()["ahead_seconds"])


@pytest.fixture(scope="module")
def advanced(start_platform: StartPlatform) -> RunningPlatform:
    """Return a platform of this module's own whose clock is two days ahead of its clients'."""
    platform = start_platform()
    sqs = platform.client("sqs")
    queue = sqs.create_queue(QueueName="waiting", Attributes={"VisibilityTimeout": "3600"})["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    assert len(sqs.receive_message(QueueUrl=queue)["Messages"]) == 1
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)
    said = clock(platform.state, "--advance", "48h")
    assert (said.returncode, said.stderr) == (0, "")
    assert "2 days, 0:00:00 ahead of this machine" in said.stdout
    return platform


def test_a_message_becomes_visible_again(advanced: RunningPlatform) -> None:
    sqs = advanced.client("sqs")
    queue = sqs.get_queue_url(QueueName="waiting")["QueueUrl"]

    assert [message["Body"] for message in sqs.receive_message(QueueUrl=queue)["Messages"]] == ["hello"]


def test_clients_whose_clocks_were_not_advanced_are_served(advanced: RunningPlatform) -> None:
    assert advanced.client("sts").get_caller_identity()["Account"] == "123456789012"

    s3 = advanced.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="cat", Body=b"cat")
    presigned = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "cat"}, ExpiresIn=60)
    answer = httpx.get(presigned)

    assert answer.content == b"cat"
    # By this header SDKs find out that their clock is wrong; then they would sign by the account's time.
    at = datetime.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert abs(at - datetime.now(UTC)) < timedelta(hours=1)


def test_what_is_stored_has_the_time_of_the_account(advanced: RunningPlatform) -> None:
    s3, table = advanced.client("s3"), {"AttributeName": "id"}
    s3.create_bucket(Bucket="dated")
    s3.put_object(Bucket="dated", Key="cat", Body=b"cat")
    dynamodb = advanced.client("dynamodb")
    created = dynamodb.create_table(
        TableName="dated",
        KeySchema=[table | {"KeyType": "HASH"}],
        AttributeDefinitions=[table | {"AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["CreationDateTime"]

    later = datetime.now(UTC) + timedelta(hours=47)
    assert s3.head_object(Bucket="dated", Key="cat")["LastModified"] > later
    assert created > later


def test_an_advance_is_journalled(advanced: RunningPlatform) -> None:
    entries = httpx.get(f"{advanced.url}/_lab/journal").json()["entries"]

    (facts,) = [entry["facts"] for entry in entries if entry["kind"] == "clock"]
    before, after = (datetime.fromisoformat(facts[name]) for name in ("before", "after"))
    assert (facts["advance"], facts["seconds"]) == ("48h", 172_800)
    assert after - before == timedelta(hours=48)


def test_only_root_advances_it_and_only_with_a_signature(advanced: RunningPlatform) -> None:
    before = ahead(advanced)

    answer = httpx.post(f"{advanced.url}/_lab/clock?advance=24h")

    assert answer.status_code == 403
    assert ahead(advanced) == before


@pytest.mark.parametrize("text", ["yesterday", "-24h", "24", "10000d"])
def test_what_is_no_duration_is_a_sentence_that_says_how_to_write_one(advanced: RunningPlatform, text: str) -> None:
    before = ahead(advanced)

    said = clock(advanced.state, f"--advance={text}")

    assert said.returncode == 1
    assert said.stderr.startswith("runtime: Say how far to advance the clock as a number and a unit")
    assert ahead(advanced) == before


def test_without_a_runtime_the_command_says_how_to_start_one(tmp_path: Path) -> None:
    said = clock(tmp_path)

    assert said.returncode == 1
    assert said.stderr.startswith("runtime: No runtime is running on")


def test_a_session_that_was_handed_out_is_over_when_its_time_is(start_platform: StartPlatform) -> None:
    """And the clock of a platform that was killed is as far ahead in the next."""
    platform = start_platform()
    iam, sts = platform.client("iam"), platform.client("sts")
    user = iam.create_user(UserName="worker")["User"]["Arn"]
    key = iam.create_access_key(UserName="worker")["AccessKey"]
    trust = (
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", '
        f'"Principal": {{"AWS": "{user}"}}}}]}}'
    )
    role = iam.create_role(RoleName="role", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    got = platform.client("sts", **own).assume_role(RoleArn=role, RoleSessionName="hello")["Credentials"]
    session = {
        "aws_access_key_id": got["AccessKeyId"],
        "aws_secret_access_key": got["SecretAccessKey"],
        "aws_session_token": got["SessionToken"],
    }
    assert platform.client("sts", **session).get_caller_identity()["Arn"].endswith("role/hello")

    assert clock(platform.state, "--advance", "61m").returncode == 0

    with pytest.raises(ClientError) as refused:
        platform.client("sts", **session).get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "ExpiredToken"
    assert sts.get_caller_identity()["Arn"].endswith(":root")
    subprocess.run(["kill", f"-{signal.SIGKILL.value}", str(platform.pid)], check=True)
    again = start_platform(state=platform.state)
    assert ahead(again) == 3660
