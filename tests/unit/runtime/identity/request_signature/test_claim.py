from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import ServiceError
from runtime.identity.request_signature import parse_authorization
from runtime.identity.request_signature.claim import Scheme

CREDENTIAL = "AKIAEXAMPLE/20141113/us-east-1/lambda/aws4_request"
COMPLETE = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=abc"
DATE = ("X-Amz-Date", "20141113T183000Z")


def refusal_of(*headers: tuple[str, str], query: str = "") -> ServiceError:
    with pytest.raises(ServiceError) as refusal:
        parse_authorization(headers, query)
    return refusal.value


def test_a_request_that_is_not_signed_claims_nothing() -> None:
    assert parse_authorization([("Host", "localhost")], "acl&prefix=x") is None


@pytest.mark.parametrize("authorization", [COMPLETE, COMPLETE.replace(", ", ","), COMPLETE.replace(", ", " , ")])
def test_a_version_4_header_is_read_however_it_is_spaced(authorization: str) -> None:
    claim = parse_authorization([("AUTHORIZATION", authorization), DATE], "")

    assert claim is not None
    assert (claim.scheme, claim.access_key_id, claim.date) == (Scheme.V4, "AKIAEXAMPLE", "20141113")
    assert (claim.region, claim.service, claim.signature) == ("us-east-1", "lambda", "abc")
    assert claim.signed_headers == ("host", "x-amz-date")
    assert claim.timestamp == "20141113T183000Z"
    assert claim.session_token is None


def test_a_version_2_header_is_read() -> None:
    claim = parse_authorization([("Authorization", "AWS AKIAEXAMPLE:a+b="), ("Date", "x")], "")

    assert claim is not None
    assert (claim.scheme, claim.access_key_id, claim.signature) == (Scheme.V2, "AKIAEXAMPLE", "a+b=")


def test_everything_that_is_missing_is_named() -> None:
    refusal = refusal_of(("Authorization", "AWS4-HMAC-SHA256 Credential="))

    assert (refusal.code, refusal.status) == ("IncompleteSignature", 400)
    assert refusal.message == (
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a "
        "'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"
    )


def test_a_part_without_an_equal_sign_is_named() -> None:
    refusal = refusal_of(("Authorization", COMPLETE.replace("Credential=", "Credential= ")), DATE)

    assert refusal.message.startswith(
        f"'{CREDENTIAL}' not a valid key=value pair (missing equal-sign) in Authorization"
    )


@pytest.mark.parametrize("credential", ["AKIA", "AKIA/20141113/us-east-1/lambda/other", "/20141113/r/s/aws4_request"])
def test_a_credential_without_its_scope_is_refused(credential: str) -> None:
    refusal = refusal_of(("Authorization", COMPLETE.replace(CREDENTIAL, credential)), DATE)

    assert refusal.code == "IncompleteSignature"


@pytest.mark.parametrize("authorization", ["Bearer x", "AWS4-ECDSA-P256-SHA256 Credential=x", "Basic eDp5"])
def test_another_way_of_signing_is_refused_clearly(authorization: str) -> None:
    refusal = refusal_of(("Authorization", authorization))

    assert refusal.code == "InvalidRequest"
    assert "Please use AWS4-HMAC-SHA256." in refusal.message


def test_version_4a_is_refused_by_name_in_headers_and_presigned() -> None:
    in_header = refusal_of(("Authorization", "AWS4-ECDSA-P256-SHA256 Credential=x"))
    with pytest.raises(ServiceError) as presigned:
        parse_authorization((), "X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=x")

    assert presigned.value.code == in_header.code == "InvalidRequest"
    assert presigned.value.message == in_header.message
    assert in_header.message.endswith("sign with Version 4.")


@pytest.mark.parametrize("query", ["X-Amz-Algorithm=AWS4-HMAC-SHA256", f"X-Amz-Credential={CREDENTIAL}"])
def test_a_presigned_query_must_be_complete(query: str) -> None:
    assert refusal_of(query=query).code == "IncompleteSignature"


@pytest.mark.parametrize("lifetime", ["long", "-1", "9" * 5000])
def test_a_lifetime_is_a_number(lifetime: str) -> None:
    query = "&".join(
        (
            "X-Amz-Algorithm=AWS4-HMAC-SHA256",
            f"X-Amz-Credential={CREDENTIAL}",
            "X-Amz-Date=20141113T183000Z",
            f"X-Amz-Expires={lifetime}",
            "X-Amz-SignedHeaders=host",
            "X-Amz-Signature=abc",
        )
    )

    assert refusal_of(query=query).code == "AuthorizationQueryParametersError"


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_header_and_no_query_whatsoever_breaks_the_reader(authorization: str, query: str) -> None:
    for text in (authorization, f"AWS4-HMAC-SHA256 {authorization}", f"AWS {authorization}"):
        try:
            parse_authorization([("Authorization", text)], query)
        except ServiceError as refusal:
            assert refusal.code
