"""Push: S3 calls the function, as the preview did it.

For each object that a bucket's notification names, S3 assumes the *invocation role* (with its own service principal,
and the bucket's ARN as ExternalId, so that a trust policy can name the bucket) and calls InvokeAsync with the session's
credentials through the endpoint, where the same judge decides as for anybody. Its session is named
``s3.amazonaws.com``: how AWS named it is not known, and this name makes the caller plain in the journal.

Every push is journalled (``push``), accepted or refused. A refusal is not raised: whoever put the object has been
answered by then and never learns of it, as on AWS. What is not promised: an upload whose push was under way when the
platform was killed is not pushed again. Once InvokeAsync has answered, the event is durable.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any

from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.eventsources.event_shapes import ObjectCreated, bucket_arn, s3_event
from runtime.generation import PREVIEW
from runtime.identity.authority import Authority
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.seams import Caller
from runtime.journal import Journal
from runtime.resources.account import Account

SERVICE_PRINCIPAL = "s3.amazonaws.com"
SESSION_NAME = "s3.amazonaws.com"


class S3Push:
    """The side of S3 that tells functions about new objects."""

    def __init__(
        self, *, account: Account, authority: Authority, caller: Caller, journal: Journal, clock: Clock, region: str
    ) -> None:
        self._account = account
        self._authority = authority
        self._caller = caller
        self._journal = journal
        self._clock = clock
        self._region = region
        self._under_way: list[str] = []
        self._ended = asyncio.Event()

    def under_way(self) -> list[str]:
        """Name the function of every push whose InvokeAsync has not been answered yet."""
        return list(self._under_way)

    async def idle(self) -> None:
        """Wait until no push is under way."""
        while self._under_way:
            self._ended.clear()
            await self._ended.wait()

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
        event_name: str = "ObjectCreated:Put",
        version_id: str | None = None,
    ) -> None:
        """Tell the function that the bucket's notification names, if there is one for this event."""
        notification = self._account.notification(bucket) or {}
        configuration = notification.get("CloudFunctionConfiguration")
        if configuration is None or not names_event(configuration["Events"], event_name):
            return
        created = ObjectCreated(
            bucket=bucket,
            key=key,
            size=size,
            etag=etag.strip('"'),
            event_name=event_name,
            version_id=version_id,
            principal_id=principal.identifier,
            source_ip=source_ip,
            request_id=request_id,
            host_id=host_id,
            moment=self._clock.now(),
            region=self._region,
            owner_id=self._authority.root.principal.identifier,
            configuration_id=configuration["Id"],
        )
        await self._push(created, configuration)

    def bucket_deleted(self, bucket: str) -> None:
        """Forget the notification of a bucket that is gone."""
        self._account.delete_notification(bucket)

    async def _push(self, created: ObjectCreated, configuration: Mapping[str, Any]) -> None:
        function = configuration["CloudFunction"].rpartition(":")[2]
        facts = {
            "source": "s3",
            "bucket": created.bucket,
            "key": created.key,
            "event_name": created.event_name,
            "function_arn": configuration["CloudFunction"],
            "role": configuration["InvocationRole"],
            "request_id": created.request_id,
        }
        self._under_way.append(function)
        try:
            await self._invoke(function, created, configuration)
        except ServiceError as refusal:
            self._journal.append("push", facts | {"status": "refused", "message": refusal.message})
        else:
            self._journal.append("push", facts | {"status": "accepted", "message": ""})
        finally:
            self._under_way.remove(function)
            self._ended.set()

    async def _invoke(self, function: str, created: ObjectCreated, configuration: Mapping[str, Any]) -> None:
        session = self._authority.assume_role(
            self._authority.service(SERVICE_PRINCIPAL),
            configuration["InvocationRole"],
            SESSION_NAME,
            external_id=bucket_arn(created.bucket),
        )
        parameters = {
            "FunctionName": function,
            "InvokeArgs": json.dumps(s3_event(created)).encode(),
        }
        await self._caller.call(
            "lambda", "InvokeAsync", parameters, session.credentials, api_version=PREVIEW.api_version
        )


def names_event(patterns: Iterable[str], event_name: str) -> bool:
    """Tell whether ``ObjectCreated:Put`` is among ``s3:ObjectCreated:Put``, ``s3:ObjectCreated:*``, ..."""
    full = f"s3:{event_name}"
    return any(full.startswith(p[:-1]) if p.endswith("*") else full == p for p in patterns)


def invocation_source(principal: Principal) -> str:
    """Return what an invocation's ``source`` is when this principal asks for it: an event source's session, or not."""
    is_push = principal.kind is PrincipalKind.ROLE_SESSION and principal.arn.endswith(f"/{SESSION_NAME}")
    return "s3" if is_push else "direct"
