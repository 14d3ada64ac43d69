"""Values that travel as text: in paths, query strings, headers, forms and between XML tags."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from runtime.endpoint.model import ListShape, Operation, Shape, StructureShape, parse_timestamp
from runtime.errors import PlatformError, ServiceError

WORDS = {"integer": "an Integer", "long": "a Long", "boolean": "a Boolean", "float": "a Float", "double": "a Double"}
HTTP_DATE, ISO_DATE = "rfc822", "iso8601"


def from_text(shape: Shape, text: str) -> Any:
    """Return the value that a text stands for, in the type that the shape says."""
    try:
        return _from_text(shape, text)
    except (ValueError, binascii.Error) as error:
        kind = WORDS.get(shape.type_name, f"a {shape.type_name.title()}")
        raise ServiceError("SerializationException", f"STRING_VALUE can not be converted to {kind}") from error


def _from_text(shape: Shape, text: str) -> Any:
    match shape.type_name:
        case "integer" | "long":
            return int(text)
        case "float" | "double":
            return float(text)
        case "boolean":
            return {"true": True, "false": False}[text.lower()] if text.lower() in ("true", "false") else _fail(text)
        case "timestamp":
            return parse_timestamp(text)
        case "blob":
            return base64.b64decode(text, validate=True)
        case "list" if isinstance(shape, ListShape):
            return [_from_text(shape.member, item.strip()) for item in text.split(",")]
        case _:
            return text


def _fail(text: str) -> Any:
    raise ValueError(text)


def to_text(shape: Shape, value: Any, date_format: str) -> str:
    """Write a value as text."""
    match shape.type_name:
        case "boolean":
            return "true" if value else "false"
        case "timestamp":
            return timestamp(value, str(shape.serialization.get("timestampFormat", date_format)))
        case "blob":
            return base64.b64encode(value).decode()
        case "list" if isinstance(shape, ListShape):
            return ",".join(to_text(shape.member, item, date_format) for item in value)
        case _:
            return str(value)


def timestamp(moment: datetime, date_format: str) -> str:
    """Write a moment in one of the forms that models name."""
    moment = moment.astimezone(UTC)
    if date_format == HTTP_DATE:
        return format_datetime(moment.replace(microsecond=0), usegmt=True)
    return moment.strftime("%Y-%m-%dT%H:%M:%S" + (".%fZ" if moment.microsecond else "Z"))


def require_members(operation: Operation, parameters: dict[str, Any], code: str) -> None:
    """Refuse a call that lacks a member that the model requires, in AWS's words."""
    shape = operation.input_shape
    missing = [name for name in shape.required_members if parameters.get(name) is None] if shape else []
    if missing:
        raise ServiceError(code, null_members(missing))


def null_members(names: Iterable[str]) -> str:
    """Say that members are missing, as AWS's validation does."""
    said = [
        f"Value null at '{name[0].lower()}{name[1:]}' failed to satisfy constraint: Member must not be null"
        for name in names
    ]
    return f"{len(said)} validation error{'s' if len(said) > 1 else ''} detected: {'; '.join(said)}"


def known_members(shape: StructureShape, value: dict[str, Any]) -> dict[str, Any]:
    """Return the members that are not ``None``; our own services must not answer what the model does not know."""
    unknown = value.keys() - shape.members.keys()
    if unknown:
        raise PlatformError(f"{shape.name} has no member {', '.join(sorted(unknown))}")
    return {name: member for name, member in value.items() if member is not None}
