"""Does boto3 believe what the store keeps: S3, IAM, CloudWatch Logs, DynamoDB?"""

from __future__ import annotations

import hashlib
import hmac
import io
import time
from base64 import b64encode
from collections.abc import Callable

import boto3
import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as BotocoreCredentials
from botocore.exceptions import ClientError

from runtime.endpoint.checksums import ALGORITHMS
from runtime.eventsources.event_shapes import ObjectChange
from runtime.identity.principal import Credentials
from tests.endpoint.conftest import allow, policy, user_with
from tests.endpoint.door import REGION, ROOT, WireDoor

SIGNATURES = {"s3v4": Config(signature_version="s3v4"), "2014": Config(signature_version="s3")}
HARD_KEY = "a folder/ä+b %=&?.txt"


@pytest.mark.parametrize("signature", SIGNATURES)
def test_an_object_is_read_back_as_it_was_put(door: WireDoor, signature: str) -> None:
    s3 = door.client("s3", config=SIGNATURES[signature])
    s3.create_bucket(Bucket="photos")

    s3.put_object(Bucket="photos", Key=HARD_KEY, Body=b"\x00\xff", Metadata={"taken_by": "me"}, ContentType="image/x")
    got = s3.get_object(Bucket="photos", Key=HARD_KEY)

    assert got["Body"].read() == b"\x00\xff"
    assert got["Metadata"] == {"taken_by": "me"}
    assert got["ContentType"] == "image/x"
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="photos", Prefix="a ")["Contents"]] == [HARD_KEY]
    assert s3.head_object(Bucket="photos", Key=HARD_KEY)["ContentLength"] == 2


def test_an_object_is_copied_deleted_and_gone(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="one", Body=b"1")

    s3.copy_object(Bucket="photos", Key="two", CopySource={"Bucket": "photos", "Key": "one"})
    s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "one"}]})

    assert s3.get_object(Bucket="photos", Key="two")["Body"].read() == b"1"
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="photos", Key="one")


def test_a_large_file_travels_in_parts(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    content = bytes(range(256)) * 36_864  # 9 MiB: two parts

    s3.upload_fileobj(io.BytesIO(content), "photos", "large")
    back = io.BytesIO()
    s3.download_fileobj("photos", "large", back)

    assert back.getvalue() == content
    assert [change.event_name for change in door.object_changes] == ["ObjectCreated:CompleteMultipartUpload"]
    assert door.object_changes[0].size == len(content)


def sent_in_chunks(door: WireDoor, form: str, body: Callable[[str, str], bytes]) -> httpx.Response:
    """Upload a body that is made from the signature of the headers and the moment of it."""
    headers = {
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": form,
        "x-amz-decoded-content-length": "5",
    }
    if form.endswith("TRAILER"):
        headers["x-amz-trailer"] = "x-amz-checksum-crc32"
    signed = AWSRequest("PUT", f"{door.url}/photos/k", headers, b"")
    signer = S3SigV4Auth(BotocoreCredentials(ROOT.access_key_id, ROOT.secret_access_key), "s3", REGION)
    signer.payload = lambda request: form  # type: ignore[method-assign]
    signer.add_auth(signed)
    seed, moment = str(signed.headers["Authorization"]).rpartition("=")[2], str(signed.headers["X-Amz-Date"])
    return httpx.put(f"{door.url}/photos/k", headers=dict(signed.headers.items()), content=body(seed, moment))


def signed_chunks(content: bytes, secret: str) -> Callable[[str, str], bytes]:
    """Return what makes a body of one chunk and the empty one behind it, signed as the S3 guide says."""

    def body(seed: str, moment: str) -> bytes:
        key = f"AWS4{secret}".encode()
        for part in (moment[:8], REGION, "s3", "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        lines, previous = b"", seed
        for chunk in (content, b""):
            digests = f"{hashlib.sha256(b'').hexdigest()}\n{hashlib.sha256(chunk).hexdigest()}"
            scope = f"{moment}\n{moment[:8]}/{REGION}/s3/aws4_request"
            text = f"AWS4-HMAC-SHA256-PAYLOAD\n{scope}\n{previous}\n{digests}"
            previous = hmac.digest(key, text.encode(), "sha256").hex()
            lines += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
        return lines

    return body


TRAILED = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", lambda *_: TRAILED),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signed_chunks(b"hello", ROOT.secret_access_key)),
    ],
)
def test_an_upload_in_chunks_is_stored_without_their_frames(
    door: WireDoor, form: str, body: Callable[[str, str], bytes]
) -> None:
    door.client("s3").create_bucket(Bucket="photos")

    answer = sent_in_chunks(door, form, body)

    assert answer.status_code == 200, answer.text
    assert door.client("s3").get_object(Bucket="photos", Key="k")["Body"].read() == b"hello"
    assert [(change.key, change.size) for change in door.object_changes] == [("k", 5)]


@pytest.mark.parametrize(
    ("form", "body", "status", "code"),
    [
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", signed_chunks(b"hello", "wrong"), 403, "SignatureDoesNotMatch"),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", lambda *_: TRAILED.replace(b"hello", b"jello"), 400, "BadDigest"),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", lambda *_: TRAILED[:5], 400, "IncompleteBody"),
    ],
)
def test_an_upload_whose_chunks_were_changed_is_refused(
    door: WireDoor, form: str, body: Callable[[str, str], bytes], status: int, code: str
) -> None:
    door.client("s3").create_bucket(Bucket="photos")

    answer = sent_in_chunks(door, form, body)

    assert (answer.status_code, f"<Code>{code}</Code>" in answer.text) == (status, True), answer.text
    assert door.object_changes == []
    assert "Contents" not in door.client("s3").list_objects_v2(Bucket="photos")


def test_a_presigned_address_works_without_credentials_until_somebody_changes_it(door: WireDoor) -> None:
    s3 = door.client("s3", config=Config(signature_version="s3v4"))
    s3.create_bucket(Bucket="photos")
    put = s3.generate_presigned_url("put_object", {"Bucket": "photos", "Key": "shared"})
    get = s3.generate_presigned_url("get_object", {"Bucket": "photos", "Key": "shared"})

    assert httpx.put(put, content=b"shared").status_code == 200
    assert httpx.get(get).content == b"shared"
    refusal = httpx.get(get.replace("shared", "secret"))

    assert refusal.status_code == 403
    assert "<Code>SignatureDoesNotMatch</Code>" in refusal.text


@pytest.mark.parametrize(
    ("write", "event_name"),
    [("put_object", "ObjectCreated:Put"), ("copy_object", "ObjectCreated:Copy")],
)
def test_the_push_source_is_told_of_an_object_that_can_be_read(door: WireDoor, write: str, event_name: str) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_object(Bucket="photos", Key="source", Body=b"hello")
    more = {"CopySource": "photos/source"} if write == "copy_object" else {"Body": b"hello"}
    answered = getattr(s3, write)(Bucket="photos", Key="a b", **more)["ResponseMetadata"]

    assert door.object_changes[-1] == ObjectChange(
        bucket="photos",
        key="a b",
        size=5,
        etag="5d41402abc4b2a76b9719d911017c592",
        event_name=event_name,
        version_id=None,
        principal=door.authority.root.principal,
        source_ip="127.0.0.1",
        request_id=answered["HTTPHeaders"]["x-amz-request-id"],
        host_id=answered["HTTPHeaders"]["x-amz-id-2"],
    )


def removals(door: WireDoor) -> list[tuple[str, str, bool]]:
    """Return what was told of objects that are gone: the event, the key, and whether a version was named."""
    changes = [change for change in door.object_changes if change.event_name.startswith("ObjectRemoved:")]
    assert all(change.size is None and change.etag is None for change in changes)
    return [(change.event_name, change.key, change.version_id is not None) for change in changes]


def test_the_push_source_is_told_of_an_object_that_is_gone_and_of_none_that_never_was(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    for key in ("one", "two", "three"):
        s3.put_object(Bucket="photos", Key=key, Body=b"hello")

    s3.delete_object(Bucket="photos", Key="one")
    s3.delete_object(Bucket="photos", Key="one")
    quiet = {"Objects": [{"Key": "two"}, {"Key": "never"}], "Quiet": True}
    s3.delete_objects(Bucket="photos", Delete=quiet)
    s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "three"}]})

    assert removals(door) == [("ObjectRemoved:Delete", key, False) for key in ("one", "two", "three")]


def test_in_a_versioned_bucket_hiding_an_object_and_removing_a_version_are_two_things(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    s3.put_bucket_versioning(Bucket="photos", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="photos", Key="k", Body=b"one")["VersionId"]
    second = s3.put_object(Bucket="photos", Key="k", Body=b"four")["VersionId"]

    markers = [s3.delete_object(Bucket="photos", Key="k")["VersionId"] for _ in range(2)]
    s3.delete_object(Bucket="photos", Key="k", VersionId=first)
    s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "k", "VersionId": second}], "Quiet": True})

    assert [(change.event_name, change.version_id, change.size) for change in door.object_changes] == [
        ("ObjectCreated:Put", first, 3),
        ("ObjectCreated:Put", second, 4),
        *(("ObjectRemoved:DeleteMarkerCreated", marker, None) for marker in markers),
        ("ObjectRemoved:Delete", first, None),
        ("ObjectRemoved:Delete", second, None),
    ]


def test_a_deletion_that_is_refused_is_not_told(door: WireDoor) -> None:
    door.client("s3").create_bucket(Bucket="photos")
    door.client("s3").put_object(Bucket="photos", Key="k", Body=b"one")
    learner = door.client("s3", user_with(door))

    with pytest.raises(ClientError):
        learner.delete_object(Bucket="photos", Key="k")

    assert removals(door) == []


def test_an_upload_that_failed_is_not_told(door: WireDoor) -> None:
    s3 = door.client("s3")

    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.put_object(Bucket="nowhere", Key="k", Body=b"")

    assert door.object_changes == []


def test_a_role_is_kept_as_it_was_created(door: WireDoor) -> None:
    iam = door.client("iam")
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})

    made = iam.create_role(RoleName="execution", AssumeRolePolicyDocument=trust)["Role"]
    iam.attach_role_policy(RoleName="execution", PolicyArn="arn:aws:iam::aws:policy/AWSLambdaExecute")

    assert made["Arn"] == "arn:aws:iam::123456789012:role/execution"
    assert iam.get_role(RoleName="execution")["Role"]["RoleId"] == made["RoleId"]
    attached = iam.list_attached_role_policies(RoleName="execution")["AttachedPolicies"]
    assert [one["PolicyName"] for one in attached] == ["AWSLambdaExecute"]


@pytest.mark.parametrize("document", ["", "{", '{"Version": "2012-10-17"}', '{"Statement": [{"Effect": "Maybe"}]}'])
def test_a_malformed_policy_document_is_refused(door: WireDoor, document: str) -> None:
    iam = door.client("iam")

    with pytest.raises(ClientError) as refusal:
        iam.create_role(RoleName="broken", AssumeRolePolicyDocument=document or "no json")

    assert refusal.value.response["Error"]["Code"] == "MalformedPolicyDocument"
    assert iam.list_roles()["Roles"] == []


def test_a_log_line_is_read_back(door: WireDoor) -> None:
    logs = door.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/hello")
    logs.create_log_stream(logGroupName="/aws/lambda/hello", logStreamName="one")
    now = int(time.time() * 1000)

    logs.put_log_events(
        logGroupName="/aws/lambda/hello", logStreamName="one", logEvents=[{"timestamp": now, "message": "START"}]
    )
    events = logs.get_log_events(logGroupName="/aws/lambda/hello", logStreamName="one")["events"]

    assert [event["message"] for event in events] == ["START"]


def test_a_table_keeps_an_item(door: WireDoor) -> None:
    dynamodb = door.client("dynamodb")
    dynamodb.create_table(
        TableName="rooms",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )

    dynamodb.put_item(TableName="rooms", Item={"id": {"S": "1"}, "floor": {"N": "2"}})

    assert dynamodb.get_item(TableName="rooms", Key={"id": {"S": "1"}})["Item"]["floor"] == {"N": "2"}


def test_the_store_never_judges_again_what_the_judge_has_allowed(door: WireDoor) -> None:
    """A condition on a Deny that is not met denies nothing, which moto would see otherwise (facts H6)."""
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::photos/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.1/32"}},
    }
    s3.put_bucket_policy(Bucket="photos", Policy=policy(deny))

    s3.put_object(Bucket="photos", Key="k", Body=b"hello")

    assert s3.get_object(Bucket="photos", Key="k")["Body"].read() == b"hello"


@pytest.mark.parametrize("path", ["/moto-api/reset?uploads", "/moto-api/data.json", "/latest/meta-data/x"])
def test_the_stores_own_control_routes_are_nowhere(door: WireDoor, path: str) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    writer = user_with(door, allow("s3:*", "*"))
    bucket, _, key = path.lstrip("/").partition("?")[0].partition("/")

    with pytest.raises(ClientError) as refusal:
        door.client("s3", writer).create_multipart_upload(Bucket=bucket, Key=key)

    assert refusal.value.response["Error"]["Code"] == "NoSuchBucket"
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["photos"]


def test_a_bucket_is_found_in_the_path_whatever_the_host_says(door: WireDoor) -> None:
    """The judge reads a bucket's name from the path, so the store must not read it from the host."""
    s3 = door.client("s3")
    s3.create_bucket(Bucket="secret")
    s3.put_object(Bucket="secret", Key="k", Body=b"secret")
    s3.put_bucket_policy(
        Bucket="secret", Policy=policy({**allow("s3:GetObject", "arn:aws:s3:::secret/*"), "Principal": "*"})
    )

    answer = httpx.get(f"{door.url}/k", headers={"Host": "secret.s3.amazonaws.com"})

    assert answer.status_code == 403


def test_the_account_cannot_be_chosen_by_a_header(door: WireDoor) -> None:
    door.client("s3").create_bucket(Bucket="photos")
    s3 = door.client("s3")
    s3.meta.events.register(
        "before-sign.*", lambda request, **_: request.headers.add_header("x-moto-account-id", "999999999999")
    )

    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == ["photos"]


def test_the_platforms_own_parts_call_through_the_same_door(door: WireDoor) -> None:
    door.client("s3").create_bucket(Bucket="photos")

    door.run(door.caller.call("s3", "PutObject", {"Bucket": "photos", "Key": "a b", "Body": b"\xff"}, ROOT))
    got = door.run(door.caller.call("s3", "GetObject", {"Bucket": "photos", "Key": "a b"}, ROOT))
    listed = door.run(door.caller.call("logs", "DescribeLogGroups", {}, ROOT))

    assert got["Body"] == b"\xff"
    assert listed["logGroups"] == []


def test_client_without_a_region_of_the_platform_is_served_in_its_own(door: WireDoor) -> None:
    logs = boto3.client(
        "logs",
        endpoint_url=door.url,
        region_name="eu-central-1",
        aws_access_key_id=ROOT.access_key_id,
        aws_secret_access_key=ROOT.secret_access_key,
    )
    logs.create_log_group(logGroupName="/g")

    assert logs.describe_log_groups()["logGroups"][0]["arn"].startswith("arn:aws:logs:eu-central-1:123456789012:")
    assert door.client("logs").describe_log_groups()["logGroups"] == []


def test_credentials_of_the_store_are_nobodys(door: WireDoor) -> None:
    made_up = Credentials("AKIAEXAMPLE", "secret")

    with pytest.raises(ClientError) as refusal:
        door.client("s3", made_up).list_buckets()

    assert refusal.value.response["Error"]["Code"] == "InvalidAccessKeyId"


def test_a_document_that_is_no_xml_is_the_callers_mistake(lenient_door: WireDoor) -> None:
    signed = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"

    answer = httpx.put(
        f"{lenient_door.url}/photos",
        content=b"{}",
        headers={"Authorization": signed, "X-Amz-Date": "20260101T000000Z"},
    )

    assert (answer.status_code, "<Code>MalformedXML</Code>" in answer.text) == (400, True)


@pytest.mark.parametrize("algorithm", ["Crc32", "Crc32C", "Crc64Nvme", "Sha1", "Sha256"])
def test_an_object_whose_checksum_is_wrong_is_not_stored(door: WireDoor, algorithm: str) -> None:
    s3, name = door.client("s3"), algorithm.lower()
    s3.create_bucket(Bucket="photos")
    member, right = f"Checksum{algorithm.upper()}", b64encode(ALGORITHMS[name](b"cat")).decode()

    with pytest.raises(ClientError) as wrong:
        s3.put_object(Bucket="photos", Key="dog", Body=b"dog", **{member: right})

    words = f"The {algorithm.upper()} you specified did not match the calculated checksum."
    assert wrong.value.response["Error"] == {"Code": "BadDigest", "Message": words}
    s3.put_object(Bucket="photos", Key="cat", Body=b"cat", **{member: right})
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="photos")["Contents"]] == ["cat"]


def test_what_nobody_signed_is_held_to_its_checksum_too(door: WireDoor) -> None:
    s3 = door.client("s3")
    s3.create_bucket(Bucket="photos")
    everybody = {**allow("s3:PutObject", "arn:aws:s3:::photos/*"), "Principal": "*"}
    s3.put_bucket_policy(Bucket="photos", Policy=policy(everybody))
    chunked = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "3",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }

    answer = httpx.put(
        f"{door.url}/photos/dog", headers=chunked, content=b"3\r\ndog\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n"
    )

    assert (answer.status_code, "<Code>BadDigest</Code>" in answer.text) == (400, True)


def test_the_checksum_of_an_object_in_parts_is_of_the_algorithm_that_was_asked_for(door: WireDoor) -> None:
    s3, there = door.client("s3"), {"Bucket": "photos", "Key": "cat"}
    s3.create_bucket(Bucket="photos")
    started = s3.create_multipart_upload(**there, ChecksumAlgorithm="CRC32C")["UploadId"]
    crc32c = b64encode(ALGORITHMS["crc32c"](b"cat")).decode()
    part = s3.upload_part(**there, UploadId=started, PartNumber=1, Body=b"cat", ChecksumCRC32C=crc32c)

    s3.complete_multipart_upload(
        **there,
        UploadId=started,
        MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32C": crc32c}]},
    )

    of_the_parts = b64encode(ALGORITHMS["crc32c"](ALGORITHMS["crc32c"](b"cat"))).decode()
    kept = s3.get_object(**there, ChecksumMode="ENABLED")
    assert (kept["ChecksumCRC32C"], kept["Body"].read()) == (f"{of_the_parts}-1", b"cat")
