"""What a caller of S3 says of the bytes he sends, held against the bytes that came: checksums and Content-MD5.

A checksum travels in a header (``x-amz-checksum-crc32``) or behind a body in chunks, as a trailer. It is verified
whoever sends it, signed or not, before anything is stored. The words are S3's, as implementations and tests that were
run against it quote them. Where the header is about something else than the body (a multipart upload that is completed
names the checksum of the whole object) nothing is compared here.

What it does not do: xxHash, which S3 takes since 2026, is refused, because nothing here computes it; and nothing is
accepted that was not computed.
"""

from __future__ import annotations

import base64
import binascii

from runtime.endpoint.checksums import ALGORITHMS
from runtime.endpoint.exchange import Request
from runtime.errors import ServiceError
from runtime.identity.request_signature.chunks import (
    CHUNKED_FORMS,
    TRAILER_SIGNATURE,
    WITH_TRAILER,
    malformed_trailer,
    opened,
)

NAMED, ANNOUNCED, TRAILER = "x-amz-checksum-", "x-amz-sdk-checksum-algorithm", "x-amz-trailer"
SETTINGS = frozenset({"algorithm", "mode", "type"})
"""Headers that begin like a checksum's and are none."""
NOT_HERE = frozenset({"xxhash64", "xxhash3", "xxhash128"})
OF_SOMETHING_ELSE = frozenset({"CompleteMultipartUpload"})
MD5_LENGTH = 16


def verify_integrity(operation: str, request: Request) -> None:
    """Let a request pass whose bytes are those that its caller meant; raise ``ServiceError`` for any other."""
    said = [(name, value, "") for name, value in request.headers if _is_checksum(name)]
    content, trailers = _content(request)
    said += [(name, value, "trailing ") for name, value in trailers if _is_checksum(name)]
    _require_announced(request, [name for name, _, _ in said])
    if operation not in OF_SOMETHING_ELSE:
        for name, value, where in said:
            _require_checksum(name.removeprefix(NAMED), value, content, where)
    _require_md5(request)


def _is_checksum(name: str) -> bool:
    return name.startswith(NAMED) and name.removeprefix(NAMED) not in SETTINGS


def _content(request: Request) -> tuple[bytes, tuple[tuple[str, str], ...]]:
    """Return the body without its frames, and what trails behind it."""
    form = request.header("x-amz-content-sha256")
    if request.header(TRAILER) and form not in WITH_TRAILER:  # it announces what cannot follow
        raise malformed_trailer()
    if form not in CHUNKED_FORMS:
        return request.body, ()
    upload = opened(request.headers, request.body)
    return upload.content, tuple(pair for pair in upload.trailers if pair[0] != TRAILER_SIGNATURE)


def _require_announced(request: Request, names: list[str]) -> None:
    if len(set(names)) > 1:
        raise _invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
    algorithm = (request.header(ANNOUNCED) or "").lower()
    if not algorithm:
        return
    if not names and request.header(TRAILER) is None:
        words = f"{ANNOUNCED} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
        raise _invalid(words)
    if names and names[0] != NAMED + algorithm:
        raise _invalid(f"Value for {ANNOUNCED} header is invalid.")


def _require_checksum(algorithm: str, value: str, content: bytes, where: str) -> None:
    if algorithm in NOT_HERE:
        usable = ", ".join(sorted(name.upper() for name in ALGORITHMS))
        words = f"Lambda Lab does not compute {algorithm.upper()} and stores nothing unverified. Use one of {usable}."
        raise ServiceError("NotImplemented", words, 501)
    compute = ALGORITHMS.get(algorithm)
    if compute is None:
        raise _invalid("The algorithm type you specified in x-amz-checksum- header is invalid.")
    computed = compute(content)
    if len(_decoded(value)) != len(computed):
        raise _invalid(f"Value for {NAMED}{algorithm} {where}header is invalid.")
    if _decoded(value) != computed:
        words = f"The {algorithm.upper()} you specified did not match the calculated checksum."
        raise ServiceError("BadDigest", words, 400)


def _require_md5(request: Request) -> None:
    """Compare Content-MD5, which covers the body as it was sent."""
    written = request.header("content-md5")
    if written is None:
        return
    if len(_decoded(written)) != MD5_LENGTH:
        raise ServiceError("InvalidDigest", "The Content-MD5 you specified was invalid.", 400)
    if _decoded(written) != ALGORITHMS["md5"](request.body):
        raise ServiceError("BadDigest", "The Content-MD5 you specified did not match what we received.", 400)


def _decoded(written: str) -> bytes:
    """Return what base64 says; nothing if it is none."""
    try:
        return base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _invalid(words: str) -> ServiceError:
    return ServiceError("InvalidRequest", words, 400)
