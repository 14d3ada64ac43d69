"""What S3 does beyond storing: it tells functions about new objects, and it does not tell strangers what is not there.

* The preview's notification and today's share one path and one document. Both go to our own service by today's
  operation, which knows the invocation role too; the store would drop it without a word.
* A document that is no XML is refused; the store would break on it. So are bytes that are not those that the caller
  meant (``integrity.py``).
* A GetObject of a key that does not exist is refused as AccessDenied to whoever may not list the bucket.
* After an object has been written and can be read, or is gone, the push source is told before the caller is answered
  (``s3_changes.py``); also when a bucket is gone.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote

from runtime.endpoint.authentication import LARGE
from runtime.endpoint.exchange import Answer
from runtime.endpoint.execution import Execution
from runtime.endpoint.integrity import verify_integrity
from runtime.endpoint.model import StructureShape
from runtime.endpoint.needs.s3 import resource
from runtime.endpoint.received import Received
from runtime.endpoint.s3_changes import CHANGING, Changes
from runtime.endpoint.store import Store
from runtime.endpoint.wire.rest import payload_member
from runtime.endpoint.wire.rest_xml import MALFORMED, required_document, root
from runtime.endpoint.wire.xml import element_name
from runtime.errors import ServiceError
from runtime.eventsources.event_shapes import ObjectChange
from runtime.identity.authority import Authority

OF_AN_UPLOAD = frozenset({"UploadPart", "UploadPartCopy", "CompleteMultipartUpload"})
NO_SUCH_UPLOAD = (
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
    "completed."
)
COPY_SOURCE = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
COUNTS = frozenset({"max-keys", "max-parts", "max-uploads"})
READS = frozenset({"GetObject", "HeadObject"})
OF_TODAY = {
    "PutBucketNotification": "PutBucketNotificationConfiguration",
    "GetBucketNotification": "GetBucketNotificationConfiguration",
}
"""Operations of the preview whose path is that of one of today."""


PUTS_NOTIFICATION = "PutBucketNotificationConfiguration"


class PushSource(Protocol):
    """Whoever wants to know what becomes of buckets: ``S3Push``."""

    def listens(self, bucket: str) -> bool:
        """Tell whether anything is to be done when an object of the bucket changes."""

    def object_changed(self, change: ObjectChange) -> None:
        """Put down, durably, what the bucket's notification says of this."""

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
    ) -> None:
        self._execution = execution
        self._store = store
        self._authority = authority
        self._push = push

    async def answer(self, received: Received) -> Answer:
        """Carry out a call to S3."""
        if "/" in received.labels.get("Bucket", ""):
            # Written as %2F it was judged as part of the name; to the store it would divide bucket and key.
            raise ServiceError("InvalidBucketName", "The specified bucket is not valid.", 400)
        if received.operation.name in OF_TODAY:
            received = _as_of_today(received)
        if received.operation.name == PUTS_NOTIFICATION:
            _refuse_unknown_elements(received)
        _refuse_malformed(received)
        await _verify_integrity(received)
        self._refuse_unknown_upload(received)
        changes = Changes(self._store, received) if self._concerns_listeners(received) else None
        answer = await self._execution.answer(received)
        if answer.status == 404 and received.operation.name in READS:
            self._refuse_strangers(received)
        for change in changes.after(answer) if changes else ():
            self._push.object_changed(change)
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

    def _concerns_listeners(self, received: Received) -> bool:
        return received.operation.name in CHANGING and self._push.listens(received.labels["Bucket"])


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


def _as_of_today(received: Received) -> Received:
    model = received.destination.model
    assert model is not None  # an operation has been found in it
    return replace(received, operation=model.operation(OF_TODAY[received.operation.name]))


def _refuse_unknown_elements(received: Received) -> None:
    """Refuse a notification that says what nobody here would read: it would be taken, and nothing would come of it."""
    shape = received.operation.input_shape
    configuration = shape.members["NotificationConfiguration"] if shape is not None else None
    assert isinstance(configuration, StructureShape)
    known = {element_name(name, member) for name, member in configuration.members.items()}
    document = root(received.request.body)
    is_notification = _tag(document.tag) == "NotificationConfiguration"
    if not is_notification or {_tag(element.tag) for element in document} - known:
        raise ServiceError("MalformedXML", MALFORMED)


def _tag(name: str) -> str:
    return name.rpartition("}")[2]
