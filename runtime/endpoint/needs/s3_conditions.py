"""S3's own condition keys, as far as a request gives them: its listing, its headers, its tags, its signature.

Which of them AWS gives with which action its reference says (``definitions.py``); the others are left out there.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from runtime.clock import machine_time
from runtime.endpoint.exchange import Request
from runtime.endpoint.wire.rest_xml import root
from runtime.identity.request_signature.claim import Scheme
from runtime.identity.request_signature.verification import moment_of
from runtime.policy.values import ContextValue

IN_QUERY: Mapping[str, str] = {
    "prefix": "s3:prefix",
    "delimiter": "s3:delimiter",
    "max-keys": "s3:max-keys",
    "versionId": "s3:versionid",
}
IN_HEADERS: Mapping[str, str] = {
    name: f"s3:{name}"
    for name in (
        "x-amz-acl",
        "x-amz-content-sha256",
        "x-amz-copy-source",
        "x-amz-grant-full-control",
        "x-amz-grant-read",
        "x-amz-grant-read-acp",
        "x-amz-grant-write",
        "x-amz-grant-write-acp",
        "x-amz-metadata-directive",
        "x-amz-object-ownership",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-storage-class",
        "x-amz-website-redirect-location",
        "if-match",
        "if-none-match",
    )
} | {
    "x-amz-object-lock-mode": "s3:object-lock-mode",
    "x-amz-object-lock-legal-hold": "s3:object-lock-legal-hold",
    "x-amz-object-lock-retain-until-date": "s3:object-lock-retain-until-date",
}
"""Parameters and headers, and the keys that they are called in conditions."""
TAGGING = "x-amz-tagging"


def conditions(request: Request, operation: str) -> dict[str, ContextValue]:
    """Return S3's own condition keys that a request gives."""
    query, headers = request.query_fields if request.query_string else {}, dict(reversed(request.headers))
    context: dict[str, ContextValue] = {IN_QUERY[name]: value for name, value in query.items() if name in IN_QUERY}
    context |= {IN_HEADERS[name]: value for name, value in headers.items() if name in IN_HEADERS}
    context |= _tags(_given_tags(request, operation)) | _location(request, operation)
    return context | _of_signature(headers.get("authorization", ""), query)


def _given_tags(request: Request, operation: str) -> Mapping[str, str]:
    """Return the tags that an object is given: in a header, or as the document that the call consists of."""
    if operation != "PutObjectTagging":
        return dict(parse_qsl(request.header(TAGGING) or "", keep_blank_values=True))
    items = [item for item in root(request.body).iter() if _name(item.tag) == "Tag"]
    parts = [{_name(part.tag): part.text or "" for part in item} for item in items]
    return {part.get("Key", ""): part.get("Value", "") for part in parts}


def _tags(tags: Mapping[str, str]) -> dict[str, ContextValue]:
    if not tags:
        return {}
    named: dict[str, ContextValue] = {f"s3:RequestObjectTag/{name}": value for name, value in tags.items()}
    return named | {"s3:RequestObjectTagKeys": list(tags)}


def _location(request: Request, operation: str) -> dict[str, ContextValue]:
    if operation != "CreateBucket" or not request.body:
        return {}
    found = [item.text or "" for item in root(request.body).iter() if _name(item.tag) == "LocationConstraint"]
    return {"s3:locationconstraint": found[0]} if found else {}


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]


def _of_signature(authorization: str, query: Mapping[str, str]) -> dict[str, ContextValue]:
    """Return how a request was signed, which was verified before; of an unsigned one nothing."""
    if authorization:
        return {"s3:authType": "REST-HEADER", "s3:signatureversion": authorization.partition(" ")[0]}
    named = {name.lower(): value for name, value in query.items()}
    version = named.get("x-amz-algorithm") or (Scheme.V2.value if "awsaccesskeyid" in named else "")
    if not version:
        return {}
    return {"s3:authType": "REST-QUERY-STRING", "s3:signatureversion": version, **_age(named.get("x-amz-date", ""))}


def _age(signed_at: str) -> dict[str, ContextValue]:
    """Return how old a presigned request is, in milliseconds."""
    moment = moment_of(signed_at)
    return {"s3:signatureAge": int((machine_time() - moment).total_seconds() * 1000)} if moment else {}
