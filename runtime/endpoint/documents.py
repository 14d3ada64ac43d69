"""Refuse malformed policy documents when they are written, in AWS's words, before they reach the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runtime.endpoint.exchange import Request
from runtime.errors import ServiceError
from runtime.policy import PolicyKind, validate, validate_bucket_policy

INVALID_QUEUE_POLICY = "Invalid value for the parameter Policy."
"""What SQS says of a policy, whatever is wrong with it."""
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


QUEUES = frozenset({"CreateQueue", "SetQueueAttributes"})
"""The operations of SQS that may write one, among a queue's attributes."""


def refuse_malformed(service: str, operation: str, parameters: Mapping[str, Any], request: Request) -> None:
    """Raise ``ServiceError`` for a document that is no policy of its kind."""
    if service == "iam" and operation in DOCUMENTS:
        name, kind = DOCUMENTS[operation]
        if isinstance(parameters.get(name), str):
            _refuse("MalformedPolicyDocument", lambda: validate(parameters[name], kind))
    elif service == "s3" and operation == "PutBucketPolicy":
        document, bucket = request.body.decode("utf-8", "replace"), str(parameters.get("Bucket", ""))
        _refuse("MalformedPolicy", lambda: validate_bucket_policy(document, bucket))
    elif service == "sqs" and operation in QUEUES:
        attributes = parameters.get("Attributes")
        written = attributes.get("Policy") if isinstance(attributes, Mapping) else None
        if written:
            _refuse("InvalidAttributeValue", lambda: validate(written, PolicyKind.RESOURCE), INVALID_QUEUE_POLICY)


def _refuse(code: str, check: Callable[[], object], words: str = "") -> None:
    try:
        check()
    except ValueError as error:
        raise ServiceError(code, words or str(error)) from error
