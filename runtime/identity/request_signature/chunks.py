r"""Uploads to S3 in chunks (``aws-chunked``): the frames of a body, each chunk's signature, and what trails behind.

``5;chunk-signature=...\r\nhello\r\n0;chunk-signature=...\r\n\r\n``: each signature covers its chunk and the signature
before it, the first that of the headers, so that no chunk can be changed, left out, moved or added. Trailing headers (a
checksum) are signed likewise. ``STREAMING-UNSIGNED-PAYLOAD-TRAILER`` has frames and checksum without signatures. See
"Signature calculations for the authorization header: transferring payload in multiple chunks" in the S3 guide.

What it does not do: compare a checksum that trails behind with the bytes before it. That is done for every upload,
signed or not, where it is stored (``endpoint/integrity.py``).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime

from runtime.errors import ServiceError
from runtime.identity.request_signature import version4
from runtime.identity.request_signature.claim import Claim, Headers, header

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_WITH_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_WITH_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
WITH_TRAILER = frozenset({SIGNED_WITH_TRAILER, UNSIGNED_WITH_TRAILER})
CHUNKED_FORMS = WITH_TRAILER | {SIGNED}
"""What ``x-amz-content-sha256`` says of a body in chunks."""
SMALLEST = 8192
"""Bytes of a signed chunk, but for the last."""
SIZE = re.compile(rb"([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?")
TRAILER_SIGNATURE = "x-amz-trailer-signature"
NOTHING = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk, and the signature that it claims."""

    content: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class Chunked:
    """A body, read."""

    chunks: tuple[Chunk, ...]
    """The last one is empty."""
    trailers: tuple[tuple[str, str], ...]

    @property
    def content(self) -> bytes:
        """What was uploaded, without the frames."""
        return b"".join(chunk.content for chunk in self.chunks)


def verify_chunks(claim: Claim, headers: Headers, body: bytes, secret: str, moment: datetime) -> None:
    """Let a body pass whose every chunk is signed by the owner of the secret; raise ``ServiceError`` for any other."""
    chunked, form = opened(headers, body), header(headers, "x-amz-content-sha256")
    if form != UNSIGNED_WITH_TRAILER:
        _verify_signatures(claim, chunked, secret, moment, has_trailer=form == SIGNED_WITH_TRAILER)


def opened(headers: Headers, body: bytes) -> Chunked:
    """Take a body out of its frames, and hold it to the length and the trailers that its headers announce."""
    has_trailer = header(headers, "x-amz-content-sha256") in WITH_TRAILER
    chunked = read(body, has_trailer=has_trailer)
    _verify_length(chunked, header(headers, "x-amz-decoded-content-length"))
    if has_trailer:
        _verify_names_of_trailers(chunked, header(headers, "x-amz-trailer").lower())
    return chunked


def read(body: bytes, *, has_trailer: bool) -> Chunked:
    """Take a body out of its frames."""
    chunks: list[Chunk] = []
    position = 0
    while not chunks or chunks[-1].content:
        end = body.find(b"\r\n", position)
        line = SIZE.fullmatch(body[position:end]) if end >= 0 else None
        if line is None:
            raise _incomplete()
        start, size = end + 2, int(line[1], 16)
        chunks.append(Chunk(body[start : start + size], (line[2] or b"").decode()))
        position = start + size + 2
        if size and body[position - 2 : position] != b"\r\n":
            raise _incomplete()
        position -= 0 if size else 2
    rest = body[position:]
    if has_trailer:
        return Chunked(tuple(chunks), _trailers(rest))
    if rest.strip(b"\r\n"):
        raise _incomplete()
    return Chunked(tuple(chunks), ())


def _trailers(rest: bytes) -> tuple[tuple[str, str], ...]:
    pairs = [line.partition(b":") for line in rest.split(b"\r\n") if line]
    if any(not colon for _, colon, _ in pairs):
        raise malformed_trailer()
    return tuple((name.decode("latin-1").strip().lower(), value.decode("latin-1").strip()) for name, _, value in pairs)


def _verify_length(chunked: Chunked, announced: str) -> None:
    if not announced:
        raise ServiceError("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
    if announced != str(len(chunked.content)):
        raise _incomplete()


def _verify_signatures(claim: Claim, chunked: Chunked, secret: str, moment: datetime, *, has_trailer: bool) -> None:
    if any(len(chunk.content) < SMALLEST for chunk in chunked.chunks[:-2]):
        words = f"Only the last chunk is allowed to have a size less than {SMALLEST} bytes"
        raise ServiceError("InvalidChunkSizeError", words, 403)
    key, previous = version4.signing_key(claim, secret), claim.signature
    scope = f"{moment:{version4.BASIC_FORMAT}}\n{version4.scope(claim)}"
    for chunk in chunked.chunks:
        digest = hashlib.sha256(chunk.content).hexdigest()
        text = f"{version4.ALGORITHM}-PAYLOAD\n{scope}\n{previous}\n{NOTHING}\n{digest}"
        previous = _require(key, text, chunk.signature)
    if has_trailer:
        written = "".join(f"{name}:{value}\n" for name, value in chunked.trailers if name != TRAILER_SIGNATURE)
        digest = hashlib.sha256(written.encode("latin-1")).hexdigest()
        text = f"{version4.ALGORITHM}-TRAILER\n{scope}\n{previous}\n{digest}"
        _require(key, text, dict(chunked.trailers).get(TRAILER_SIGNATURE, ""))


def _require(key: bytes, text: str, signature: str) -> str:
    made = hmac.digest(key, text.encode(), "sha256").hex()
    if not hmac.compare_digest(made.encode(), signature.encode()):
        words = (
            "The request signature we calculated does not match the signature you provided. "
            "Check your key and signing method."
        )
        raise ServiceError("SignatureDoesNotMatch", words, 403)
    return made


def _verify_names_of_trailers(chunked: Chunked, announced: str) -> None:
    names = [name for name, _ in chunked.trailers if name != TRAILER_SIGNATURE]
    if sorted(names) != sorted(name.strip() for name in announced.split(",") if name.strip()):
        raise malformed_trailer()


def _incomplete() -> ServiceError:
    words = "You did not provide the number of bytes specified by the Content-Length HTTP header"
    return ServiceError("IncompleteBody", words, 400)


def malformed_trailer() -> ServiceError:
    """Return the refusal of what should trail behind a body, and does not."""
    words = "The request contained trailing data that was not well-formed or did not conform to our published schema."
    return ServiceError("MalformedTrailerError", words, 400)
