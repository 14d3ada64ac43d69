"""The policy of a form: what its signer allows passes, and nothing else does."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config

from runtime.errors import ServiceError
from runtime.identity.request_signature.form_policy import claim_of_form, verify_form

SECRET = "secret"


def form(*conditions: Any, signature_version: str = "s3v4", **fields: str) -> dict[str, str]:
    """Return the fields of a form that boto3 has signed, with the bucket; some are filled in otherwise."""
    s3 = boto3.client(
        "s3",
        endpoint_url="http://127.0.0.1:1",
        region_name="us-east-1",
        aws_access_key_id="AKIA",
        aws_secret_access_key=SECRET,
        config=Config(signature_version=signature_version),
    )
    made = s3.generate_presigned_post("photos", "in/${filename}", Conditions=list(conditions), ExpiresIn=60)["fields"]
    return {name.lower(): value for name, value in made.items()} | {"bucket": "photos", "key": "in/cat.jpg"} | fields


def verified(fields: dict[str, str], *, size: int = 5, secret: str = SECRET, now: datetime | None = None) -> None:
    claim = claim_of_form(fields)
    assert claim is not None
    verify_form(claim, fields, size, secret, now or datetime.now(UTC))


def refused(fields: dict[str, str], **more: Any) -> tuple[str, str]:
    with pytest.raises(ServiceError) as caught:
        verified(fields, **more)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_form_as_boto3_signs_it_passes_until_it_expires(version: str) -> None:
    fields = form(signature_version=version)

    verified(fields)

    late = datetime.now(UTC) + timedelta(seconds=120)
    assert refused(fields, now=late) == ("AccessDenied", "Invalid according to Policy: Policy expired.")


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_a_form_that_somebody_else_signed_or_changed_does_not(version: str) -> None:
    fields = form(signature_version=version)
    wider = base64.b64encode(json.dumps({"expiration": "2099-01-01T00:00:00Z", "conditions": []}).encode()).decode()

    assert refused(fields, secret="other")[0] == "SignatureDoesNotMatch"
    assert refused(fields | {"policy": wider})[0] == "SignatureDoesNotMatch"
    assert refused({name: value for name, value in fields.items() if name != "policy"})[0] == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("conditions", "changes", "message"),
    [
        ([], {"key": "out/cat.jpg"}, 'Policy Condition failed: ["starts-with", "$key", "in/"]'),
        ([], {"bucket": "other"}, 'Policy Condition failed: ["eq", "$bucket", "photos"]'),
        ([], {"acl": "public-read"}, "Extra input fields: acl"),
        ([{"acl": "private"}], {"acl": "public-read"}, 'Policy Condition failed: ["eq", "$acl", "private"]'),
        ([{"acl": "private"}], {}, 'Policy Condition failed: ["eq", "$acl", "private"]'),
    ],
)
def test_a_form_that_is_filled_in_otherwise_than_its_policy_says_is_refused(
    conditions: list[Any], changes: dict[str, str], message: str
) -> None:
    assert refused(form(*conditions, **changes)) == ("AccessDenied", f"Invalid according to Policy: {message}")


def test_what_is_to_be_ignored_needs_no_condition() -> None:
    verified(form(**{"x-ignore-me": "1"}))


@pytest.mark.parametrize(("size", "code"), [(1, "EntityTooSmall"), (11, "EntityTooLarge")])
def test_a_file_has_the_size_that_the_policy_says(size: int, code: str) -> None:
    fields = form(["content-length-range", 2, 10])

    verified(fields, size=2)
    verified(fields, size=10)
    assert refused(fields, size=size)[0] == code


def signed(document: object) -> dict[str, str]:
    """Return a form with any policy, signed as in 2014."""
    import hmac

    text = document if isinstance(document, str) else base64.b64encode(json.dumps(document).encode()).decode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), text.encode(), "sha1")).decode()
    return {"bucket": "photos", "key": "k", "policy": text, "awsaccesskeyid": "AKIA", "signature": signature}


@pytest.mark.parametrize(
    "document",
    [
        "%%%",
        [],
        {},
        {"expiration": "soon", "conditions": []},
        {"expiration": "2099-01-01T00:00:00Z"},
        {"expiration": "2099-01-01T00:00:00Z", "conditions": [["less-than", "$key", "k"]]},
        {"expiration": "2099-01-01T00:00:00Z", "conditions": [["content-length-range", "few", 3]]},
        {"expiration": "2099-01-01T00:00:00Z", "conditions": [7]},
    ],
)
def test_a_policy_that_says_nothing_is_refused(document: object) -> None:
    code, message = refused(signed(document))

    assert code == "InvalidPolicyDocument"
    assert message.startswith("Invalid Policy: ")


@pytest.mark.parametrize("credential", ["", "AKIA", "AKIA/20260101/us-east-1/s3/other", "/" * 9])
def test_a_claim_that_cannot_be_read_is_refused(credential: str) -> None:
    with pytest.raises(ServiceError, match="malformed"):
        claim_of_form({"x-amz-credential": credential, "x-amz-algorithm": "AWS4-HMAC-SHA256"})


def test_a_form_without_a_signature_claims_nothing() -> None:
    assert claim_of_form({"key": "k"}) is None
