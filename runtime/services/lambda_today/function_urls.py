"""Function URLs as they are configured; ``runtime/endpoint/function_urls.py`` answers what is sent to them.

A function and each of its aliases can have one. AWS's address is ``https://<url-id>.lambda-url.<region>.on.aws/``; ours
is ``http://<endpoint>/_lab/url/<url-id>/``, which every program on this machine reaches. The same function answers at
``http://<url-id>.lambda-url.<region>.localhost:<port>/``, where an application can have its own ``/``; browsers and
curl find that name, and most other programs do not. Streaming responses (``RESPONSE_STREAM``) are not here.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from typing import Any

from runtime.generation import TODAY
from runtime.resources.attachments import Kind
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.functions import last_modified
from runtime.services.lambda_today.catalogue import Catalogue, conflict, not_found
from runtime.services.paging import page

PATH = "/_lab/url/"
ID_LENGTH = 32
LISTED_AT_ONCE = 50
NOT_THERE = "The resource you requested does not exist."
NO_FUNCTION = "Function does not exist"


class FunctionUrls:
    """Create, Update, Get, List and Delete FunctionUrlConfig."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._account = collaborators.account
        self._clock = collaborators.clock

    async def create_function_url_config(
        self,
        call: Call,
        *,
        function_name: str,
        auth_type: str,
        qualifier: str | None = None,
        cors: Mapping[str, Any] | None = None,
        invoke_mode: str = "BUFFERED",
    ) -> dict[str, Any]:
        """Give a function or an alias an address."""
        name, named = self._named(function_name, qualifier)
        self._require_target(name, named)
        _require_buffered(invoke_mode)
        if self._account.attachments.get(Kind.URL, name, named) is not None:
            raise conflict(
                f"Failed to create function url config for [functionArn = {self._arn(name, named)}]."
                " Error message:  FunctionUrlConfig exists for this Lambda function"
            )
        now = last_modified(self._clock.now())
        document = {
            "id": "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(ID_LENGTH)),
            "auth_type": auth_type,
            "cors": dict(cors) if cors else None,
            "created": now,
            "modified": now,
        }
        self._account.attachments.put(Kind.URL, name, document, named)
        shape = self._shape(call, name, named, document)
        return {member: value for member, value in shape.items() if member != "LastModifiedTime"}

    async def update_function_url_config(
        self,
        call: Call,
        *,
        function_name: str,
        qualifier: str | None = None,
        auth_type: str | None = None,
        cors: Mapping[str, Any] | None = None,
        invoke_mode: str = "BUFFERED",
    ) -> dict[str, Any]:
        """Change what is given; the address stays."""
        name, named = self._named(function_name, qualifier)
        self._require_target(name, named)
        _require_buffered(invoke_mode)
        document = dict(self._find(name, named)) | {"modified": last_modified(self._clock.now())}
        if auth_type is not None:
            document["auth_type"] = auth_type
        if cors is not None:
            document["cors"] = dict(cors) or None
        self._account.attachments.put(Kind.URL, name, document, named)
        return self._shape(call, name, named, document)

    async def get_function_url_config(
        self, call: Call, *, function_name: str, qualifier: str | None = None
    ) -> dict[str, Any]:
        """Return the address of a function or an alias, and who may use it."""
        name, named = self._named(function_name, qualifier)
        return self._shape(call, name, named, self._find(name, named))

    async def list_function_url_configs(
        self, call: Call, *, function_name: str, marker: str | None = None, max_items: int = LISTED_AT_ONCE
    ) -> dict[str, Any]:
        """Return the addresses of a function and its aliases."""
        name, _ = self._named(function_name, None)
        self._require_target(name, "")
        kept = list(self._account.attachments.of(Kind.URL, name).items())
        chosen, next_marker = page(
            kept, marker, max_items, key=lambda item: item[0], operation="ListFunctionUrlConfigs"
        )
        shapes = [self._shape(call, name, named, document) for named, document in chosen]
        return {"FunctionUrlConfigs": shapes} | ({"NextMarker": next_marker} if next_marker else {})

    async def delete_function_url_config(
        self, call: Call, *, function_name: str, qualifier: str | None = None
    ) -> dict[str, Any]:
        """Take the address away; it never comes back."""
        name, named = self._named(function_name, qualifier)
        self._find(name, named)
        self._account.attachments.delete(Kind.URL, name, named)
        return {}

    def _named(self, function_name: str, qualifier: str | None) -> tuple[str, str]:
        reference = self._catalogue.refer(function_name, qualifier)
        return reference.name, reference.qualifier or ""

    def _require_target(self, name: str, qualifier: str) -> None:
        function = self._account.function(name)
        is_there = function is not None and function.generation is TODAY
        if not is_there or (qualifier and self._account.alias(name, qualifier) is None):
            raise not_found(NO_FUNCTION)

    def _find(self, name: str, qualifier: str) -> Mapping[str, Any]:
        document = self._account.attachments.get(Kind.URL, name, qualifier)
        if document is None:
            raise not_found(NOT_THERE)
        return document

    def _arn(self, name: str, qualifier: str) -> str:
        arn = self._catalogue.functions.arn(name)
        return f"{arn}:{qualifier}" if qualifier else arn

    def _shape(self, call: Call, name: str, qualifier: str, document: Mapping[str, Any]) -> dict[str, Any]:
        shape = {
            "FunctionUrl": f"{call.endpoint_url.rstrip('/')}{PATH}{document['id']}/",
            "FunctionArn": self._arn(name, qualifier),
            "AuthType": document["auth_type"],
            "Cors": document["cors"],
            "CreationTime": document["created"],
            "LastModifiedTime": document["modified"],
            "InvokeMode": "BUFFERED",
        }
        return {member: value for member, value in shape.items() if value is not None}


def _require_buffered(invoke_mode: str) -> None:
    if invoke_mode != "BUFFERED":
        raise invalid_parameter("This runtime does not stream responses. Leave InvokeMode out, or say 'BUFFERED'.")
