"""What rest-json and rest-xml share: members of a call that travel in the path, the query string and the headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.endpoint.exchange import Request
from runtime.endpoint.model import ListShape, Operation, Shape, StructureShape
from runtime.endpoint.wire import text


def located_members(operation: Operation, labels: Mapping[str, str], request: Request) -> dict[str, Any]:
    """Return the members that are not in the body, by the names of the model."""
    found: dict[str, Any] = {}
    query = request.query
    for name, member in operation.input_shape.members.items() if operation.input_shape else ():
        key = str(member.serialization.get("name", name))
        match member.serialization.get("location"):
            case "uri":
                found[name] = text.from_text(member, labels[key])
            case "querystring":
                _from_query(found, name, member, [value for given, value in query if given == key])
            case "header":
                value = request.header(key.lower())
                if value is not None:
                    found[name] = text.from_text(member, value)
            case "headers":
                prefix = key.lower()
                found[name] = {given[len(prefix) :]: v for given, v in request.headers if given.startswith(prefix)}
    return found


def _from_query(found: dict[str, Any], name: str, member: Shape, values: list[str]) -> None:
    if not values:
        return
    if isinstance(member, ListShape):
        found[name] = [text.from_text(member.member, value) for value in values]
    else:
        found[name] = text.from_text(member, values[0])


def payload_member(shape: StructureShape | None) -> tuple[str, Shape, StructureShape] | None:
    """Return the member that is the whole body (its name, its shape, the shape it belongs to), if there is one."""
    name = shape.serialization.get("payload") if shape else None
    return (str(name), shape.members[name], shape) if shape and name else None
