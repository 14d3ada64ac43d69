"""Bytes are stored only if they are those that their sender meant, whatever he names them by."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.endpoint.checksums import ALGORITHMS
from runtime.endpoint.integrity import verify_integrity
from runtime.errors import ServiceError
from tests.unit.runtime.endpoint.samples import request

CHECK = b"123456789"
PUBLISHED = {
    "crc32": "cbf43926",
    "crc32c": "e3069283",
    "crc64nvme": "ae8b14860a799888",
    "md5": "25f9e794323b453885f5181f1b624d0b",
    "sha1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "sha256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
}
"""The check values of the catalogue of CRCs, and of RFC 1321 and FIPS 180."""


def written(algorithm: str, content: bytes) -> str:
    return base64.b64encode(ALGORITHMS[algorithm](content)).decode()


def put(headers: dict[str, str], body: bytes = CHECK, operation: str = "PutObject") -> None:
    verify_integrity(operation, request("PUT", "/b/k", headers, body))


def refused(headers: dict[str, str], body: bytes = CHECK) -> tuple[str, str]:
    with pytest.raises(ServiceError) as error:
        put(headers, body)
    return error.value.code, error.value.message


def chunked(content: bytes, trailer: str, announced: str, **more: str) -> tuple[dict[str, str], bytes]:
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(content)),
        "x-amz-trailer": announced,
        **more,
    }
    return headers, b"%x\r\n%b\r\n0\r\n%b\r\n\r\n" % (len(content), content, trailer.encode())


@pytest.mark.parametrize("algorithm", PUBLISHED)
def test_a_checksum_is_the_published_one(algorithm: str) -> None:
    assert ALGORITHMS[algorithm](CHECK).hex() == PUBLISHED[algorithm]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_in_a_header_is_held_against_the_body(algorithm: str) -> None:
    headers = {f"x-amz-checksum-{algorithm}": written(algorithm, CHECK), "x-amz-sdk-checksum-algorithm": algorithm}

    put(headers)

    words = f"The {algorithm.upper()} you specified did not match the calculated checksum."
    assert refused(headers, b"another") == ("BadDigest", words)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_checksum_that_trails_behind_is_held_against_the_body(algorithm: str) -> None:
    name = f"x-amz-checksum-{algorithm}"
    trailer = f"{name}:{written(algorithm, CHECK)}"

    put(*chunked(CHECK, trailer, name))

    assert refused(*chunked(b"another", trailer, name))[0] == "BadDigest"


@given(content=st.binary(max_size=200), place=st.integers(0, 199), bit=st.integers(0, 7))
def test_no_bit_can_be_changed(content: bytes, place: int, bit: int) -> None:
    if place >= len(content):
        return
    changed = content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :]

    for algorithm in ALGORITHMS:
        assert refused({f"x-amz-checksum-{algorithm}": written(algorithm, content)}, changed)[0] == "BadDigest"


NO_VALUE = "Value for x-amz-checksum-{} {}header is invalid."


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"x-amz-checksum-crc32": "no base64"}, NO_VALUE.format("crc32", "")),
        ({"x-amz-checksum-crc32": ""}, NO_VALUE.format("crc32", "")),
        ({"x-amz-checksum-sha256": written("crc32", CHECK)}, NO_VALUE.format("sha256", "")),
        ({"x-amz-checksum-sha3": "AAAA"}, "The algorithm type you specified in x-amz-checksum- header is invalid."),
        (
            {"x-amz-checksum-crc32": written("crc32", CHECK), "x-amz-checksum-sha1": written("sha1", CHECK)},
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
        ),
        (
            {"x-amz-checksum-crc32": written("crc32", CHECK), "x-amz-sdk-checksum-algorithm": "SHA1"},
            "Value for x-amz-sdk-checksum-algorithm header is invalid.",
        ),
        (
            {"x-amz-sdk-checksum-algorithm": "SHA1"},
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers "
            "were found.",
        ),
    ],
)
def test_what_no_checksum_can_be_is_refused_in_s3s_words(headers: dict[str, str], words: str) -> None:
    assert refused(headers) == ("InvalidRequest", words)


def test_a_trailer_that_no_checksum_can_be_is_refused_in_s3s_words() -> None:
    headers, body = chunked(CHECK, "x-amz-checksum-crc32:nonsense", "x-amz-checksum-crc32")

    assert refused(headers, body) == ("InvalidRequest", NO_VALUE.format("crc32", "trailing "))


def test_a_trailer_that_is_announced_and_cannot_follow_is_refused() -> None:
    announced = {"x-amz-trailer": "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm": "CRC32"}

    assert refused(announced)[0] == "MalformedTrailerError"


def test_a_second_checksum_behind_the_body_does_not_replace_the_first() -> None:
    first = {"x-amz-checksum-crc32": written("crc32", CHECK)}
    trailer = f"x-amz-checksum-sha1:{written('sha1', CHECK)}"

    assert refused(*chunked(CHECK, trailer, "x-amz-checksum-sha1", **first))[0] == "InvalidRequest"


@pytest.mark.parametrize("name", ["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"])
def test_settings_are_no_checksums(name: str) -> None:
    put({name: "CRC32"})


def test_a_completed_upload_names_the_checksum_of_the_object_and_not_of_its_list_of_parts() -> None:
    put({"x-amz-checksum-crc32": written("crc32", b"object")}, b"<list/>", "CompleteMultipartUpload")


def test_what_cannot_be_computed_here_is_not_taken_on_trust() -> None:
    code, message = refused({"x-amz-checksum-xxhash64": "AAAAAAAAAAA="})

    assert code == "NotImplemented"
    assert "CRC64NVME" in message


@pytest.mark.parametrize(
    ("md5", "code"), [(written("md5", b"other"), "BadDigest"), ("nonsense", "InvalidDigest"), ("", "InvalidDigest")]
)
def test_content_md5_is_held_against_what_was_sent(md5: str, code: str) -> None:
    put({"content-md5": written("md5", CHECK)})

    assert refused({"content-md5": md5})[0] == code


@given(body=st.binary(max_size=80), trailer=st.text(max_size=40), headers=st.dictionaries(st.sampled_from(
    ["x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm", "content-md5", "x-amz-trailer",
     "x-amz-decoded-content-length"]), st.text(max_size=20)), is_chunked=st.booleans())  # fmt: skip
def test_nothing_that_is_sent_breaks_it(body: bytes, trailer: str, headers: dict[str, str], is_chunked: bool) -> None:
    form: dict[str, Any] = {"x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"} if is_chunked else {}
    try:
        put({**headers, **form}, body + trailer.encode("utf-8", "replace"))
    except ServiceError as error:
        assert error.status in (400, 411)
