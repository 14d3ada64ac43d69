"""What the store keeps is there in the next process: after a stop, and after a kill in the middle of everything."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from runtime.endpoint.durability.redo_log import RedoLog
from runtime.errors import PlatformError
from tests.conftest import RunningPlatform, StartPlatform
from tests.endpoint.conftest import allow, policy
from tests.endpoint.door import ACCOUNT, ROOT, WireDoor, wire_door

TRUST = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})


@pytest.fixture(params=["stopped", "killed"])
def ending(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def first(start_platform: StartPlatform, tmp_path: Path) -> Iterator[RunningPlatform]:
    yield start_platform(state=tmp_path)


def restarted(start_platform: StartPlatform, platform: RunningPlatform, ending: str) -> RunningPlatform:
    """End a platform and start the next one on its state."""
    os.kill(platform.pid, signal.SIGKILL if ending == "killed" else signal.SIGTERM)
    while Path(f"/proc/{platform.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        time.sleep(0.01)
    return start_platform(state=platform.state)


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in answer.items() if member != "ResponseMetadata"}


def test_a_users_boundary_is_there_after_a_restart(
    start_platform: StartPlatform, first: RunningPlatform, ending: str
) -> None:
    iam = first.client("iam")
    edge = iam.create_policy(PolicyName="edge", PolicyDocument=policy(allow("s3:*", "*")))["Policy"]["Arn"]
    iam.create_user(UserName="early", PermissionsBoundary=edge)
    iam.create_user(UserName="late")
    iam.put_user_permissions_boundary(UserName="late", PermissionsBoundary=edge)

    iam = restarted(start_platform, first, ending).client("iam")

    users = [iam.get_user(UserName=name)["User"] for name in ("early", "late")]
    assert [user["PermissionsBoundary"]["PermissionsBoundaryArn"] for user in users] == [edge, edge]


def test_iam_is_the_same_after_a_restart(start_platform: StartPlatform, first: RunningPlatform, ending: str) -> None:
    iam = first.client("iam")
    iam.create_role(RoleName="execution", AssumeRolePolicyDocument=TRUST, Path="/service-role/")
    iam.put_role_policy(RoleName="execution", PolicyName="logs", PolicyDocument=policy(allow("logs:*", "*")))
    iam.attach_role_policy(RoleName="execution", PolicyArn="arn:aws:iam::aws:policy/AWSLambdaExecute")
    own = iam.create_policy(PolicyName="own", PolicyDocument=policy(allow("s3:*", "*")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="execution", PolicyArn=own)
    iam.create_group(GroupName="class")
    iam.put_group_policy(
        GroupName="class", PolicyName="reads", PolicyDocument=policy(allow("s3:ListAllMyBuckets", "*"))
    )
    iam.create_user(UserName="learner")
    iam.add_user_to_group(GroupName="class", UserName="learner")
    key = iam.create_access_key(UserName="learner")["AccessKey"]

    def seen(platform: RunningPlatform) -> Any:
        iam = platform.client("iam")
        answers = [
            iam.get_role(RoleName="execution"),
            iam.get_role_policy(RoleName="execution", PolicyName="logs"),
            iam.list_attached_role_policies(RoleName="execution"),
            iam.get_policy(PolicyArn=own),
            iam.get_group(GroupName="class"),
            iam.list_access_keys(UserName="learner"),
        ]
        return [without_metadata(answer) for answer in answers]

    before = seen(first)
    second = restarted(start_platform, first, ending)

    assert seen(second) == before
    as_learner = boto3.client(
        "s3",
        endpoint_url=second.url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    assert as_learner.list_buckets()["Buckets"] == []


def test_objects_are_the_same_after_a_restart(
    start_platform: StartPlatform, first: RunningPlatform, ending: str
) -> None:
    s3 = first.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_policy(
        Bucket="photos", Policy=policy({**allow("s3:GetObject", "arn:aws:s3:::photos/*"), "Principal": "*"})
    )
    for number in range(3):
        s3.put_object(Bucket="photos", Key="cat", Body=bytes([number]) * 10_000, Metadata={"n": str(number)})
    s3.put_object(Bucket="photos", Key="gone", Body=b"x")
    s3.delete_object(Bucket="photos", Key="gone")
    upload = s3.create_multipart_upload(Bucket="photos", Key="film")["UploadId"]
    s3.upload_part(Bucket="photos", Key="film", UploadId=upload, PartNumber=1, Body=b"a" * 5_300_000)

    def seen(platform: RunningPlatform) -> Any:
        s3 = platform.client("s3")
        versions = without_metadata(s3.list_object_versions(Bucket="photos"))
        bodies = [
            s3.get_object(Bucket="photos", Key="cat", VersionId=version["VersionId"])
            for version in versions["Versions"]
            if version["Key"] == "cat"
        ]
        contents = [(one["Body"].read(), one["Metadata"], one["ETag"], one["LastModified"]) for one in bodies]
        return versions, contents, s3.get_bucket_policy(Bucket="photos")["Policy"]

    before = seen(first)
    second = restarted(start_platform, first, ending)

    assert seen(second) == before
    s3 = second.client("s3")
    part = s3.upload_part(Bucket="photos", Key="film", UploadId=upload, PartNumber=2, Body=b"b")
    parts = s3.list_parts(Bucket="photos", Key="film", UploadId=upload)["Parts"]
    assert parts[1]["ETag"] == part["ETag"]
    s3.complete_multipart_upload(
        Bucket="photos",
        Key="film",
        UploadId=upload,
        MultipartUpload={"Parts": [{"PartNumber": one["PartNumber"], "ETag": one["ETag"]} for one in parts]},
    )
    assert s3.head_object(Bucket="photos", Key="film")["ContentLength"] == 5_300_001


def test_tables_and_logs_are_the_same_after_a_restart(
    start_platform: StartPlatform, first: RunningPlatform, ending: str
) -> None:
    dynamodb, logs = first.client("dynamodb"), first.client("logs")
    dynamodb.create_table(
        TableName="rooms",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    for number in range(5):
        dynamodb.put_item(TableName="rooms", Item={"id": {"S": str(number)}, "floor": {"N": "2"}})
    dynamodb.delete_item(TableName="rooms", Key={"id": {"S": "4"}})
    logs.create_log_group(logGroupName="/g")
    logs.create_log_stream(logGroupName="/g", logStreamName="s")
    logs.put_log_events(
        logGroupName="/g", logStreamName="s", logEvents=[{"timestamp": 1_700_000_000_000, "message": "START"}]
    )

    def seen(platform: RunningPlatform) -> Any:
        dynamodb, logs = platform.client("dynamodb"), platform.client("logs")
        items = sorted(dynamodb.scan(TableName="rooms")["Items"], key=json.dumps)
        table = dynamodb.describe_table(TableName="rooms")["Table"]
        events = logs.get_log_events(logGroupName="/g", logStreamName="s")["events"]
        return items, table["LatestStreamArn"], table["CreationDateTime"], events

    before = seen(first)
    second = restarted(start_platform, first, ending)

    assert seen(second) == before


def test_an_emptied_account_is_empty_after_a_restart(door: WireDoor, tmp_path: Path) -> None:
    door.client("iam").create_user(UserName="learner")
    door.run(reset_of(door))

    with wire_door(tmp_path) as again:
        assert again.client("iam").list_users()["Users"] == []


async def reset_of(door: WireDoor) -> None:
    door.store.reset()


def test_more_writes_than_are_repeated_are_kept_in_a_checkpoint(tmp_path: Path) -> None:
    """And attached policies of AWS's, which come with moto, are the same policies afterwards."""
    with wire_door(tmp_path) as door:
        iam = door.client("iam")
        iam.create_role(RoleName="execution", AssumeRolePolicyDocument=TRUST)
        iam.attach_role_policy(RoleName="execution", PolicyArn="arn:aws:iam::aws:policy/AWSLambdaExecute")
        for number in range(300):
            iam.create_user(UserName=f"p{number}")
        assert door.redo_log.length < 300
        assert door.redo_log.checkpoint() is not None

    with wire_door(tmp_path) as again:
        iam = again.client("iam")
        names = [user["UserName"] for page in iam.get_paginator("list_users").paginate() for user in page["Users"]]
        assert sorted(names) == sorted(f"p{number}" for number in range(300))
        attached = iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/AWSLambdaExecute")["Policy"]
        assert attached["AttachmentCount"] == 1
        iam.detach_role_policy(RoleName="execution", PolicyArn=attached["Arn"])
        assert iam.get_policy(PolicyArn=attached["Arn"])["Policy"]["AttachmentCount"] == 0


def test_what_no_checkpoint_can_hold_is_repeated_from_the_first_write_on(tmp_path: Path) -> None:
    """The state of SSM in moto has a function in it."""
    with wire_door(tmp_path) as door:
        ssm = door.client("ssm")
        for number in range(300):
            ssm.put_parameter(Name="count", Value=str(number), Type="String", Overwrite=True)
        assert (door.redo_log.checkpoint(), door.redo_log.length) == (None, 300)

    with wire_door(tmp_path) as again:
        parameter = again.client("ssm").get_parameter(Name="count")["Parameter"]
        assert (parameter["Value"], parameter["Version"]) == ("299", 300)


def test_a_file_of_another_version_of_moto_is_refused_and_left_alone(tmp_path: Path) -> None:
    with wire_door(tmp_path) as door:
        door.client("iam").create_user(UserName="learner")
    connection = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    connection.execute("UPDATE checkpoint SET written_by = 'moto 0.1'")
    connection.close()

    with pytest.raises(PlatformError, match=r"was written by moto 0\.1, .* Use the version that wrote it, or move"):
        RedoLog(tmp_path / "store.sqlite3")


def test_a_file_that_is_none_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    path.write_bytes(b"no database" * 1000)

    with pytest.raises(PlatformError, match=r"store\.sqlite3 cannot be opened .* move it away"):
        RedoLog(path)


def test_a_call_that_was_refused_is_not_repeated(tmp_path: Path) -> None:
    with wire_door(tmp_path) as door:
        s3 = door.client("s3")
        s3.create_bucket(Bucket="photos")
        before = door.redo_log.length

        with pytest.raises(s3.exceptions.NoSuchBucket):
            s3.put_object(Bucket="nowhere", Key="k", Body=b"")
        s3.list_buckets()

        assert door.redo_log.length == before


def test_the_file_can_be_read_by_its_owner_only(door: WireDoor, tmp_path: Path) -> None:
    door.client("iam").create_user(UserName="learner")

    for file in tmp_path.glob("store.sqlite3*"):
        assert file.stat().st_mode & 0o077 == 0, file


def test_identifiers_and_keys_are_not_drawn_twice(door: WireDoor) -> None:
    iam = door.client("iam")
    for name in ("a", "b"):
        iam.create_user(UserName=name)

    keys = [iam.create_access_key(UserName=name)["AccessKey"] for name in ("a", "b", "a")]

    assert len({key["AccessKeyId"] for key in keys}) == len({key["SecretAccessKey"] for key in keys}) == 3
    assert len({user["UserId"] for user in iam.list_users()["Users"]}) == 2
    assert ACCOUNT in iam.get_user(UserName="a")["User"]["Arn"]
    assert ROOT.access_key_id not in {key["AccessKeyId"] for key in keys}
