"""What a bucket notifies, as the preview had it: one CloudFunctionConfiguration with an InvocationRole.

It is read back as it was written; an empty configuration removes it; whoever writes it must be allowed to pass the
invocation role. What S3 of the preview checked beyond that is not known: here the shapes are checked, and neither that
the function exists nor that S3 may assume the role. A push that fails for such a reason is journalled as refused.
Today's forms (a list of Lambda functions, queues, topics) are refused until they are built.

On the wire the deprecated operations and their successors share one path. ``Event`` and ``Events`` are both written as
``<Event>``, so an answer holds ``Events`` alone; boto3 reads both members out of it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any

from runtime.arn import Arn
from runtime.errors import ServiceError
from runtime.eventsources.push import SERVICE_PRINCIPAL
from runtime.identity.authority import Authority
from runtime.identity.seams import Caller
from runtime.resources.account import Account
from runtime.services.call import Call

EVENTS = (
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:Put",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ReducedRedundancyLostObject",
)
"""What a bucket of the preview could notify; deleted objects came later."""
ROLE_PATTERN = r"arn:aws:iam::\d{12}:role/[a-zA-Z_0-9+=,.@\-_/]+"
NOT_YET = (
    "A bucket of this runtime notifies one function in the form of the preview: put_bucket_notification with a "
    "CloudFunctionConfiguration of Id, Event or Events, CloudFunction and InvocationRole. "
)


class S3Notifications:
    """The two operations of S3 that are about notifications; the rest of S3 is moto's."""

    service = "s3"
    api_version = "2006-03-01"

    def __init__(self, *, account: Account, authority: Authority, caller: Caller) -> None:
        self._account = account
        self._authority = authority
        self._caller = caller

    async def put_bucket_notification(
        self, call: Call, *, bucket: str, notification_configuration: Mapping[str, Any], **_: object
    ) -> dict[str, Any]:
        """Replace what a bucket notifies; ``{}`` removes it."""
        configuration = {member: value for member, value in notification_configuration.items() if value}
        refuse_other_forms(configuration)
        await self._require_bucket(bucket)
        if not configuration:
            self._account.delete_notification(bucket)
            return {}
        written = checked(configuration["CloudFunctionConfiguration"])
        self._authority.require(
            call.principal,
            "iam:PassRole",
            written["InvocationRole"],
            {"iam:PassedToService": SERVICE_PRINCIPAL},
            service="s3",
            operation="PutBucketNotification",
            request_id=call.request_id,
        )
        self._account.put_notification(bucket, {"CloudFunctionConfiguration": written})
        return {}

    async def get_bucket_notification(self, call: Call, *, bucket: str, **_: object) -> dict[str, Any]:
        """Return what the bucket notifies, as it was written; nothing if it notifies nothing."""
        await self._require_bucket(bucket)
        return dict(self._account.notification(bucket) or {})

    async def _require_bucket(self, bucket: str) -> None:
        # The caller was judged for its own operation already; whether the bucket exists is asked as root.
        await self._caller.call("s3", "GetBucketLocation", {"Bucket": bucket}, self._authority.root.credentials)


def refuse_other_forms(configuration: Mapping[str, Any]) -> None:
    """Raise NotImplemented for queues, topics, lists, and a function without an invocation role."""
    others = sorted(configuration.keys() - {"CloudFunctionConfiguration"})
    if others:
        raise ServiceError("NotImplemented", f"{NOT_YET}{others[0]} is not implemented yet.", 501)
    function = configuration.get("CloudFunctionConfiguration")
    if function is not None and not function.get("InvocationRole"):
        raise ServiceError("NotImplemented", f"{NOT_YET}Today's form, without an InvocationRole, is not yet.", 501)


def checked(function: Mapping[str, Any]) -> dict[str, Any]:
    """Return a CloudFunctionConfiguration as it is kept; raise InvalidArgument for what it cannot be."""
    events = list(function.get("Events") or [])
    if function.get("Event") and function["Event"] not in events:
        events.insert(0, function["Event"])
    if not events:
        raise ServiceError("MalformedXML", "The CloudFunctionConfiguration names no Event.", 400)
    for event in events:
        if event not in EVENTS:
            raise _invalid("A specified event is not supported for notifications", "Event", event)
    arn = str(function.get("CloudFunction") or "")
    if not is_function(arn):
        raise _invalid("The ARN could not be parsed", "CloudFunction", arn)
    role = str(function["InvocationRole"])
    if not re.fullmatch(ROLE_PATTERN, role):
        raise _invalid("The ARN could not be parsed", "InvocationRole", role)
    # S3 makes an Id up if it is given none.
    identifier = function.get("Id") or str(uuid.uuid4())
    return {"Id": identifier, "Events": events, "CloudFunction": arn, "InvocationRole": role}


def is_function(arn: str) -> bool:
    """Tell whether an ARN has the form of a function's."""
    try:
        parsed = Arn.parse(arn)
    except ValueError:
        return False
    return parsed.service == "lambda" and re.fullmatch(r"function:[a-zA-Z0-9-_]{1,64}", parsed.resource) is not None


def _invalid(message: str, name: str, value: str) -> ServiceError:
    return ServiceError("InvalidArgument", message, 400, {"ArgumentName": name, "ArgumentValue": value})
