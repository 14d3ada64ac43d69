"""Where the code of a function comes from: the bytes of the request, or an object in S3.

Unzipping takes a while, so it is done in a thread, and the endpoint answers others meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from runtime.errors import ServiceError
from runtime.resources.packages import Package, PackageStore
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter

MAXIMUM_ZIPPED_BYTES = 52_428_800
"""50 MB for an archive in the request itself. The preview's limit is not known; here it is the same.
An archive in S3 is bound only by what it may unzip to."""
SOURCES = ("ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion")
NO_SOURCE = "Please provide a source for function code."
TWO_SOURCES = "Please do not provide other FunctionCode parameters when providing a ZipFile."


async def keep_upload(packages: PackageStore, archive: bytes) -> Package:
    """Keep an archive that came with the request."""
    if len(archive) > MAXIMUM_ZIPPED_BYTES:
        message = f"Zipped size must be smaller than {MAXIMUM_ZIPPED_BYTES} bytes"
        raise ServiceError("RequestEntityTooLargeException", message, 413)
    return await asyncio.to_thread(packages.put, archive)


class Deployment:
    """Brings the deployment packages that today's API names into the store."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._packages = collaborators.packages
        self._authority = collaborators.authority
        self._caller = collaborators.caller

    async def keep(self, call: Call, code: Mapping[str, Any], operation: str) -> Package:
        """Keep the archive that the shape FunctionCode names: either its bytes or an object in S3."""
        others = sorted(member for member, value in code.items() if value and member not in SOURCES)
        if others:
            raise invalid_parameter(f"{operation} takes code from ZipFile, or S3Bucket and S3Key; not {others[0]}.")
        archive, bucket, key, version = (code.get(member) for member in SOURCES)
        if archive is not None:
            if bucket or key or version:
                raise invalid_parameter(TWO_SOURCES)
            return await keep_upload(self._packages, archive)
        if not bucket or not key:
            raise invalid_parameter(NO_SOURCE)
        return await asyncio.to_thread(self._packages.put, await self._stored(call, bucket, key, version, operation))

    async def _stored(self, call: Call, bucket: str, key: str, version: str | None, operation: str) -> bytes:
        # Lambda reads the object as the caller, whose rights are judged here; the reading itself is done as root,
        # because a call does not hand its credentials on.
        action = "s3:GetObjectVersion" if version else "s3:GetObject"
        arn = f"arn:aws:s3:::{bucket}/{key}"
        parameters = {"Bucket": bucket, "Key": key} | ({"VersionId": version} if version else {})
        try:
            self._authority.require(
                call.principal, action, arn, service="s3", operation=operation, request_id=call.request_id
            )
            answer = await self._caller.call("s3", "GetObject", parameters, self._authority.root.credentials)
        except ServiceError as refusal:
            raise _unreadable(refusal, bucket, key) from refusal
        body: bytes = answer["Body"]
        return body


def _unreadable(refusal: ServiceError, bucket: str, key: str) -> ServiceError:
    reason = f"S3 Error Code: {refusal.code}. S3 Error Message: {refusal.message}"
    if refusal.code == "AccessDenied":
        denied = "Your access has been denied by S3, please make sure your request credentials have permission to"
        return ServiceError("AccessDeniedException", f"{denied} GetObject for {bucket}/{key}. {reason}", 403)
    return invalid_parameter(f"Error occurred while GetObject. {reason}")
