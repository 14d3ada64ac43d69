"""S3's own condition keys, as far as a request gives them: its listing, its headers, its tags, its signature.

Which of them AWS gives with which action its reference says (``definitions.py``); the others are left out there.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from runtime.clock import machine_time
from runtime.endpoint.exchange import Request
from runtime.endpoint.wire.rest_xml import root
from runtime.errors import ServiceError
from runtime.identity.request_signature import parse_authorization
from runtime.identity.request_signature.claim import Claim
from runtime.identity.request_signature.verification import moment_of
from runtime.policy.values import ContextValue

IN_QUERY: Mapping[str, str] = {
    "s3:prefix": "prefix",
    "s3:delimiter": "delimiter",
    "s3:max-keys": "max-keys",
    "s3:versionid": "versionId",
}
IN_HEADERS: Mapping[str, str] = {
    f"s3:{name}": name
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
    "s3:object-lock-mode": "x-amz-object-lock-mode",
    "s3:object-lock-legal-hold": "x-amz-object-lock-legal-hold",
    "s3:object-lock-retain-until-date": "x-amz-object-lock-retain-until-date",
}
TAGGING = "x-amz-tagging"


def conditions(request: Request, operation: str) -> dict[str, ContextValue]:
    """Return S3's own condition keys that a request gives."""
    query = request.query_fields
    context: dict[str, ContextValue] = {key: query[name] for key, name in IN_QUERY.items() if name in query}
    for key, name in IN_HEADERS.items():
        value = request.header(name)
        if value is not None:
            context[key] = value
    return context | _tags(_given_tags(request, operation)) | _location(request, operation) | _of_signature(request)


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


def _of_signature(request: Request) -> dict[str, ContextValue]:
    """Return how a request was signed; of an unsigned one nothing."""
    try:
        claim = parse_authorization(request.headers, request.query_string)
    except ServiceError:  # it was refused before anybody asks
        claim = None
    if claim is None:
        return {}
    context: dict[str, ContextValue] = {
        "s3:authType": "REST-QUERY-STRING" if claim.is_presigned else "REST-HEADER",
        "s3:signatureversion": claim.scheme.value,
    }
    return context | _age(claim)


def _age(claim: Claim) -> dict[str, ContextValue]:
    """Return how old a presigned request is, in milliseconds."""
    moment = moment_of(claim.timestamp) if claim.is_presigned and claim.date else None
    age = int((machine_time() - moment).total_seconds() * 1000) if moment else 0
    return {"s3:signatureAge": age} if moment else {}
