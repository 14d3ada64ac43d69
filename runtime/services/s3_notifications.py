"""What a bucket notifies, in both forms, which share one path and one document: a put replaces all of it.

* The preview's: a CloudFunctionConfiguration with an InvocationRole, which whoever writes it must be allowed to pass.
  What S3 of the preview checked beyond that is not known: here neither that the function exists nor that S3 may assume
  the role. A push that fails for such a reason is journalled as refused.
* Today's: lists of functions, queues and topics, each with its events and perhaps a prefix and a suffix of keys. Unless
  the caller skips it, each destination is tried: it must be there, and its policy must let S3 in on behalf of this
  bucket. A queue or topic is sent a test event, as AWS does it.

Both may stand in one document. It is read back as it was written, with the Ids that S3 made up where there were none.
Whatever would never be delivered (events that do not happen here) is refused; a bucket notifies nothing in silence. An
empty document removes the notification.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.eventsources.event_shapes import bucket_arn, s3_test_event
from runtime.eventsources.notification import Rule, Target, rules
from runtime.eventsources.push import SERVICE_PRINCIPAL, S3Push, queue_url
from runtime.generation import TODAY
from runtime.identity.authority import Authority
from runtime.identity.seams import Caller
from runtime.resources.account import Account
from runtime.services.call import Call
from runtime.services.notification_document import checked, function_reference, invalid

CANNOT_VALIDATE = "Unable to validate the following destination configurations"


class S3Notifications:
    """The operations of S3 that are about notifications; the rest of S3 is moto's."""

    service = "s3"
    api_version = "2006-03-01"

    def __init__(self, *, account: Account, authority: Authority, caller: Caller, push: S3Push, clock: Clock) -> None:
        self._account = account
        self._authority = authority
        self._caller = caller
        self._push = push
        self._clock = clock

    async def put_bucket_notification_configuration(
        self,
        call: Call,
        *,
        bucket: str,
        notification_configuration: Mapping[str, Any],
        skip_destination_validation: bool = False,
        **_: object,
    ) -> dict[str, Any]:
        """Replace what a bucket notifies; ``{}`` removes it."""
        await self._require_bucket(bucket)
        written = checked(notification_configuration)
        if not written:
            self._account.delete_notification(bucket)
            return {}
        for rule in rules(written):
            if rule.role:
                self._require_passing(call, rule.role)
        if not skip_destination_validation:
            await self._validate(call, bucket, [rule for rule in rules(written) if not rule.role])
        self._account.put_notification(bucket, written)
        return {}

    async def get_bucket_notification_configuration(self, call: Call, *, bucket: str, **_: object) -> dict[str, Any]:
        """Return what the bucket notifies, as it was written; nothing if it notifies nothing."""
        await self._require_bucket(bucket)
        return dict(self._account.notification(bucket) or {})

    async def _require_bucket(self, bucket: str) -> None:
        # The caller was judged for its own operation already; whether the bucket exists is asked as root.
        await self._caller.call("s3", "GetBucketLocation", {"Bucket": bucket}, self._authority.root.credentials)

    def _require_passing(self, call: Call, role: str) -> None:
        self._authority.require(
            call.principal,
            "iam:PassRole",
            role,
            {"iam:PassedToService": SERVICE_PRINCIPAL},
            service="s3",
            operation="PutBucketNotification",
            request_id=call.request_id,
        )

    async def _validate(self, call: Call, bucket: str, new: list[Rule]) -> None:
        """Try every destination; functions first, because nothing is sent to them."""
        for rule in new:
            if rule.target is Target.FUNCTION:
                self._require_function(bucket, rule.arn)
        event = json.dumps(s3_test_event(bucket, self._clock.now(), call.request_id, secrets.token_urlsafe(56)))
        for rule in new:
            if rule.target is not Target.FUNCTION:
                await self._try_out(bucket, rule, event)

    def _require_function(self, bucket: str, arn: str) -> None:
        name, qualifier = function_reference(arn)
        function = self._account.resolve(name, qualifier)
        if function is None or function.generation is not TODAY:
            raise _unreachable(arn, "The destination Lambda does not exist")
        s3 = self._authority.service(SERVICE_PRINCIPAL, bucket_arn(bucket))
        if not self._authority.judge(s3, "lambda:InvokeFunction", arn).is_allowed:
            raise _unreachable(f"{arn}, null", f"Not authorized to invoke function [{arn}]")

    async def _try_out(self, bucket: str, rule: Rule, event: str) -> None:
        kind = "queue" if rule.target is Target.QUEUE else "topic"
        try:
            await self._look_up(rule)
        except ServiceError as error:
            raise _unreachable(rule.arn, f"The destination {kind} does not exist") from error
        try:
            await self._push.send(rule.target, rule.arn, bucket, event)
        except ServiceError as error:
            words = f"Permissions on the destination {kind} do not allow S3 to publish notifications from this bucket"
            raise _unreachable(rule.arn, words) from error

    async def _look_up(self, rule: Rule) -> None:
        root = self._authority.root.credentials
        if rule.target is Target.QUEUE:
            await self._caller.call("sqs", "GetQueueAttributes", {"QueueUrl": queue_url(rule.arn)}, root)
        else:
            await self._caller.call("sns", "GetTopicAttributes", {"TopicArn": rule.arn}, root)


def _unreachable(name: str, why: str) -> ServiceError:
    return invalid(CANNOT_VALIDATE, name, why, number="1")
