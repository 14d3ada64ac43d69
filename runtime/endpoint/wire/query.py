"""query, which IAM and STS speak: a form goes in, XML comes out. ec2 differs from it in the form of its errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree.ElementTree import Element, SubElement

from runtime.endpoint.exchange import Answer, Request
from runtime.endpoint.model import ListShape, Operation, Shape, StructureShape
from runtime.endpoint.wire import text, xml
from runtime.errors import ServiceError


def parse(operation: Operation, labels: Mapping[str, str], request: Request) -> dict[str, Any]:  # noqa: ARG001 - one face
    """Return the parameters of a call by the names of the model."""
    parameters = _value(operation.input_shape, form(request), "") if operation.input_shape else {}
    text.require_members(operation, parameters, "ValidationError")
    return dict(parameters)


def form(request: Request) -> dict[str, str]:
    """Return the form of a call: its body, or without one its query string. The first of several values counts."""
    if request.method == "POST" and request.body:
        return dict(reversed(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)))
    return request.query_fields


def lists(operation: Operation, fields: Mapping[str, str], names: Collection[str]) -> dict[str, Any]:
    """Return the lists of these names that a form has, as the model shapes them."""
    members = operation.input_shape.members if operation.input_shape else {}
    wanted = {name: members[name] for name in names if isinstance(members.get(name), ListShape)}
    return {name: found for name, shape in wanted.items() if (found := _value(shape, fields, f"{name}."))}


def _value(shape: Shape, fields: Mapping[str, str], prefix: str) -> Any:
    match shape:
        case StructureShape():
            names = {
                name: f"{prefix}{member.serialization.get('name', name)}" for name, member in shape.members.items()
            }
            return {
                name: _value(shape.members[name], fields, key if key in fields else f"{key}.")
                for name, key in names.items()
                if key in fields or any(field.startswith(f"{key}.") for field in fields)
            }
        case ListShape():
            return [_value(shape.member, fields, key) for key in _numbered(shape, fields, prefix)]
    return text.from_text(shape, fields[prefix])


def _numbered(shape: ListShape, fields: Mapping[str, str], prefix: str) -> list[str]:
    """Return the prefixes of a list's items: ``Tags.member.1.`` for a structure, ``Names.member.1`` for a text."""
    name = str(shape.member.serialization.get("name", "member"))
    stem = prefix if shape.serialization.get("flattened") else f"{prefix}{name}."
    numbers = sorted(
        {int(part) for field in fields if field.startswith(stem) and (part := _first(field, stem)).isdigit()}
    )
    end = "." if isinstance(shape.member, StructureShape) else ""
    return [f"{stem}{number}{end}" for number in numbers]


def _first(field: str, stem: str) -> str:
    return field[len(stem) :].partition(".")[0]


def answer(operation: Operation, output: Mapping[str, Any] | None, request_id: str) -> Answer:
    """Write what an operation answered, as the model says."""
    root = Element(f"{operation.name}Response", {"xmlns": operation.xml_namespace})
    shape = operation.output_shape
    if shape is not None:
        result = SubElement(root, str(shape.serialization.get("resultWrapper", f"{operation.name}Result")))
        for name, value in text.known_members(shape, dict(output or {})).items():
            member = shape.members[name]
            xml.append(result, str(member.serialization.get("name", name)), member, value)
    SubElement(SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    return _xml(operation.success_status, root, request_id)


def refusal(error: ServiceError, operation: Operation | None, request_id: str) -> Answer:
    """Say an error as these services do."""
    if operation and operation.protocol == "ec2":
        return _ec2_refusal(error, request_id)
    root = Element("ErrorResponse", {"xmlns": operation.xml_namespace} if operation else {})
    wrapper = SubElement(root, "Error")
    SubElement(wrapper, "Type").text = error.fields.get("Type", "Sender" if error.status < 500 else "Receiver")
    SubElement(wrapper, "Code").text = error.code
    SubElement(wrapper, "Message").text = error.message
    SubElement(root, "RequestId").text = request_id
    return _xml(error.status, root, request_id)


def _ec2_refusal(error: ServiceError, request_id: str) -> Answer:
    root = Element("Response")
    wrapper = SubElement(SubElement(root, "Errors"), "Error")
    SubElement(wrapper, "Code").text = "UnauthorizedOperation" if error.code == "AccessDenied" else error.code
    SubElement(wrapper, "Message").text = error.message
    SubElement(root, "RequestID").text = request_id
    return _xml(error.status, root, request_id)


def _xml(status: int, root: Element, request_id: str) -> Answer:
    return Answer(status, (("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)), xml.document(root))
