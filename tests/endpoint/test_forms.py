"""An object that comes by an HTML form, as ``generate_presigned_post`` prepares it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.endpoint.conftest import allow, policy, user_with
from tests.endpoint.door import WireDoor

FILE = {"file": ("C:\\photos\\my cat.jpg", b"meow", "image/jpeg")}


def prepared(
    door: WireDoor, *, fields: dict[str, str] | None = None, credentials: Any = None
) -> tuple[str, dict[str, str]]:
    """Return the address and the fields of a form that somebody has signed; root if nobody is named."""
    s3 = door.client("s3", credentials) if credentials else door.client("s3")
    made = s3.generate_presigned_post(
        "photos", "in/${filename}", Fields=fields, Conditions=[{name: value} for name, value in (fields or {}).items()]
    )
    return made["url"], made["fields"]


@pytest.fixture
def door_with_bucket(door: WireDoor) -> WireDoor:
    door.client("s3").create_bucket(Bucket="photos")
    return door


def test_it_is_stored_and_told_of_as_a_post(door_with_bucket: WireDoor) -> None:
    door = door_with_bucket
    url, fields = prepared(door, fields={"Content-Type": "image/jpeg", "x-amz-meta-by": "m\u00e9"})

    answer = httpx.post(url, data=fields, files=FILE)

    assert (answer.status_code, answer.content) == (204, b"")
    got = door.client("s3").get_object(Bucket="photos", Key="in/my cat.jpg")
    assert (got["Body"].read(), got["ContentType"]) == (b"meow", "image/jpeg")
    assert answer.headers["ETag"] == got["ETag"]
    (change,) = door.object_changes
    assert (change.event_name, change.key, change.size) == ("ObjectCreated:Post", "in/my cat.jpg", 4)
    assert change.principal == door.authority.root.principal


def test_the_answer_is_what_the_form_asks_for(door_with_bucket: WireDoor) -> None:
    door = door_with_bucket
    url, fields = prepared(door, fields={"success_action_status": "201"})
    created = httpx.post(url, data=fields, files=FILE)
    url, fields = prepared(door, fields={"success_action_redirect": "http://127.0.0.1:1/thanks?a=b"})
    redirected = httpx.post(url, data=fields, files=FILE, follow_redirects=False)

    assert created.status_code == 201
    assert "<Bucket>photos</Bucket><Key>in/my cat.jpg</Key>" in created.text
    assert redirected.status_code == 303
    assert redirected.headers["Location"].startswith("http://127.0.0.1:1/thanks?a=b&bucket=photos&key=in%2Fmy+cat.jpg")


def test_whoever_signed_the_form_must_be_allowed_to_put(door_with_bucket: WireDoor) -> None:
    door = door_with_bucket
    url, fields = prepared(door, credentials=user_with(door, name="poor"))
    refused = httpx.post(url, data=fields, files=FILE)
    rights = allow("s3:PutObject", "arn:aws:s3:::photos/in/*")
    url, fields = prepared(door, credentials=user_with(door, rights, name="rich"))
    accepted = httpx.post(url, data=fields, files=FILE)

    assert (refused.status_code, accepted.status_code) == (403, 204)
    assert "is not authorized to perform: s3:PutObject" in refused.text
    assert len(door.object_changes) == 1


def test_a_form_that_nobody_signed_is_anonymous(door_with_bucket: WireDoor) -> None:
    door = door_with_bucket
    refused = httpx.post(f"{door.url}/photos", data={"key": "public"}, files=FILE)
    statement = allow("s3:PutObject", "arn:aws:s3:::photos/public", Principal="*")
    door.client("s3").put_bucket_policy(Bucket="photos", Policy=policy(statement))
    accepted = httpx.post(f"{door.url}/photos", data={"key": "public"}, files=FILE)

    assert (refused.status_code, accepted.status_code) == (403, 204)


def test_a_form_of_a_web_page_never_acts_as_root_for_an_unknown_key(lenient_door: WireDoor) -> None:
    lenient_door.client("s3").create_bucket(Bucket="photos")
    fields = {"key": "k", "AWSAccessKeyId": "AKIAUNKNOWN", "signature": "s", "policy": "e30="}

    answer = httpx.post(
        f"{lenient_door.url}/photos", data=fields, files=FILE, headers={"Origin": "http://evil.example"}
    )

    assert answer.status_code == 403
    assert lenient_door.object_changes == []


@pytest.mark.parametrize(
    ("data", "files", "code"),
    [
        ({}, FILE, "InvalidArgument"),
        ({"key": "k"}, {"other": b"x"}, "InvalidArgument"),
        ({"key": "k", "x-amz-meta-a": "1\r\nSet-Cookie: a=b"}, FILE, "InvalidArgument"),
        ({"key": "k", "more": "x" * 30_000}, FILE, "MaxPostPreDataLengthExceededError"),
        ({"key": "k", "tagging": "<Tagging/>"}, FILE, "NotImplemented"),
    ],
)
def test_a_form_that_cannot_be_carried_out_is_refused_with_the_reason(
    door_with_bucket: WireDoor, data: dict[str, str], files: Any, code: str
) -> None:
    answer = httpx.post(f"{door_with_bucket.url}/photos", data=data, files=files)

    assert f"<Code>{code}</Code>" in answer.text
    assert door_with_bucket.object_changes == []


@pytest.mark.parametrize(
    "body", [b"", b"--x", b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--", bytes(range(256))]
)
def test_what_is_no_form_is_refused(door_with_bucket: WireDoor, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    answer = httpx.post(f"{door_with_bucket.url}/photos", content=body, headers=headers)

    assert answer.status_code == 400
