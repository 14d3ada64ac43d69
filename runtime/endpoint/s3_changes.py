"""What a call to S3 has changed: found by looking at the store before and after, not by what the answer says of it.

A deletion is told as it happened: a version that is gone (``Delete``), or in a versioned bucket a marker that hides the
object (``DeleteMarkerCreated``). Deleting what was not there changes nothing, and nobody is told. Of an object that is
overwritten in the same moment it may be the later one that is described; there is no order between the two either.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime.endpoint.exchange import Answer
from runtime.endpoint.needs.s3 import named_in_body
from runtime.endpoint.received import Received
from runtime.endpoint.store import Store
from runtime.endpoint.wire.rest_xml import host_id
from runtime.eventsources.event_shapes import ObjectChange

CREATING = {
    "PutObject": "ObjectCreated:Put",
    "CopyObject": "ObjectCreated:Copy",
    "CompleteMultipartUpload": "ObjectCreated:CompleteMultipartUpload",
}
BY_FORM = "ObjectCreated:Post"
REMOVING = frozenset({"DeleteObject", "DeleteObjects"})
CHANGING = REMOVING | CREATING.keys()
FIRST_REFUSAL = 300


class Changes:
    """One call that may change objects; to be made before it is carried out."""

    def __init__(self, store: Store, received: Received) -> None:
        self._store = store
        self._received = received
        self._bucket = received.labels["Bucket"]
        self._before = {
            (key, version): store.object(self._bucket, key, version or None) for key, version in self._removed()
        }

    def after(self, answer: Answer) -> Iterator[ObjectChange]:
        """Give what has changed, when the call has been carried out."""
        if answer.status >= FIRST_REFUSAL:
            return
        event_name = BY_FORM if self._received.is_form else CREATING.get(self._received.operation.name)
        if event_name is not None:
            yield from self._created(event_name, answer)
        for (key, version), before in self._before.items():
            now = self._store.object(self._bucket, key, version or None)
            if not version and now is not None and now.is_delete_marker and now != before:
                yield self._change("ObjectRemoved:DeleteMarkerCreated", key, answer, now.version_id)
            elif before is not None and now is None:
                yield self._change("ObjectRemoved:Delete", key, answer, before.version_id)

    def _created(self, event_name: str, answer: Answer) -> Iterator[ObjectChange]:
        key = self._received.labels["Key"]
        written = self._store.object(self._bucket, key, answer.header("x-amz-version-id"))
        if written is not None and not written.is_delete_marker:
            yield self._change(event_name, key, answer, written.version_id, written.size, written.etag)

    def _change(
        self,
        event_name: str,
        key: str,
        answer: Answer,
        version_id: str | None,
        size: int | None = None,
        etag: str | None = None,
    ) -> ObjectChange:
        received = self._received
        request_id = answer.header("x-amz-request-id") or received.request_id
        return ObjectChange(
            bucket=self._bucket,
            key=key,
            event_name=event_name,
            version_id=version_id,
            principal=received.principal,
            source_ip=received.request.source_ip,
            request_id=request_id,
            host_id=answer.header("x-amz-id-2") or host_id(request_id),
            size=size,
            etag=etag,
        )

    def _removed(self) -> list[tuple[str, str]]:
        """Return what the call is to remove, each as key and version, which is empty where none is named."""
        received = self._received
        if received.operation.name == "DeleteObjects":
            return named_in_body(received.request.body)
        if received.operation.name == "DeleteObject":
            return [(received.labels["Key"], received.request.query_fields.get("versionId", ""))]
        return []
