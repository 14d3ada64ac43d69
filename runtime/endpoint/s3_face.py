"""What S3 does beyond storing: it tells functions about new objects, and it does not tell strangers what is not there.

* The preview's notification and today's share one path and one document. Both go to our own service by the preview's
  operation, which refuses what it cannot keep; the store would drop the invocation role without a word.
* A document that is no XML is refused; the store would break on it. So are bytes that are not those that the caller
  meant (``integrity.py``).
* A GetObject of a key that does not exist is refused as AccessDenied to whoever may not list the bucket.
* After an object has been written and can be read, the push source is told; also when a bucket is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote

from runtime.endpoint.authentication import LARGE
from runtime.endpoint.exchange import Answer
from runtime.endpoint.execution import Execution, not_implemented
from runtime.endpoint.integrity import verify_integrity
from runtime.endpoint.model import StructureShape
from runtime.endpoint.needs.s3 import resource
from runtime.endpoint.received import Received
from runtime.endpoint.store import Store
from runtime.endpoint.wire.rest import payload_member
from runtime.endpoint.wire.rest_xml import host_id, required_document, root
from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.principal import Principal

EVENTS = {
    "PutObject": "ObjectCreated:Put",
    "CopyObject": "ObjectCreated:Copy",
    "CompleteMultipartUpload": "ObjectCreated:CompleteMultipartUpload",
}
OF_AN_UPLOAD = frozenset({"UploadPart", "UploadPartCopy", "CompleteMultipartUpload"})
NO_SUCH_UPLOAD = (
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
    "completed."
)
COPY_SOURCE = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
COUNTS = frozenset({"max-keys", "max-parts", "max-uploads"})
READS = frozenset({"GetObject", "HeadObject"})
OF_THE_PREVIEW = {
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
}
"""Operations of today whose path is that of one of the preview."""


class PushSource(Protocol):
    """Whoever wants to know what becomes of buckets: ``S3Push``."""

    async def object_created(
        self,
        *,
        bucket: str,
        key: str,
        size: int,
        etag: str,
        principal: Principal,
        source_ip: str,
        request_id: str,
        host_id: str,
        event_name: str = ...,
        version_id: str | None = ...,
    ) -> None:
        """Do what the bucket's notification says."""

    def bucket_deleted(self, bucket: str) -> None:
        """Forget what the bucket's notification said: one of the same name begins without."""


class S3Face:
    """S3, as far as it is more than a store."""

    def __init__(
        self,
        *,
        execution: Execution,
        store: Store,
        authority: Authority,
        push: PushSource,
        in_background: Callable[[str, Awaitable[None]], None],
    ) -> None:
        self._execution = execution
        self._store = store
        self._authority = authority
        self._push = push
        self._in_background = in_background

    async def answer(self, received: Received) -> Answer:
        """Carry out a call to S3."""
        if "/" in received.labels.get("Bucket", ""):
            # Written as %2F it was judged as part of the name; to the store it would divide bucket and key.
            raise ServiceError("InvalidBucketName", "The specified bucket is not valid.", 400)
        if received.operation.name in OF_THE_PREVIEW:
            return await self._execution.answer(_as_preview(received))
        _refuse_malformed(received)
        await _verify_integrity(received)
        self._refuse_unknown_upload(received)
        answer = await self._execution.answer(received)
        if answer.status == 404 and received.operation.name in READS:
            self._refuse_strangers(received)
        if answer.status == 200 and received.operation.name in EVENTS:
            self._tell(received, answer)
        if answer.status == 204 and received.operation.name == "DeleteBucket":
            self._push.bucket_deleted(received.labels["Bucket"])
        return answer

    def _refuse_unknown_upload(self, received: Received) -> None:
        upload_id = received.request.query_fields.get("uploadId")
        if upload_id is None or received.operation.name not in OF_AN_UPLOAD:
            return
        if not self._store.has_upload(received.labels["Bucket"], received.labels["Key"], upload_id):
            raise ServiceError("NoSuchUpload", NO_SUCH_UPLOAD, 404)

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
        created = self._push.object_created(
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


def _refuse_malformed(received: Received) -> None:
    payload = payload_member(received.operation.input_shape)
    if payload is not None and isinstance(payload[1], StructureShape) and received.request.body:
        required_document(payload[1], received.request.body)
    source = received.request.header("x-amz-copy-source")
    if source is not None and "/" not in unquote(source).strip("/"):
        raise ServiceError("InvalidArgument", COPY_SOURCE, 400)
    for name, value in received.request.query:
        if name in COUNTS and value.startswith("-"):
            raise ServiceError("InvalidArgument", f"Argument {name} must be an integer between 0 and 2147483647", 400)


async def _verify_integrity(received: Received) -> None:
    operation, request = received.operation.name, received.request
    if len(request.body) < LARGE:
        verify_integrity(operation, request)
    else:
        await asyncio.to_thread(verify_integrity, operation, request)


def _as_preview(received: Received) -> Received:
    model = received.destination.model
    assert model is not None  # an operation has been found in it
    preview = replace(received, operation=model.operation(OF_THE_PREVIEW[received.operation.name]))
    _refuse_newer_elements(preview)
    return preview


def _refuse_newer_elements(preview: Received) -> None:
    """Refuse what the preview's document cannot say (EventBridge), which its shape would leave out unnoticed."""
    shape = preview.operation.input_shape
    if shape is None or "NotificationConfiguration" not in shape.members:
        return
    configuration = shape.members["NotificationConfiguration"]
    known = configuration.members if isinstance(configuration, StructureShape) else {}
    tags = {element.tag.rpartition("}")[2] for element in root(preview.request.body)}
    if tags - known.keys():
        raise not_implemented(f"{', '.join(sorted(tags - known.keys()))} of s3:PutBucketNotificationConfiguration")
