"""S3: actions are often named unlike operations, and copying needs two of them."""

from __future__ import annotations

from urllib.parse import unquote

from runtime.endpoint.exchange import Request
from runtime.endpoint.needs.asked import Asked, Need
from runtime.endpoint.wire.rest_xml import root
from runtime.policy.values import ContextValue

ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
}
"""Where the action is not the operation's own name."""

OF_A_VERSION = {
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectAttributes": "GetObjectVersionAttributes",
    "GetObjectTagging": "GetObjectVersionTagging",
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}
"""Actions that become another one when the call names a version."""

COPIES = frozenset({"CopyObject", "UploadPartCopy"})
LISTING_CONDITIONS = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}


def needs(asked: Asked) -> list[Need]:
    """Return what a call to S3 needs."""
    bucket, key = asked.text("Bucket"), asked.text("Key")
    if asked.operation == "DeleteObjects":
        named = [_need(bucket, "DeleteObject", name, version) for name, version in _named_in_body(asked)]
        return named or [_need(bucket, "DeleteObject", "*", "")]
    if asked.operation == "ListBuckets":
        return [Need("s3:ListAllMyBuckets")]
    action = ACTIONS.get(asked.operation, asked.operation)
    found = [_need(bucket, action, key, asked.text("versionId"))]
    if asked.operation in COPIES:
        found.append(_source(asked.request.header("x-amz-copy-source") or ""))
    if asked.operation == "GetObjectAttributes":
        found.append(_need(bucket, "GetObject", key, asked.text("versionId")))
    return found


def _need(bucket: str, action: str, key: str, version: str) -> Need:
    if version:
        action = OF_A_VERSION.get(action, action)
    return Need(f"s3:{action}", resource(bucket, key) if bucket else "*")


def resource(bucket: str, key: str = "") -> str:
    """Return the ARN of a bucket, or of an object in it."""
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _source(header: str) -> Need:
    path, _, version = header.partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return _need(bucket, "GetObject", key, version)


def _named_in_body(asked: Asked) -> list[tuple[str, str]]:
    """Return the keys and versions that DeleteObjects is to delete."""
    objects = [child for child in root(asked.request.body) if child.tag.rpartition("}")[2] == "Object"]
    parts = [{part.tag.rpartition("}")[2]: part.text or "" for part in item} for item in objects]
    return [(part.get("Key", ""), part.get("VersionId", "")) for part in parts]


def conditions(request: Request) -> dict[str, ContextValue]:
    """Return S3's own condition keys that a request gives."""
    query = request.query_fields
    context: dict[str, ContextValue] = {key: query[name] for key, name in LISTING_CONDITIONS.items() if name in query}
    for key in ("x-amz-acl", "x-amz-server-side-encryption", "x-amz-storage-class", "x-amz-copy-source"):
        value = request.header(key)
        if value is not None:
            context[f"s3:{key}"] = value
    if "versionId" in query:
        context["s3:VersionId"] = query["versionId"]
    return context
