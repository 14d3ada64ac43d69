"""How the platform's own parts call AWS: as everybody does, signed, through the endpoint, and judged there.

The call takes every step that one over the wire takes, but for the wire.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from runtime.endpoint.exchange import Answer, Request
from runtime.endpoint.model import Models, Operation
from runtime.errors import PlatformError, ServiceError
from runtime.identity.principal import Credentials

URL = "http://localhost"
SOURCE_IP = "127.0.0.1"


class EndpointCaller:
    """Implements :class:`~runtime.identity.seams.Caller` on the endpoint of this process.

    ``respond`` is :meth:`~runtime.endpoint.endpoint.Endpoint.respond`; the endpoint is made after whoever calls it, so
    it is handed over as ``lambda request: endpoint.respond(request)``.
    """

    def __init__(self, respond: Callable[[Request], Awaitable[Answer]], region: str) -> None:
        self._respond = respond
        self._region = region
        self._models = Models()

    async def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        api_version: str | None = None,
    ) -> Mapping[str, Any]:
        """Call an operation; raise ``ServiceError`` with the code and words that the endpoint answered."""
        called = self._operation(service, operation, api_version)
        answer = await self._respond(self._request(called, parameters, credentials))
        parsed = called.parsed(answer.status, dict(answer.headers), answer.body)
        if answer.status >= 300:
            error = parsed.get("Error", {})
            raise ServiceError(error.get("Code", str(answer.status)), error.get("Message", ""), answer.status)
        parsed.pop("ResponseMetadata", None)
        return parsed

    def _operation(self, service: str, operation: str, api_version: str | None) -> Operation:
        model = self._models.service(service, api_version)
        if model is None or operation not in model.operation_names:
            raise PlatformError(f"there is no operation {service}:{operation} in version {api_version or 'of today'}")
        return model.operation(operation)

    def _request(self, operation: Operation, parameters: Mapping[str, Any], credentials: Credentials) -> Request:
        keys = (credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
        signed = operation.signed_request(parameters, URL, self._region, keys)
        parts = urlsplit(str(signed.url))
        headers: dict[str, Any] = {"host": parts.netloc}
        headers |= {name.lower(): value for name, value in signed.headers.items()}
        body = signed.body or b""
        return Request(
            method=str(signed.method),
            raw_path=parts.path,
            query_string=parts.query,
            headers=tuple(
                (name, value.decode() if isinstance(value, bytes) else str(value)) for name, value in headers.items()
            ),
            body=body.encode() if isinstance(body, str) else bytes(body),
            source_ip=SOURCE_IP,
            endpoint_url=URL,
        )
