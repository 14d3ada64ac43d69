"""Signature Version 2 of S3, as the SDKs of 2014 sign: HMAC-SHA1 over a short text of the request.

See "Signing and authenticating REST requests" in the S3 guide. Buckets are addressed in the path; virtual hosting is
not known here. SDKs differ in whether the value of a sub-resource is decoded before it is signed, so both are
accepted: they say the same.
"""

from __future__ import annotations

import base64
import hmac
from urllib.parse import unquote

from runtime.identity.request_signature.claim import Claim, Headers, header, query_pairs

SUB_RESOURCES = frozenset(
    (
        *("accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle", "location"),
        *("logging", "metrics", "notification", "object-lock", "partNumber", "policy", "replication"),
        *("requestPayment", "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId"),
        *("uploads", "versionId", "versioning", "versions", "website"),
        *("response-cache-control", "response-content-disposition", "response-content-encoding"),
        *("response-content-language", "response-content-type", "response-expires"),
    )
)


def signatures(claim: Claim, method: str, path: str, query: str, headers: Headers, secret: str) -> tuple[str, ...]:
    """Return the signatures that the owner of the secret may have made."""
    texts = [
        string_to_sign(claim, method, spelling, query, headers, decodes=decodes)
        for spelling in _spellings(path)
        for decodes in (True, False)
    ]
    return tuple(base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode() for text in texts)


def _spellings(path: str) -> tuple[str, ...]:
    """Return how a path may have been signed: botocore asks for ``/bucket`` and signs ``/bucket/``."""
    return (path, f"{path}/") if path.count("/") == 1 and path != "/" else (path,)


def string_to_sign(claim: Claim, method: str, path: str, query: str, headers: Headers, *, decodes: bool) -> str:
    """Return the text that both sides hash."""
    carried = _with_carried(headers, query) if claim.is_presigned else headers
    date = claim.timestamp if claim.is_presigned else "" if header(headers, "x-amz-date") else claim.timestamp
    lines = (method.upper(), header(carried, "content-md5"), header(carried, "content-type"), date)
    return "\n".join((*lines, *_amz_lines(carried), _resource(path, query, decodes=decodes)))


def _with_carried(headers: Headers, query: str) -> Headers:
    """Add what a presigned request could not put into headers and carries in its query instead."""
    sent = {name.lower() for name, _ in headers}
    return [*headers, *((name, value) for name, value in query_pairs(query) if name.lower() not in sent)]


def _amz_lines(headers: Headers) -> list[str]:
    names = sorted({name.lower() for name, _ in headers if name.lower().startswith("x-amz-")})
    return [f"{name}:{_value(headers, name)}" for name in names]


def _value(headers: Headers, name: str) -> str:
    return ",".join(value.strip() for key, value in headers if key.lower() == name)


def _resource(path: str, query: str, *, decodes: bool) -> str:
    parts = (part.partition("=") for part in query.split("&"))
    found = sorted(
        (name, equals + (unquote(value) if decodes or name.startswith("response-") else value))
        for name, equals, value in parts
        if name in SUB_RESOURCES
    )
    return (path or "/") + ("?" + "&".join(name + value for name, value in found) if found else "")
