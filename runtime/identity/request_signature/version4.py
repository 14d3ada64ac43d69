"""Signature Version 4: the canonical request, and the signature over it.

See "Create a signed AWS API request" in AWS's IAM User Guide. Path and query are decoded and encoded again in AWS's own
way, so it does not matter how a client wrote them; only services other than S3 encode the path twice and fold
``//`` and ``/../`` in it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote, unquote_to_bytes

from runtime.identity.request_signature.claim import SCOPE_END, Claim, Headers, Scheme, header

ALGORITHM = Scheme.V4.value
BASIC_FORMAT = "%Y%m%dT%H%M%SZ"
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
_UNRESERVED = "-._~"


def canonical_request(claim: Claim, method: str, path: str, query: str, headers: Headers, payload_hash: str) -> str:
    """Return the text that both sides hash."""
    names = sorted(claim.signed_headers)
    return "\n".join(
        (
            method.upper(),
            _canonical_path(path, claim.service),
            _canonical_query(query, is_presigned=claim.is_presigned),
            *(f"{name}:{_canonical_value(headers, name)}" for name in names),
            "",
            ";".join(names),
            payload_hash,
        )
    )


def signature(claim: Claim, canonical: str, secret: str, moment: datetime) -> str:
    """Return the signature that the owner of the secret would have made at that moment."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, f"{moment:{BASIC_FORMAT}}", scope(claim), digest))
    return hmac.digest(signing_key(claim, secret), text.encode(), "sha256").hex()


def scope(claim: Claim) -> str:
    """Return for which day, region and service a signature holds."""
    return "/".join((claim.date, claim.region, claim.service, SCOPE_END))


def signing_key(claim: Claim, secret: str) -> bytes:
    """Return the key that signs in this scope."""
    key = f"AWS4{secret}".encode()
    for part in scope(claim).split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _canonical_path(path: str, service: str) -> str:
    if service == "s3":
        return quote(unquote_to_bytes(path or "/"), safe="/" + _UNRESERVED)
    return quote(_without_dot_segments(path or "/"), safe="/" + _UNRESERVED)


def _without_dot_segments(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept) + ("/" if path.endswith("/") and kept else "")


def _canonical_query(query: str, *, is_presigned: bool) -> str:
    pairs = (part.partition("=") for part in query.split("&") if part)
    encoded = sorted((_encoded(name), _encoded(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in encoded if not (is_presigned and name == "X-Amz-Signature"))


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe=_UNRESERVED)


def _canonical_value(headers: Headers, name: str) -> str:
    return ",".join(" ".join(value.split()) for key, value in headers if key.lower() == name)


def signed_payload_hash(claim: Claim, headers: Headers, payload_hash: str) -> str:
    """Return what stands for the payload in the canonical request: its hash, or the word that says it is not hashed."""
    named = header(headers, "x-amz-content-sha256")
    if named:
        return named
    return UNSIGNED_PAYLOAD if claim.is_presigned and claim.service == "s3" else payload_hash
