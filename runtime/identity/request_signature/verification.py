"""Verify a claim: the time, what has to be signed, the signature."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from runtime.errors import ServiceError
from runtime.identity.request_signature import version2, version4
from runtime.identity.request_signature.chunks import CHUNKED_FORMS, verify_chunks
from runtime.identity.request_signature.claim import VERSION_4A_IS_NOT_HERE, Claim, Headers, Scheme, header
from runtime.identity.request_signature.version4 import BASIC_FORMAT

SKEW = timedelta(minutes=15)
LONGEST_PRESIGNED = timedelta(days=7)
STREAMING = "STREAMING-"
UNSIGNED = "UNSIGNED-PAYLOAD"
VERSION_4A = "ECDSA-P256"
NO_SUCH_FORM = (
    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
)


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request as it came over the wire."""

    method: str
    path: str
    """Raw, still percent-encoded."""
    query: str
    """Raw, without the question mark."""
    headers: Headers
    body: bytes
    payload_hash: str
    """SHA-256 of the body, in hexadecimal."""


def missing_authentication_token() -> ServiceError:
    """Return the refusal of a request that is not signed."""
    return ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)


def verify(claim: Claim, request: ReceivedRequest, secret: str, now: datetime) -> None:
    """Let a request pass whose signature proves its claim; raise ``ServiceError`` for any other."""
    if claim.scheme is Scheme.V2:
        _verify_time_of_v2(claim, now)
        made = version2.signatures(claim, request.method, request.path, request.query, request.headers, secret)
    else:
        moment = _verified_moment_of_v4(claim, now)
        _verify_signed_headers(claim, request)
        _verify_form_of_payload(claim, request)
        made = (_v4_signature(claim, request, secret, moment),)
    # No short cut: every candidate is compared, each in constant time.
    if sum(hmac.compare_digest(each.encode(), claim.signature.encode()) for each in made) == 0:
        raise _does_not_match(claim.service)
    if claim.scheme is Scheme.V4:
        _verify_payload(claim, request, secret)


def _v4_signature(claim: Claim, request: ReceivedRequest, secret: str, moment: datetime) -> str:
    payload_hash = version4.signed_payload_hash(claim, request.headers, request.payload_hash)
    canonical = version4.canonical_request(
        claim, request.method, request.path, request.query, request.headers, payload_hash
    )
    return version4.signature(claim, canonical, secret, moment)


def _verified_moment_of_v4(claim: Claim, now: datetime) -> datetime:
    moment = moment_of(claim.timestamp)
    if moment is None:
        raise ServiceError(
            "IncompleteSignature", f"Date must be in ISO-8601 'basic format'. Got '{claim.timestamp}'. See ISO-8601."
        )
    if moment.strftime("%Y%m%d") != claim.date:
        raise ServiceError(
            "SignatureDoesNotMatch",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.date}' != '{moment:%Y%m%d}', from '{claim.timestamp}'.",
            403,
        )
    if claim.is_presigned:
        _verify_expiry(claim, moment, now)
    elif abs(now - moment) > SKEW:
        raise _skewed(claim.service, moment, now)
    return moment


def _verify_expiry(claim: Claim, moment: datetime, now: datetime) -> None:
    lifetime = timedelta(seconds=min(claim.expires_seconds or 0, 10**9)) if claim.expires_seconds is not None else SKEW
    if lifetime > LONGEST_PRESIGNED:
        raise ServiceError(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
            f"{int(LONGEST_PRESIGNED.total_seconds())} seconds",
        )
    if now > moment + lifetime:
        raise _expired() if claim.service == "s3" else _skewed(claim.service, moment, now)
    if moment > now + SKEW:
        raise ServiceError("AccessDenied", "Request is not valid yet", 403)


def _verify_time_of_v2(claim: Claim, now: datetime) -> None:
    moment = moment_of(claim.timestamp)
    if moment is None:
        raise ServiceError("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header", 403)
    if claim.is_presigned:
        if now > moment:
            raise _expired()
    elif abs(now - moment) > SKEW:
        raise _skewed("s3", moment, now)


def moment_of(text: str) -> datetime | None:
    """Read the forms of a date that SDKs send: basic ISO 8601, an HTTP date, seconds since 1970."""
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        if "," in text or " " in text:
            return parsedate_to_datetime(text).replace(tzinfo=UTC)
        return datetime.strptime(text, BASIC_FORMAT).replace(tzinfo=UTC)
    except (ValueError, ArithmeticError, OSError):
        return None


def _verify_signed_headers(claim: Claim, request: ReceivedRequest) -> None:
    if "host" not in claim.signed_headers:
        raise ServiceError("SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the AWS Authorization.", 403)
    names = {name.lower() for name, _ in request.headers}
    unsigned = {name for name in names if name.startswith("x-amz-")} - set(claim.signed_headers)
    if claim.service == "s3" and unsigned - {"x-amz-content-sha256"}:
        raise ServiceError("AccessDenied", "There were headers present in the request which were not signed", 403)


def _verify_form_of_payload(claim: Claim, request: ReceivedRequest) -> None:
    named = header(request.headers, "x-amz-content-sha256")
    if named.startswith(STREAMING) and (claim.service != "s3" or named not in CHUNKED_FORMS):
        hint = f" {VERSION_4A_IS_NOT_HERE}" if VERSION_4A in named else ""
        raise ServiceError("InvalidArgument", NO_SUCH_FORM + hint, 400)


def _verify_payload(claim: Claim, request: ReceivedRequest, secret: str) -> None:
    named = header(request.headers, "x-amz-content-sha256")
    if named in CHUNKED_FORMS:
        moment = moment_of(claim.timestamp)
        assert moment is not None  # it was verified with the headers
        verify_chunks(claim, request.headers, request.body, secret, moment)
    elif named and named != UNSIGNED and named != request.payload_hash:
        if claim.service != "s3":
            raise _does_not_match(claim.service)
        raise ServiceError(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )


def _does_not_match(service: str) -> ServiceError:
    words = "The request signature we calculated does not match the signature you provided. "
    if service == "s3":
        return ServiceError("SignatureDoesNotMatch", words + "Check your key and signing method.", 403)
    return ServiceError(
        "SignatureDoesNotMatch",
        words + "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        403,
    )


def _skewed(service: str, moment: datetime, now: datetime) -> ServiceError:
    if service == "s3":
        words = "The difference between the request time and the current time is too large."
        return ServiceError("RequestTimeTooSkewed", words, 403)
    limits = f"({now:{BASIC_FORMAT}} {'-' if moment < now else '+'} {int(SKEW.total_seconds() // 60)} min.)"
    if moment < now:
        words = f"Signature expired: {moment:{BASIC_FORMAT}} is now earlier than {now - SKEW:{BASIC_FORMAT}} {limits}"
    else:
        words = f"Signature not yet current: {moment:{BASIC_FORMAT}} is still later than "
        words += f"{now + SKEW:{BASIC_FORMAT}} {limits}"
    return ServiceError("SignatureDoesNotMatch", words, 403)


def _expired() -> ServiceError:
    return ServiceError("AccessDenied", "Request has expired", 403)
