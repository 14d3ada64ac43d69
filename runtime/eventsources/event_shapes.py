"""The JSON that an event source sends to a function.

S3's record is the one of 2014, ``eventVersion`` 2.0: its ``eventName`` has no ``s3:`` in front, and there is no
``sequencer`` yet. That a key is URL-encoded, with ``+`` for a space, is well known of S3's records and taken to have
been so in the preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from runtime.clock import iso_milliseconds


@dataclass(frozen=True, slots=True)
class ObjectCreated:
    """An object was put into a bucket: what, by whom, and in answer to which request."""

    bucket: str
    key: str
    size: int
    etag: str
    """Without quotation marks."""
    event_name: str
    """``ObjectCreated:Put``."""
    version_id: str | None
    principal_id: str
    source_ip: str
    request_id: str
    host_id: str
    moment: datetime
    region: str
    owner_id: str
    configuration_id: str


def bucket_arn(bucket: str) -> str:
    """Return the ARN of a bucket, which S3 also passes as ExternalId when it assumes an invocation role."""
    return f"arn:aws:s3:::{bucket}"


def s3_event(created: ObjectCreated) -> dict[str, Any]:
    """Return the event that S3 pushed in 2014."""
    stored = {
        "key": quote_plus(created.key, safe="/*"),
        "size": created.size,
        "eTag": created.etag,
    }
    if created.version_id is not None:
        stored["versionId"] = created.version_id
    record = {
        "eventVersion": "2.0",
        "eventSource": "aws:s3",
        "awsRegion": created.region,
        "eventTime": iso_milliseconds(created.moment),
        "eventName": created.event_name,
        "userIdentity": {"principalId": created.principal_id},
        "requestParameters": {"sourceIPAddress": created.source_ip},
        "responseElements": {"x-amz-request-id": created.request_id, "x-amz-id-2": created.host_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": created.configuration_id,
            "bucket": {
                "name": created.bucket,
                "ownerIdentity": {"principalId": created.owner_id},
                "arn": bucket_arn(created.bucket),
            },
            "object": stored,
        },
    }
    return {"Records": [record]}
