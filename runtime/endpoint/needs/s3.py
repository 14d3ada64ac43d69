"""S3: actions are often named unlike operations, and copying needs two of them."""

from __future__ import annotations

from urllib.parse import unquote

from runtime.endpoint.needs.asked import Asked, Use
from runtime.endpoint.needs.passed_roles import passing
from runtime.endpoint.wire.rest_xml import root

ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateBucketMetadataConfiguration": "CreateBucketMetadataTableConfiguration",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetadataConfiguration": "DeleteBucketMetadataTableConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetadataConfiguration": "GetBucketMetadataTableConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
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
ALSO_BY_HEADER = {
    "CreateBucket": {
        "x-amz-acl": "PutBucketAcl",
        "x-amz-grant-": "PutBucketAcl",
        "x-amz-object-ownership": "PutBucketOwnershipControls",
        "x-amz-bucket-object-lock-enabled": "PutBucketObjectLockConfiguration",
    },
    "PutObject": {
        "x-amz-acl": "PutObjectAcl",
        "x-amz-grant-": "PutObjectAcl",
        "x-amz-tagging": "PutObjectTagging",
        "x-amz-object-lock-mode": "PutObjectRetention",
        "x-amz-object-lock-legal-hold": "PutObjectLegalHold",
    },
    "DeleteObject": {"x-amz-bypass-governance-retention": "BypassGovernanceRetention"},
    "PutObjectRetention": {"x-amz-bypass-governance-retention": "BypassGovernanceRetention"},
}
"""Rights that an action needs beside its own if a header asks for more (S3 guide, "Required permissions")."""
REPLICATION_ROLE = "Role"
SERVICE = "s3.amazonaws.com"


def uses(asked: Asked) -> list[Use]:
    """Return what a call to S3 uses."""
    bucket, key, version = asked.text("Bucket"), asked.text("Key"), asked.text("versionId")
    if asked.operation == "DeleteObjects":
        named = [
            _uses(asked, bucket, "DeleteObject", name, version) for name, version in named_in_body(asked.request.body)
        ]
        return [use for each in named for use in each] or _uses(asked, bucket, "DeleteObject", "*", "")
    found = _uses(asked, bucket, ACTIONS.get(asked.operation, asked.operation), key, version)
    if asked.operation in COPIES:
        found.append(_source(asked.request.header("x-amz-copy-source") or ""))
    if asked.operation == "GetObjectAttributes":
        found.append(_use(bucket, "GetObject", key, version))
    if asked.operation == "PutBucketReplication":
        found += passing(_text_of(asked, REPLICATION_ROLE), SERVICE)
    return found


def _uses(asked: Asked, bucket: str, action: str, key: str, version: str) -> list[Use]:
    """Return the use of an action, and those that headers add to it."""
    sent = [name for name, _ in asked.request.headers]
    also = ALSO_BY_HEADER.get(action, {}).items()
    added = [other for header, other in also if any(name.startswith(header) for name in sent)]
    return [_use(bucket, each, key, version) for each in dict.fromkeys((action, *added))]


def _use(bucket: str, action: str, key: str, version: str) -> Use:
    if version:
        action = OF_A_VERSION.get(action, action)
    return Use(f"s3:{action}", {"BucketName": bucket, "ObjectName": key})


def resource(bucket: str, key: str = "") -> str:
    """Return the ARN of a bucket, or of an object in it."""
    return f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"


def _source(header: str) -> Use:
    path, _, version = header.partition("?versionId=")
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    return _use(bucket, "GetObject", key, version)


def _text_of(asked: Asked, tag: str) -> str:
    """Return the text of the first element of a name in the body."""
    return next((element.text or "" for element in root(asked.request.body) if _tag(element.tag) == tag), "")


def _tag(name: str) -> str:
    return name.rpartition("}")[2]


def named_in_body(body: bytes) -> list[tuple[str, str]]:
    """Return the keys and versions that DeleteObjects is to delete."""
    objects = [child for child in root(body) if _tag(child.tag) == "Object"]
    parts = [{_tag(part.tag): part.text or "" for part in item} for item in objects]
    return [(part.get("Key", ""), part.get("VersionId", "")) for part in parts]
