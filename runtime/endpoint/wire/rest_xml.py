"""rest-xml, which S3 speaks: a path, a query string, headers, and a body of XML or of plain bytes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from runtime.endpoint.exchange import Answer, Request
from runtime.endpoint.model import ListShape, Operation, Shape, StructureShape
from runtime.endpoint.wire import text, xml
from runtime.endpoint.wire.rest import located_members, payload_member
from runtime.errors import ServiceError

WORDS = {
    "InvalidClientTokenId": (
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        403,
    ),
    "ExpiredToken": ("ExpiredToken", "The provided token has expired.", 400),
    "SerializationException": ("InvalidArgument", "An argument is not of the type that it must be.", 400),
    "EntityTooLarge": ("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", 400),
}
"""S3's own code, words and status for failures that every service has."""

MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


def parse(operation: Operation, labels: Mapping[str, str], request: Request) -> dict[str, Any]:
    """Return the parameters of a call by the names of the model."""
    parameters = located_members(operation, labels, request)
    payload = payload_member(operation.input_shape)
    if payload is not None and request.body:
        name, shape, _ = payload
        parameters[name] = request.body if shape.type_name == "blob" else xml.from_element(shape, root(request.body))
    text.require_members(operation, parameters, "MalformedXML")
    return parameters


def required_document(shape: StructureShape, body: bytes) -> None:
    """Refuse a body that is not the document of a shape: no XML, or without what there must be in it."""
    try:
        is_complete = _is_complete(shape, xml.from_element(shape, root(body)))
    except ServiceError as error:
        raise ServiceError("MalformedXML", MALFORMED) from error
    if not is_complete:
        raise ServiceError("MalformedXML", MALFORMED)


def _is_complete(shape: Shape, value: Any) -> bool:
    match shape:
        case StructureShape():
            has_required = all(name in value for name in shape.required_members)
            return has_required and all(_is_complete(shape.members[name], item) for name, item in value.items())
        case ListShape():
            return all(_is_complete(shape.member, item) for item in value)
    return True


def root(body: bytes) -> Element:
    """Return the root element of a body; refuse one that is no XML, in S3's words."""
    try:
        # Expat asks nobody for external entities and, since 2.4.1, stops entities that grow without end.
        return ElementTree.fromstring(body)  # noqa: S314
    except ElementTree.ParseError as error:
        raise ServiceError("MalformedXML", MALFORMED) from error


def answer(operation: Operation, output: Mapping[str, Any] | None, request_id: str) -> Answer:
    """Write what an operation answered, as the model says."""
    headers = identifiers(request_id)
    shape = operation.output_shape
    if shape is None:
        return Answer(operation.success_status, headers)
    element = Element(_root_name(operation), {"xmlns": operation.xml_namespace})
    for name, value in text.known_members(shape, dict(output or {})).items():
        xml.append(element, xml.element_name(name, shape.members[name]), shape.members[name], value)
    return Answer(operation.success_status, (("Content-Type", "application/xml"), *headers), xml.document(element))


def _root_name(operation: Operation) -> str:
    """Return the name of the document's element; the model's own name of a shape may say that it is the older one."""
    shape = operation.output_shape
    return str(shape.serialization.get("name", shape.name)).removesuffix("Deprecated") if shape else ""


def refusal(error: ServiceError, operation: Operation | None, request_id: str) -> Answer:  # noqa: ARG001 - one face
    """Say an error as S3 does."""
    code, message, status = WORDS.get(error.code, (error.code, error.message, error.status))
    element = Element("Error")
    for name, value in {"Code": code, "Message": message, **error.fields, "RequestId": request_id}.items():
        SubElement(element, name).text = value
    SubElement(element, "HostId").text = host_id(request_id)
    headers = (("Content-Type", "application/xml"), *identifiers(request_id))
    return Answer(status, headers, xml.document(element))


def identifiers(request_id: str) -> tuple[tuple[str, str], ...]:
    """Return the two identifiers that S3 gives to every request."""
    return ("x-amz-request-id", request_id), ("x-amz-id-2", host_id(request_id))


def host_id(request_id: str) -> str:
    """Return the extended request id of a request (x-amz-id-2): opaque, and always the same for one request."""
    return base64.b64encode(hashlib.sha512(request_id.encode()).digest()[:56]).decode()
