"""Refuse malformed policy documents when they are written, in AWS's words, before they reach the store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.endpoint.exchange import Request
from runtime.errors import ServiceError
from runtime.policy import PolicyKind, validate

DOCUMENTS = {
    "CreateRole": ("AssumeRolePolicyDocument", PolicyKind.TRUST),
    "UpdateAssumeRolePolicy": ("PolicyDocument", PolicyKind.TRUST),
    "CreatePolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "CreatePolicyVersion": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutGroupPolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutRolePolicy": ("PolicyDocument", PolicyKind.IDENTITY),
    "PutUserPolicy": ("PolicyDocument", PolicyKind.IDENTITY),
}
"""The operations of IAM that write a document: where it is, and of which kind."""


def refuse_malformed(service: str, operation: str, parameters: Mapping[str, Any], request: Request) -> None:
    """Raise ``ServiceError`` for a document that is no policy of its kind."""
    if service == "iam" and operation in DOCUMENTS:
        name, kind = DOCUMENTS[operation]
        if isinstance(parameters.get(name), str):
            _validate(parameters[name], kind, "MalformedPolicyDocument")
    elif service == "s3" and operation == "PutBucketPolicy":
        _validate(request.body.decode("utf-8", "replace"), PolicyKind.RESOURCE, "MalformedPolicy")


def _validate(document: str, kind: PolicyKind, code: str) -> None:
    try:
        validate(document, kind)
    except ValueError as error:
        raise ServiceError(code, str(error)) from error
