"""The JSON that S3 sends when an object has changed, and when it tries out a destination.

The record of 2014 has ``eventVersion`` 2.0 and no ``sequencer``; today's has 2.1. In both ``eventName`` has no ``s3:``
in front. Size and ETag are those of an object that was created. That a key is URL-encoded, with ``+`` for a space, is
well known of S3's records and taken to have been so in the preview.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus

from runtime.clock import iso_milliseconds
from runtime.identity.principal import Principal

REASONS = {
    "ObjectCreated:Put": "PutObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectRemoved:Delete": "DeleteObject",
    "ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}
"""What EventBridge is told of why an object has changed."""


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """What has become of an object: in which bucket, by whom, and in answer to which request."""

    bucket: str
    key: str
    event_name: str
    """``ObjectCreated:Put``."""
    version_id: str | None
    """Where the bucket is versioned."""
    principal: Principal
    source_ip: str
    request_id: str
    host_id: str
    size: int | None = None
    etag: str | None = None
    """Without quotation marks."""


@dataclass(frozen=True, slots=True)
class Sender:
    """What a record says of where it comes from."""

    region: str
    owner_id: str
    configuration_id: str
    moment: datetime
    sequencer: str | None
    """Of two records of one key the one with the higher sequencer is the later; ``None``: a record of the preview."""


def bucket_arn(bucket: str) -> str:
    """Return the ARN of a bucket, which S3 also passes as ExternalId when it assumes an invocation role."""
    return f"arn:aws:s3:::{bucket}"


def s3_event(change: ObjectChange, sender: Sender) -> dict[str, Any]:
    """Return the event that S3 pushes."""
    changed: dict[str, Any] = {"key": quote_plus(change.key, safe="/*")}
    optional = {
        "size": change.size,
        "eTag": change.etag,
        "versionId": change.version_id,
        "sequencer": sender.sequencer,
    }
    changed |= {name: value for name, value in optional.items() if value is not None}
    record = {
        "eventVersion": "2.0" if sender.sequencer is None else "2.1",
        "eventSource": "aws:s3",
        "awsRegion": sender.region,
        "eventTime": iso_milliseconds(sender.moment),
        "eventName": change.event_name,
        "userIdentity": {"principalId": change.principal.identifier},
        "requestParameters": {"sourceIPAddress": change.source_ip},
        "responseElements": {"x-amz-request-id": change.request_id, "x-amz-id-2": change.host_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": sender.configuration_id,
            "bucket": {
                "name": change.bucket,
                "ownerIdentity": {"principalId": sender.owner_id},
                "arn": bucket_arn(change.bucket),
            },
            "object": changed,
        },
    }
    return {"Records": [record]}


def bus_entry(change: ObjectChange, sequencer: str, moment: datetime) -> dict[str, Any]:
    """Return the event that EventBridge gets, as an entry of PutEvents with its detail read; the key is as it is."""
    is_created = change.event_name.startswith("ObjectCreated:")
    named = {
        "key": change.key,
        "size": change.size,
        "etag": change.etag,
        "version-id": change.version_id,
        "sequencer": sequencer,
    }
    detail = {
        "version": "0",
        "bucket": {"name": change.bucket},
        "object": {name: value for name, value in named.items() if value is not None},
        "request-id": change.request_id,
        "requester": change.principal.account,
        "source-ip-address": change.source_ip,
        "reason": REASONS[change.event_name],
    }
    if not is_created:
        is_hidden = change.event_name.endswith(":DeleteMarkerCreated")
        detail["deletion-type"] = "Delete Marker Created" if is_hidden else "Permanently Deleted"
    return {
        "Source": "aws.s3",
        "DetailType": "Object Created" if is_created else "Object Deleted",
        "Time": moment,
        "Resources": [bucket_arn(change.bucket)],
        "Detail": detail,
    }


def s3_test_event(bucket: str, moment: datetime, request_id: str, host_id: str) -> dict[str, Any]:
    """Return what S3 sends to a queue or a topic when it is named in a bucket's notification."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": iso_milliseconds(moment),
        "Bucket": bucket,
        "RequestId": request_id,
        "HostId": host_id,
    }
