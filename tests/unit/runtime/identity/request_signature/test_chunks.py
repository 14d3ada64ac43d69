"""Promises of runtime/identity/request_signature/chunks.py, held to the examples that AWS publishes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import ServiceError
from runtime.identity.request_signature import Claim, verify
from runtime.identity.request_signature.chunks import read, verify_chunks
from runtime.identity.request_signature.claim import Scheme
from tests.unit.runtime.identity.request_signature.test_verification import SECRET, signed

AWS_SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
AWS_MOMENT = datetime(2013, 5, 24, tzinfo=UTC)
FIRST, SECOND = b"a" * 65536, b"a" * 1024
SIGNED, WITH_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
PLAIN_SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
PLAIN_SIGNATURES = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"
TRAILER_SIGNATURES = (
    "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
    "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
    "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
)
TRAILER = (
    "x-amz-checksum-crc32c:sOO8/Q==\r\n"
    "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n"
)


def claim(seed: str) -> Claim:
    return Claim(
        scheme=Scheme.V4,
        is_presigned=False,
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        signature=seed,
        session_token=None,
        timestamp="20130524T000000Z",
        date="20130524",
        region="us-east-1",
        service="s3",
    )


def framed(*chunks: tuple[bytes, str], trailer: str = "") -> bytes:
    """Return chunks as they travel; one without a signature has none in its frame."""
    parts = []
    for content, signature in chunks:
        extension = f";chunk-signature={signature}" if signature else ""
        parts += [f"{len(content):x}{extension}\r\n".encode(), content, b"\r\n" if content else b""]
    return b"".join(parts) + trailer.encode() + b"\r\n"


def headers(form: str, size: int = 66560, trailer: str = "") -> list[tuple[str, str]]:
    found = [("x-amz-content-sha256", form), ("x-amz-decoded-content-length", str(size))]
    return found + ([("x-amz-trailer", trailer)] if trailer else [])


def refusal_of(seed: str, sent: list[tuple[str, str]], body: bytes) -> ServiceError:
    with pytest.raises(ServiceError) as refused:
        verify_chunks(claim(seed), sent, body, AWS_SECRET, AWS_MOMENT)
    return refused.value


PUBLISHED = framed(*zip((FIRST, SECOND, b""), PLAIN_SIGNATURES, strict=True))
PUBLISHED_TRAILER = framed(*zip((FIRST, SECOND, b""), TRAILER_SIGNATURES, strict=True), trailer=TRAILER)
OF_TRAILER = headers(WITH_TRAILER, trailer="x-amz-checksum-crc32c")


def test_the_published_example_of_signed_chunks_is_believed() -> None:
    verify_chunks(claim(PLAIN_SEED), headers(SIGNED), PUBLISHED, AWS_SECRET, AWS_MOMENT)

    assert read(PUBLISHED, has_trailer=False).content == FIRST + SECOND


def test_the_published_example_of_a_signed_trailer_is_believed() -> None:
    verify_chunks(claim(TRAILER_SEED), OF_TRAILER, PUBLISHED_TRAILER, AWS_SECRET, AWS_MOMENT)


@pytest.mark.parametrize("place", [200, 40000, 65536 + 86 + 90, len(PUBLISHED) - 10])
def test_no_byte_of_a_chunk_or_of_its_signature_can_be_changed(place: int) -> None:
    changed = PUBLISHED[:place] + (b"0" if PUBLISHED[place : place + 1] != b"0" else b"1") + PUBLISHED[place + 1 :]

    assert refusal_of(PLAIN_SEED, headers(SIGNED), changed).code in ("SignatureDoesNotMatch", "IncompleteBody")


@pytest.mark.parametrize(
    "chunks",
    [
        [(FIRST, 0), (b"", 2)],
        [(FIRST, 0), (FIRST, 0), (SECOND, 1), (b"", 2)],
        [(FIRST, 0), (SECOND, 1), (b"b", 1), (b"", 2)],
    ],
)
def test_no_chunk_can_be_left_out_repeated_or_added(chunks: list[tuple[bytes, int]]) -> None:
    body = framed(*((content, PLAIN_SIGNATURES[which]) for content, which in chunks))
    size = sum(len(content) for content, _ in chunks)

    refused = refusal_of(PLAIN_SEED, headers(SIGNED, size), body)

    assert (refused.code, refused.status) in [("SignatureDoesNotMatch", 403), ("InvalidChunkSizeError", 403)]


def test_a_chunk_without_a_signature_is_refused() -> None:
    body = framed((FIRST, PLAIN_SIGNATURES[0]), (SECOND, ""), (b"", PLAIN_SIGNATURES[2]))

    assert refusal_of(PLAIN_SEED, headers(SIGNED), body).code == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("trailer", "code"),
    [
        (TRAILER.replace("sOO8", "tOO8"), "SignatureDoesNotMatch"),
        (TRAILER.splitlines()[0] + "\r\n", "SignatureDoesNotMatch"),
        ("no colon\r\n", "MalformedTrailerError"),
    ],
)
def test_a_trailer_that_was_changed_is_refused(trailer: str, code: str) -> None:
    body = framed(*zip((FIRST, SECOND, b""), TRAILER_SIGNATURES, strict=True), trailer=trailer)

    assert refusal_of(TRAILER_SEED, OF_TRAILER, body).code == code


def test_a_trailer_that_was_not_announced_is_refused() -> None:
    refused = refusal_of(TRAILER_SEED, headers(WITH_TRAILER, trailer="x-amz-checksum-sha1"), PUBLISHED_TRAILER)

    assert (refused.code, refused.status) == ("MalformedTrailerError", 400)


def test_a_body_that_is_not_as_long_as_announced_is_refused() -> None:
    assert refusal_of(PLAIN_SEED, headers(SIGNED, 66559), PUBLISHED).code == "IncompleteBody"
    assert refusal_of(PLAIN_SEED, headers(SIGNED), PUBLISHED[:-200]).code == "IncompleteBody"
    missing = [("x-amz-content-sha256", SIGNED)]
    assert refusal_of(PLAIN_SEED, missing, PUBLISHED).code == "MissingContentLength"


@given(
    body=st.binary(max_size=60) | st.text("0123456789af;:\r\n", max_size=60).map(str.encode), has_trailer=st.booleans()
)
def test_no_body_whatsoever_breaks_the_reader(body: bytes, has_trailer: bool) -> None:
    try:
        content = read(body, has_trailer=has_trailer).content
    except ServiceError as refused:
        assert refused.code in ("IncompleteBody", "MalformedTrailerError")
    else:
        assert len(content) < len(body)


@pytest.mark.parametrize(
    "form", ["STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"]
)
def test_chunks_of_version_4a_are_refused_clearly(form: str) -> None:
    refused = refusal_of_form(S3SigV4Auth, "s3", form)

    assert (refused.code, refused.status) == ("InvalidArgument", 400)
    assert "does not verify Signature Version 4A" in refused.message


def test_only_s3_takes_chunks_and_only_in_forms_that_are_verified() -> None:
    assert refusal_of_form(SigV4Auth, "lambda", UNSIGNED).code == "InvalidArgument"
    assert refusal_of_form(S3SigV4Auth, "s3", "STREAMING-ANYTHING").code == "InvalidArgument"


def refusal_of_form(signer: Any, service: str, form: str) -> ServiceError:
    class Streaming(signer):  # type: ignore[misc]
        def payload(self, request: Any) -> str:
            return form

    claimed, request = signed(
        lambda who: Streaming(who, service, "us-east-1"), body=b"photo", headers={"x-amz-content-sha256": form}
    )
    with pytest.raises(ServiceError) as refused:
        verify(claimed, replace(request, payload_hash="anything"), SECRET, datetime.now(UTC))
    return refused.value
