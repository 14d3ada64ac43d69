"""What S3 does beyond storing: it tells functions about new objects, and it does not tell strangers what is not there.

* The preview's notification and today's share one path; ``<InvocationRole>`` tells them apart (facts, section 1 row 6).
  The preview's is ours, today's for functions is refused until it can be kept, everything else is the store's.
* A GetObject of a key that does not exist is refused as AccessDenied to whoever may not list the bucket.
* After an object has been written and can be read, the push source is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from runtime.endpoint.exchange import Answer
from runtime.endpoint.execution import Execution, not_implemented
from runtime.endpoint.needs.s3 import resource
from runtime.endpoint.received import Received
from runtime.endpoint.store import Store
from runtime.endpoint.wire.rest_xml import host_id, root
from runtime.errors import ServiceError
from runtime.identity.authority import Authority

EVENTS = {
    "PutObject": "ObjectCreated:Put",
    "CopyObject": "ObjectCreated:Copy",
    "CompleteMultipartUpload": "ObjectCreated:CompleteMultipartUpload",
}
READS = frozenset({"GetObject", "HeadObject"})
PUT_NOTIFICATION, GET_NOTIFICATION = "PutBucketNotificationConfiguration", "GetBucketNotificationConfiguration"

ObjectCreated = Callable[..., Awaitable[None]]


class S3Face:
    """S3, as far as it is more than a store."""

    def __init__(
        self,
        *,
        execution: Execution,
        store: Store,
        authority: Authority,
        object_created: ObjectCreated,
        in_background: Callable[[str, Awaitable[None]], None],
    ) -> None:
        self._execution = execution
        self._store = store
        self._authority = authority
        self._object_created = object_created
        self._in_background = in_background

    async def answer(self, received: Received) -> Answer:
        """Carry out a call to S3."""
        match received.operation.name:
            case name if name == PUT_NOTIFICATION:
                return await self._put_notification(received)
            case name if name == GET_NOTIFICATION:
                return await self._get_notification(received)
        answer = await self._execution.answer(received)
        if answer.status == 404 and received.operation.name in READS:
            self._refuse_strangers(received)
        if answer.status == 200 and received.operation.name in EVENTS:
            self._tell(received, answer)
        return answer

    async def _put_notification(self, received: Received) -> Answer:
        self._require_bucket(received)
        tags = {element.tag.rpartition("}")[2] for element in root(received.request.body).iter()}
        if "InvocationRole" in tags:
            return await self._execution.answer(self._as_preview(received, "PutBucketNotification"))
        if "CloudFunction" in tags:
            raise not_implemented(
                "S3 notifications of functions without an invocation role (that is today's way, by resource policy)"
            )
        answer = await self._execution.stored(received)
        if answer.status == 200:
            await self._forget_preview_notification(received)
        return answer

    async def _forget_preview_notification(self, received: Received) -> None:
        """Drop the preview's configuration: a bucket has one configuration, and a new one takes its place."""
        method = self._execution.method(self._as_preview(received, "PutBucketNotification"))
        if method is not None:
            await method(received.call, bucket=received.labels["Bucket"], notification_configuration={})

    async def _get_notification(self, received: Received) -> Answer:
        self._require_bucket(received)
        preview = self._as_preview(received, "GetBucketNotification")
        method = self._execution.method(preview)
        output: Any = await method(received.call, bucket=received.labels["Bucket"]) if method else None
        if output:
            return received.destination.wire.answer(preview.operation, output, received.request_id)
        return await self._execution.stored(received)

    def _as_preview(self, received: Received, name: str) -> Received:
        model = received.destination.model
        return replace(received, operation=model.operation(name)) if model else received

    def _require_bucket(self, received: Received) -> None:
        bucket = received.labels["Bucket"]
        if not self._store.has_bucket(bucket):
            raise ServiceError("NoSuchBucket", "The specified bucket does not exist", 404, {"BucketName": bucket})

    def _refuse_strangers(self, received: Received) -> None:
        bucket = received.labels["Bucket"]
        if self._store.has_bucket(bucket):
            self._authority.require(
                received.principal,
                "s3:ListBucket",
                resource(bucket),
                service="s3",
                operation=received.operation.name,
                request_id=received.request_id,
            )

    def _tell(self, received: Received, answer: Answer) -> None:
        bucket, key = received.labels["Bucket"], received.labels["Key"]
        written = self._store.object(bucket, key)
        if written is None:
            return
        request_id = answer.header("x-amz-request-id") or received.request_id
        created = self._object_created(
            bucket=bucket,
            key=key,
            size=written.size,
            etag=written.etag,
            event_name=EVENTS[received.operation.name],
            version_id=written.version_id,
            principal=received.principal,
            source_ip=received.request.source_ip,
            request_id=request_id,
            host_id=answer.header("x-amz-id-2") or host_id(request_id),
        )
        self._in_background(f"telling about {bucket}/{key}", created)
