"""Values of every shape, and requests as botocore itself writes them: what the wire is held to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from botocore import xform_name
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.serialize import create_serializer

from runtime.endpoint.exchange import Request
from runtime.endpoint.model import Model, Models

TEXTS = {"timestamp": "2026-01-02"}
MOMENT = datetime(2014, 11, 13, 10, 30, 15, tzinfo=UTC)


def sample(shape: Shape, depth: int = 0) -> Any:
    """Return a value of a shape with every member that is not nested too deep."""
    match shape:
        case StructureShape():
            return {name: sample(member, depth + 1) for name, member in shape.members.items() if depth < 6}
        case ListShape():
            return [sample(shape.member, depth + 1)]
        case MapShape():
            return {"ein Schlüssel": sample(shape.value, depth + 1)}
    enum: list[str] = getattr(shape, "enum", [])
    number = max(int(shape.metadata.get("min", 1)), 7)
    scalars: dict[str, Any] = {
        "string": enum[0] if enum else "text & <more> é" * max(1, number // 8),
        "integer": number,
        "long": number,
        "float": 1.5,
        "double": 1.5,
        "boolean": True,
        "timestamp": MOMENT,
        "blob": b"\x00bytes\xff",
    }
    return scalars[shape.type_name]


def sample_input(operation: OperationModel) -> dict[str, Any]:
    """Return parameters for an operation; what travels in headers is kept to ASCII, as HTTP wants it."""
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        return {}
    values = sample(shape)
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header" and member.type_name == "string" and not member.enum:  # type: ignore[attr-defined]
            values[name] = "plain"
    return dict(values)


def written_by_botocore(operation: OperationModel, parameters: dict[str, Any]) -> Request:
    """Return the request that a boto3 client sends for an operation."""
    protocol = operation.service_model.protocol
    sent = create_serializer(protocol, include_validation=False).serialize_to_request(parameters, operation)
    query = urlencode(sent["query_string"], doseq=True) if sent["query_string"] else ""
    path, _, literal = sent["url_path"].partition("?")
    body = sent["body"]
    if isinstance(body, dict):
        body = urlencode(body)
    return Request(
        method=sent["method"],
        raw_path=path,
        query_string="&".join(part for part in (literal, query) if part),
        headers=tuple((name.lower(), str(value)) for name, value in sent["headers"].items()),
        body=body.encode() if isinstance(body, str) else bytes(body),
        source_ip="127.0.0.1",
        endpoint_url="http://localhost",
    )


def request(method: str = "GET", url: str = "/", headers: dict[str, str] | None = None, body: bytes = b"") -> Request:
    """Return a request as somebody without an SDK may send it."""
    parts = urlsplit(url)
    pairs = tuple((name.lower(), value) for name, value in (headers or {}).items())
    return Request(method, parts.path, parts.query, pairs, body, "127.0.0.1", "http://localhost")


def model(service: str, api_version: str | None = None) -> Model:
    """Return a service's model, which there must be."""
    found = Models().service(service, api_version)
    assert found is not None
    return found


def snake(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return parameters by the names that a service's method has for them."""
    return {xform_name(name): value for name, value in parameters.items()}
