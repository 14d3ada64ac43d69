"""Requests signed by botocore's own signers, and by the SDK of 2014, are believed; the slightest change is not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import HmacV1Auth, HmacV1QueryAuth, S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import ServiceError
from runtime.identity.request_signature import (
    Claim,
    ReceivedRequest,
    missing_authentication_token,
    parse_authorization,
    verify,
)

SECRET = "secret/key+1"
PLAIN = Credentials("AKIAEXAMPLE", SECRET)
SESSION = Credentials("ASIAEXAMPLE", SECRET, "to/ken+==")
BY_SDK = json.loads((Path(__file__).parent / "signed_by_aws_sdk_js_2_0_27.json").read_text())
SDK_SIGNED_AT = datetime.strptime(BY_SDK[0]["headers"]["X-Amz-Date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)

Signer = Callable[[Credentials], Any]
SIGNERS: dict[str, Signer] = {
    "version 4": lambda who: SigV4Auth(who, "lambda", "us-east-1"),
    "version 4 for S3": lambda who: S3SigV4Auth(who, "s3", "us-east-1"),
    "version 4 presigned": lambda who: SigV4QueryAuth(who, "sts", "us-east-1", expires=60),
    "version 4 presigned for S3": lambda who: S3SigV4QueryAuth(who, "s3", "us-east-1", expires=60),
    "version 2": HmacV1Auth,
    "version 2 presigned": lambda who: HmacV1QueryAuth(who, expires=60),
}


def signed(
    make: Signer,
    *,
    path: str = "/photos/cat.jpg",
    query: str = "",
    body: bytes = b"",
    who: Credentials = PLAIN,
    headers: dict[str, str] | None = None,
    method: str = "PUT",
) -> tuple[Claim, ReceivedRequest]:
    """Sign a request with botocore and return it as the endpoint would receive it."""
    url = f"http://localhost:4566{path}" + (f"?{query}" if query else "")
    request = AWSRequest(method=method, url=url, data=body, headers={"Host": "localhost:4566", **(headers or {})})
    make(who).add_auth(request)
    parts = urlsplit(str(request.url))
    received = ReceivedRequest(
        method, parts.path, parts.query, list(request.headers.items()), body, hashlib.sha256(body).hexdigest()
    )
    claim = parse_authorization(received.headers, received.query)
    assert claim is not None
    return claim, received


def refusal_of(claim: Claim, request: ReceivedRequest, *, secret: str = SECRET, after: timedelta | None = None) -> Any:
    with pytest.raises(ServiceError) as refusal:
        verify(claim, request, secret, datetime.now(UTC) + (after or timedelta()))
    return refusal.value


keys = st.text(max_size=12).map(lambda text: "/photos/" + quote(text, safe="/~"))
pairs = st.lists(st.tuples(st.text(min_size=1, max_size=6), st.text(max_size=6)), max_size=4).map(
    lambda found: "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in found)
)


@pytest.mark.parametrize("name", ["version 4", "version 4 for S3"])
@given(path=keys, query=pairs, body=st.binary(max_size=20), who=st.sampled_from([PLAIN, SESSION]))
def test_whatever_botocore_signs_in_headers_is_believed(
    name: str, path: str, query: str, body: bytes, who: Credentials
) -> None:
    headers = {"X-Amz-Meta-Note": "  two   words ", "Content-Type": "image/jpeg", "User-Agent": "x"}

    claim, request = signed(SIGNERS[name], path=path, query=query, body=body, who=who, headers=headers)

    verify(claim, request, SECRET, datetime.now(UTC))
    assert (claim.access_key_id, claim.session_token) == (who.access_key, who.token)
    assert (claim.region, claim.is_presigned) == ("us-east-1", False)


single_pairs = st.dictionaries(st.text("abc é/+&=", min_size=1, max_size=4), st.text("abc é/+&=", max_size=6)).map(
    lambda found: "&".join(f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in found.items())
)


@pytest.mark.parametrize("name", ["version 4 presigned", "version 4 presigned for S3"])
@given(path=keys, query=single_pairs, who=st.sampled_from([PLAIN, SESSION]))
def test_whatever_botocore_presigns_is_believed(name: str, path: str, query: str, who: Credentials) -> None:
    claim, request = signed(SIGNERS[name], path=path, query=query, who=who, method="GET")

    verify(claim, request, SECRET, datetime.now(UTC))
    assert (claim.access_key_id, claim.session_token) == (who.access_key, who.token)
    assert (claim.expires_seconds, claim.is_presigned) == (60, True)


sub_resources = st.sampled_from(["", "acl", "notification", "uploadId=a/b%20c&partNumber=3", "x=y&versionId=%2B", "z"])


@pytest.mark.parametrize("name", ["version 2", "version 2 presigned"])
@given(path=keys, query=sub_resources, who=st.sampled_from([PLAIN, SESSION]))
def test_whatever_botocore_signs_in_version_2_is_believed(name: str, path: str, query: str, who: Credentials) -> None:
    headers = {"x-amz-acl": "private", "Content-Type": "image/jpeg", "Content-MD5": "XUFAKrxLKna5cZ2REBfFkg=="}

    claim, request = signed(SIGNERS[name], path=path, query=query, who=who, headers=headers)

    verify(claim, request, SECRET, datetime.now(UTC))
    assert (claim.access_key_id, claim.session_token, claim.service) == (who.access_key, who.token, "s3")


@pytest.mark.parametrize("recorded", BY_SDK, ids=lambda recorded: recorded["name"])
def test_what_the_sdk_of_2014_signs_is_believed(recorded: dict[str, Any]) -> None:
    path, _, query = recorded["path"].partition("?")
    sent = recorded["body"].encode()
    headers, digest = list(recorded["headers"].items()), hashlib.sha256(sent).hexdigest()
    request = ReceivedRequest(recorded["method"], path, query, headers, sent, digest)
    claim = parse_authorization(request.headers, request.query)
    assert claim is not None

    verify(claim, request, SECRET, SDK_SIGNED_AT)
    assert refusal_of(claim, request, secret="wrong", after=SDK_SIGNED_AT - datetime.now(UTC)).status == 403


@pytest.mark.parametrize("name", SIGNERS)
def test_the_slightest_change_is_noticed(name: str) -> None:
    claim, request = signed(SIGNERS[name], query="acl")

    changed = [
        replace(request, method="DELETE"),
        replace(request, path="/photos/dog.jpg"),
        replace(request, query=request.query.replace("acl", "acl=x") + "&versionId=2"),
    ]
    for each in changed:
        assert refusal_of(claim, each).code == "SignatureDoesNotMatch"
    assert refusal_of(claim, request, secret="other").code == "SignatureDoesNotMatch"
    assert refusal_of(replace(claim, signature="0" * 64), request).code == "SignatureDoesNotMatch"


def test_a_changed_body_is_noticed() -> None:
    other = hashlib.sha256(b"other").hexdigest()
    claim, request = signed(SIGNERS["version 4"], body=b"photo")
    assert refusal_of(claim, replace(request, payload_hash=other)).code == "SignatureDoesNotMatch"

    claim, request = signed(SIGNERS["version 4 for S3"], body=b"photo")
    refusal = refusal_of(claim, replace(request, payload_hash=other))
    assert (refusal.code, refusal.status) == ("XAmzContentSHA256Mismatch", 400)


def test_a_payload_that_is_not_hashed_is_not_compared() -> None:
    class Unhashed(S3SigV4Auth):
        def payload(self, request: Any) -> str:
            return "UNSIGNED-PAYLOAD"

    claim, request = signed(lambda who: Unhashed(who, "s3", "us-east-1"), body=b"photo")

    verify(claim, replace(request, payload_hash="anything"), SECRET, datetime.now(UTC))


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_clock_that_is_too_wrong_is_told_so(minutes: int) -> None:
    after = timedelta(minutes=minutes)

    for_s3 = [refusal_of(*signed(SIGNERS[name]), after=after) for name in ("version 2", "version 4 for S3")]
    for_lambda = refusal_of(*signed(SIGNERS["version 4"]), after=after)

    assert {each.code for each in for_s3} == {"RequestTimeTooSkewed"}
    assert for_s3[0].message == "The difference between the request time and the current time is too large."
    assert for_lambda.code == "SignatureDoesNotMatch"
    assert for_lambda.message.startswith("Signature expired: " if minutes > 0 else "Signature not yet current: ")


def test_the_words_for_an_old_signature_count_the_minutes() -> None:
    claim, request = signed(SIGNERS["version 4"])
    moment = datetime.strptime(claim.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)

    with pytest.raises(ServiceError) as refusal:
        verify(claim, request, SECRET, moment + timedelta(minutes=20))

    limit, now = (f"{moment + timedelta(minutes=minutes):%Y%m%dT%H%M%SZ}" for minutes in (5, 20))
    assert refusal.value.message == (
        f"Signature expired: {claim.timestamp} is now earlier than {limit} ({now} - 15 min.)"
    )


@pytest.mark.parametrize("name", ["version 4 presigned for S3", "version 2 presigned"])
def test_a_presigned_request_holds_until_it_expires(name: str) -> None:
    claim, request = signed(SIGNERS[name])

    verify(claim, request, SECRET, datetime.now(UTC) + timedelta(seconds=55))
    refusal = refusal_of(claim, request, after=timedelta(seconds=62))
    assert (refusal.code, refusal.message, refusal.status) == ("AccessDenied", "Request has expired", 403)


def test_nothing_is_presigned_for_more_than_a_week() -> None:
    make: Signer = lambda who: S3SigV4QueryAuth(who, "s3", "us-east-1", expires=604801)  # noqa: E731

    assert refusal_of(*signed(make)).code == "AuthorizationQueryParametersError"
    longest: Signer = lambda who: S3SigV4QueryAuth(who, "s3", "us-east-1", expires=604800)  # noqa: E731
    verify(*signed(longest), SECRET, datetime.now(UTC))


def test_the_scope_must_be_of_the_day_of_the_request() -> None:
    claim, request = signed(SIGNERS["version 4"])

    refusal = refusal_of(replace(claim, date="20141113"), request)

    assert refusal.code == "SignatureDoesNotMatch"
    assert refusal.message.startswith("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date")


def test_s3_wants_every_amz_header_signed() -> None:
    claim, request = signed(SIGNERS["version 4 for S3"])

    refusal = refusal_of(claim, replace(request, headers=[*request.headers, ("x-amz-acl", "public-read")]))

    assert (refusal.code, refusal.status) == ("AccessDenied", 403)
    assert refusal.message == "There were headers present in the request which were not signed"


def test_the_host_must_be_signed() -> None:
    claim, request = signed(SIGNERS["version 4"])

    assert refusal_of(replace(claim, signed_headers=("x-amz-date",)), request).code == "SignatureDoesNotMatch"


def test_version_2_without_a_date_is_refused() -> None:
    claim, request = signed(SIGNERS["version 2"])

    refusal = refusal_of(replace(claim, timestamp="yesterday"), request)

    assert refusal.message == "AWS authentication requires a valid Date or x-amz-date header"


def test_an_http_date_will_do_for_version_4() -> None:
    claim, request = signed(SIGNERS["version 4"], headers={"Date": "today"})

    assert "," in claim.timestamp
    verify(claim, request, SECRET, datetime.now(UTC))


def test_each_service_has_its_words_for_a_wrong_signature() -> None:
    of_s3 = refusal_of(*signed(SIGNERS["version 2"]), secret="x")
    of_lambda = refusal_of(*signed(SIGNERS["version 4"]), secret="x")

    assert of_s3.message.endswith("you provided. Check your key and signing method.")
    assert of_lambda.message.endswith("Consult the service documentation for details.")
    assert of_s3.status == of_lambda.status == 403


def test_a_request_without_a_signature_misses_its_token() -> None:
    refusal = missing_authentication_token()

    assert (refusal.code, refusal.message) == ("MissingAuthenticationToken", "Request is missing Authentication Token")
