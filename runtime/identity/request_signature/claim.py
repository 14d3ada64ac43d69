"""What a signed request claims: which key signed it, how, for where, and when. Nothing is verified here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from urllib.parse import unquote_plus

from runtime.errors import ServiceError

Headers = Sequence[tuple[str, str]]
"""Headers as received, in their order; the case of a name does not matter."""

SCOPE_END = "aws4_request"
MOST_DIGITS = 18
"""Of a lifetime in seconds: more than any universe needs, and Python reads only so many."""
VERSION_4A = "AWS4-ECDSA-P256-SHA256"
VERSION_4A_IS_NOT_HERE = (
    "Lambda Lab has one region and does not verify Signature Version 4A, which signs for several: sign with Version 4."
)
REQUIRED = ("Credential", "Signature", "SignedHeaders")


class Scheme(Enum):
    """The ways of signing that are understood."""

    V4 = "AWS4-HMAC-SHA256"
    V2 = "AWS"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a request says it comes from, and the signature that is to prove it."""

    scheme: Scheme
    is_presigned: bool
    access_key_id: str
    signature: str
    session_token: str | None
    timestamp: str
    """As written: ``20150106T183035Z``, an HTTP date, or for a presigned V2 request seconds since 1970."""
    date: str = ""
    """Of the scope, ``20150106``; like the next three only in V4."""
    region: str = ""
    service: str = ""
    signed_headers: tuple[str, ...] = ()
    expires_seconds: int | None = None
    """How long a presigned V4 request holds."""


def header(headers: Headers, name: str) -> str:
    """Return a header's value, several of them joined by commas; empty if there is none."""
    return ",".join(value for key, value in headers if key.lower() == name)


def query_pairs(query: str) -> list[tuple[str, str]]:
    """Return the decoded pairs of a raw query string, in their order."""
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(unquote_plus(key), unquote_plus(value)) for key, _, value in pairs]


def parse_authorization(headers: Headers, query: str) -> Claim | None:
    """Return what a request claims, ``None`` if it is not signed; raise ``ServiceError`` if that cannot be read."""
    authorization = header(headers, "authorization").strip()
    if authorization:
        scheme, _, rest = authorization.partition(" ")
        if scheme == Scheme.V4.value:
            return _v4_in_headers(rest, headers, authorization)
        if scheme == Scheme.V2.value:
            return _v2_in_headers(rest, headers)
        raise _not_supported(scheme)
    parameters = {name.lower(): value for name, value in reversed(query_pairs(query))}
    if "x-amz-algorithm" in parameters or "x-amz-credential" in parameters:
        return _v4_presigned(parameters)
    if "awsaccesskeyid" in parameters and "signature" in parameters and "expires" in parameters:
        return _v2_presigned(parameters)
    return None


def _not_supported(scheme: str) -> ServiceError:
    words = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
    return ServiceError("InvalidRequest", f"{words} {VERSION_4A_IS_NOT_HERE}" if scheme == VERSION_4A else words)


def _v4_in_headers(rest: str, headers: Headers, authorization: str) -> Claim:
    members = dict(_members(rest, authorization))
    missing = [f"Authorization header requires '{name}' parameter." for name in REQUIRED if not members.get(name)]
    timestamp = header(headers, "x-amz-date") or header(headers, "date")
    if not timestamp:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        raise _incomplete(f"{' '.join(missing)} Authorization={Scheme.V4.value}")
    access_key_id, date, region, service = _scope(members["Credential"])
    return Claim(
        scheme=Scheme.V4,
        is_presigned=False,
        access_key_id=access_key_id,
        signature=members["Signature"],
        session_token=header(headers, "x-amz-security-token") or None,
        timestamp=timestamp,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(members["SignedHeaders"].lower().split(";")),
    )


def _members(rest: str, authorization: str) -> Iterable[tuple[str, str]]:
    for member in re.split(r"[,\s]+", rest.strip(", ")):
        name, equals, value = member.partition("=")
        if not equals:
            raise _incomplete(
                f"'{member}' not a valid key=value pair (missing equal-sign) in Authorization header: "
                f"'{authorization}'."
            )
        yield name, value


def _scope(credential: str) -> tuple[str, str, str, str]:
    # An access key may itself hold slashes (dummy keys do); the scope never does.
    parts = credential.rsplit("/", 4)
    if len(parts) != 5 or parts[4] != SCOPE_END or not all(parts):
        raise _incomplete(f"Credential must have exactly 5 slash-delimited elements, got '{credential}'.")
    return parts[0], parts[1], parts[2], parts[3]


def _v4_presigned(parameters: dict[str, str]) -> Claim:
    if parameters.get("x-amz-algorithm") == VERSION_4A:
        raise _not_supported(VERSION_4A)
    names = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date")
    missing = [name for name in names if not parameters.get(name.lower())]
    if missing or parameters["x-amz-algorithm"] != Scheme.V4.value:
        quoted = ", ".join(f"'{name}'" for name in names)
        raise _incomplete(f"AWS query-string parameters must include {quoted}.")
    access_key_id, date, region, service = _scope(parameters["x-amz-credential"])
    return Claim(
        scheme=Scheme.V4,
        is_presigned=True,
        access_key_id=access_key_id,
        signature=parameters["x-amz-signature"],
        session_token=parameters.get("x-amz-security-token") or None,
        timestamp=parameters["x-amz-date"],
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(parameters["x-amz-signedheaders"].lower().split(";")),
        expires_seconds=_expires(parameters.get("x-amz-expires")),
    )


def _expires(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise ServiceError("AuthorizationQueryParametersError", "X-Amz-Expires should be a number")
    return int(text)


def _v2_in_headers(rest: str, headers: Headers) -> Claim:
    access_key_id, colon, signature = rest.strip().rpartition(":")
    if not colon or not access_key_id or not signature:
        raise ServiceError("InvalidArgument", "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature")
    return Claim(
        scheme=Scheme.V2,
        is_presigned=False,
        access_key_id=access_key_id,
        signature=signature,
        session_token=header(headers, "x-amz-security-token") or None,
        timestamp=header(headers, "x-amz-date") or header(headers, "date"),
        service="s3",
    )


def _v2_presigned(parameters: dict[str, str]) -> Claim:
    return Claim(
        scheme=Scheme.V2,
        is_presigned=True,
        access_key_id=parameters["awsaccesskeyid"],
        signature=parameters["signature"],
        session_token=parameters.get("x-amz-security-token") or None,
        timestamp=parameters["expires"],
        service="s3",
    )


def _incomplete(words: str) -> ServiceError:
    return ServiceError("IncompleteSignature", words)
