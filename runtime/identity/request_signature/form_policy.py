"""An upload by an HTML form: what its fields claim, and the policy that its signer wrote for whoever fills it in.

The signature is over the policy alone; the policy says until when a form may be sent, and what every field may be. See
"Creating a POST policy" in the S3 guide. A field that the policy does not mention is refused, but for the few that say
nothing about the object. Expiry is held against this machine's time, as all dates that a client wrote.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from runtime.errors import ServiceError
from runtime.identity.request_signature import version4
from runtime.identity.request_signature.claim import SCOPE_END, Claim, Scheme

NEEDS_NO_CONDITION = frozenset({"policy", "file", "signature", "x-amz-signature", "awsaccesskeyid"})
IGNORED = "x-ignore-"
NOT_ACCORDING = "Invalid according to Policy: "
DOES_NOT_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)
SIZE = "content-length-range"


def claim_of_form(fields: Mapping[str, str]) -> Claim | None:
    """Return what the fields of a form claim, by their names in lower case; ``None`` if nobody signed it."""
    token = fields.get("x-amz-security-token")
    if "x-amz-signature" in fields or "x-amz-credential" in fields:
        parts = fields.get("x-amz-credential", "").split("/")
        if len(parts) != 5 or parts[4] != SCOPE_END or fields.get("x-amz-algorithm") != Scheme.V4.value:
            raise ServiceError("InvalidArgument", "The x-amz-credential or x-amz-algorithm of the form is malformed.")
        key, date, region, service, _ = parts
        return Claim(
            Scheme.V4, False, key, fields.get("x-amz-signature", ""), token, fields.get("x-amz-date", ""),  # noqa: FBT003
            date=date, region=region, service=service,
        )  # fmt: skip
    if "awsaccesskeyid" in fields:
        key, signature = fields["awsaccesskeyid"], fields.get("signature", "")
        return Claim(Scheme.V2, False, key, signature, token, "", service="s3")  # noqa: FBT003
    return None


def verify_form(claim: Claim, fields: Mapping[str, str], size: int, secret: str, now: datetime) -> None:
    """Let a form pass whose policy the owner of the secret has signed, and which keeps to it."""
    policy = fields.get("policy", "")
    made = _signature(claim, policy, secret)
    if claim.service != "s3" or not hmac.compare_digest(made.encode(), claim.signature.encode()):
        raise ServiceError("SignatureDoesNotMatch", DOES_NOT_MATCH, 403)
    document = _document(policy)
    if _expiration(document) <= now:
        raise _denied("Policy expired.")
    conditions = [condition for written in _conditions(document) for condition in _spelled_out(written)]
    for operator, name, value in conditions:
        _require(operator, name, value, fields, size)
    named = {name for _, name, _ in conditions} | NEEDS_NO_CONDITION
    extra = [name for name in fields if name not in named and name != "bucket" and not name.startswith(IGNORED)]
    if extra:
        raise _denied(f"Extra input fields: {', '.join(sorted(extra))}")


def _signature(claim: Claim, policy: str, secret: str) -> str:
    if claim.scheme is Scheme.V2:
        return base64.b64encode(hmac.digest(secret.encode(), policy.encode(), "sha1")).decode()
    return hmac.digest(version4.signing_key(claim, secret), policy.encode(), "sha256").hex()


def _document(policy: str) -> Mapping[str, Any]:
    try:
        document = json.loads(base64.b64decode(policy, validate=True))
    except (binascii.Error, ValueError) as error:
        raise _malformed("Invalid JSON.") from error
    if not isinstance(document, dict):
        raise _malformed("Invalid JSON.")
    return document


def _expiration(document: Mapping[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(document["expiration"])
    except (LookupError, TypeError, ValueError) as error:
        raise _malformed("Policy missing expiration.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _conditions(document: Mapping[str, Any]) -> list[Any]:
    found = document.get("conditions")
    if not isinstance(found, list):
        raise _malformed("Policy missing conditions.")
    return found


def _spelled_out(written: Any) -> list[tuple[str, str, Any]]:
    """Return a condition, in either of its two forms, as operator, field and value."""
    match written:
        case dict():
            return [("eq", str(name).lower(), value) for name, value in written.items()]
        case [str(operator), int() | str() as lowest, int() | str() as highest] if operator.lower() == SIZE:
            return [(SIZE, SIZE, (lowest, highest))]
        case [str(operator), str(name), str(value)] if operator.lower() in ("eq", "starts-with") and name[:1] == "$":
            return [(operator.lower(), name[1:].lower(), value)]
    raise _malformed("Invalid Condition.")


def _require(operator: str, name: str, value: Any, fields: Mapping[str, str], size: int) -> None:
    if operator == SIZE:
        _require_size(value, size)
        return
    given = fields.get(name, "")
    if given != value if operator == "eq" else not given.startswith(value):
        written = json.dumps([operator, f"${name}", value])
        raise _denied(f"Policy Condition failed: {written}")


def _require_size(bounds: tuple[Any, Any], size: int) -> None:
    try:
        lowest, highest = int(bounds[0]), int(bounds[1])
    except ValueError as error:
        raise _malformed("Invalid content-length-range.") from error
    if size < lowest:
        raise ServiceError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    if size > highest:
        raise ServiceError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")


def _denied(why: str) -> ServiceError:
    return ServiceError("AccessDenied", f"{NOT_ACCORDING}{why}", 403)


def _malformed(why: str) -> ServiceError:
    return ServiceError("InvalidPolicyDocument", f"Invalid Policy: {why}")
