"""Refuse malformed policy documents when they are written, in AWS's words, before they reach the store.

A document that says whom it is about must name users and roles that exist, as far as they are of this account: AWS
refuses a name of nobody in the words of a malformed one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runtime.endpoint.exchange import Request
from runtime.errors import ServiceError
from runtime.policy import PolicyKind, named_principals, validate, validate_bucket_policy

NO_PRINCIPAL = "Invalid principal in policy"
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


def refuse_malformed(
    service: str, operation: str, parameters: Mapping[str, Any], request: Request, exists: Callable[[str], bool]
) -> None:
    """Raise ``ServiceError`` for a document that is no policy of its kind, or names a principal that does not exist."""
    if service == "iam" and operation in DOCUMENTS:
        name, kind = DOCUMENTS[operation]
        if isinstance(parameters.get(name), str):
            _refuse("MalformedPolicyDocument", lambda: _of_iam(parameters[name], kind, exists))
    elif service == "s3" and operation == "PutBucketPolicy":
        document, bucket = request.body.decode("utf-8", "replace"), str(parameters.get("Bucket", ""))
        _refuse("MalformedPolicy", lambda: _require_principals(validate_bucket_policy(document, bucket), exists))
    elif service == "sqs" and operation in QUEUES:
        attributes = parameters.get("Attributes")
        written = attributes.get("Policy") if isinstance(attributes, Mapping) else None
        if written:
            _refuse(
                "InvalidAttributeValue",
                lambda: _require_principals(validate(written, PolicyKind.RESOURCE), exists),
                INVALID_QUEUE_POLICY,
            )


def _of_iam(document: str, kind: PolicyKind, exists: Callable[[str], bool]) -> None:
    nobody = _nobody(validate(document, kind), exists)
    if nobody:
        raise ValueError(f'{NO_PRINCIPAL}: "AWS":"{nobody}"')


def _require_principals(policy: Mapping[str, Any], exists: Callable[[str], bool]) -> None:
    if _nobody(policy, exists):
        raise ValueError(NO_PRINCIPAL)


def _nobody(policy: Mapping[str, Any], exists: Callable[[str], bool]) -> str:
    """Return the first principal of a policy who does not exist; nothing if all do."""
    return next((name for name in named_principals(policy) if not exists(name)), "")


def _refuse(code: str, check: Callable[[], object], words: str = "") -> None:
    try:
        check()
    except ValueError as error:
        raise ServiceError(code, words or str(error)) from error
