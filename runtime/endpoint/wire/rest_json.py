"""rest-json, which Lambda speaks: a path, a query string, headers, and a body of JSON or of plain bytes."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from runtime.endpoint.exchange import Answer, Request
from runtime.endpoint.model import ListShape, MapShape, Operation, Shape, StructureShape
from runtime.endpoint.wire import text
from runtime.endpoint.wire.rest import located_members, payload_member
from runtime.errors import ServiceError
from runtime.generation import PREVIEW

CODES = {
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "ExpiredToken": "ExpiredTokenException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "IncompleteSignature": "IncompleteSignatureException",
    "MissingAuthenticationToken": "MissingAuthenticationTokenException",
    "EntityTooLarge": "RequestEntityTooLargeException",
}
"""What the JSON services call the failures that every service has."""

LARGEST_DOCUMENT_BYTES = 70_167_211
"""Recorded for CreateFunction: room for a zip of 50 MB in base64, and some."""

HALF_OF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
"""A surrogate, which may have lost its other half: JSON can write such a text, and UTF-8 cannot."""

NO_OBJECT = "The body must be a JSON object."

JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "blob": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "list": (list,),
    "map": (dict,),
    "structure": (dict,),
}


def parse(operation: Operation, labels: Mapping[str, str], request: Request) -> dict[str, Any]:
    """Return the parameters of a call by the names of the model."""
    parameters = located_members(operation, labels, request)
    payload = payload_member(operation.input_shape)
    if payload is None:
        _require_size(operation, request.body)
        parameters |= _members(operation, _json(request.body)) if request.body else {}
    elif payload[1].type_name == "blob":
        # An empty body is "nothing given", unless there must be one: then it is for the service to refuse it.
        if request.body or payload[0] in payload[2].required_members:
            parameters[payload[0]] = request.body
    elif request.body:
        parameters[payload[0]] = from_json(payload[1], _json(request.body))
    is_preview = operation.api_version == PREVIEW.api_version  # whose model knows no ValidationException
    text.require_members(
        operation, parameters, "InvalidParameterValueException" if is_preview else "ValidationException"
    )
    return parameters


def _require_size(operation: Operation, body: bytes) -> None:
    if len(body) > LARGEST_DOCUMENT_BYTES:
        message = f"Request must be smaller than {LARGEST_DOCUMENT_BYTES} bytes for the {operation.name} operation"
        raise ServiceError("RequestEntityTooLargeException", message, 413)


def _members(operation: Operation, document: Any) -> dict[str, Any]:
    shape = operation.input_shape
    if shape is None:
        return {}
    if document is None:
        raise ServiceError("SerializationException", NO_OBJECT)
    given = from_json(shape, document)
    return {name: value for name, value in given.items() if "location" not in shape.members[name].serialization}


def _json(body: bytes) -> Any:
    try:
        return _loaded(body)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise ServiceError("InvalidRequestContentException", message, 400, {"Type": "User"}) from error


def json_object(body: bytes) -> dict[str, Any]:
    """Return a body that is a JSON object; empty if it is anything else (a zip, say), which a service will refuse."""
    try:
        document = _loaded(body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def required_object(body: bytes) -> dict[str, Any]:
    """Return a body that must be a JSON object, or nothing at all."""
    try:
        document = _loaded(body) if body else {}
    except ValueError as error:
        raise ServiceError("SerializationException", f"The body is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise ServiceError("SerializationException", NO_OBJECT)
    return document


def _loaded(body: bytes) -> Any:
    """Read JSON in UTF-8; also what Python takes and nobody behind us can keep is a ``ValueError``."""
    try:
        document = json.loads(body.decode())
        if HALF_OF_A_PAIR.search(body):
            json.dumps(document, ensure_ascii=False).encode()
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    return document


def from_json(shape: Shape, value: Any) -> Any:
    """Return a JSON value in the types that the shape says; refuse another type in AWS's words."""
    expected = JSON_TYPES.get(shape.type_name)
    if value is None:
        return None
    if expected and (not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected)):
        raise ServiceError("SerializationException", _mismatch(shape, value))
    match shape:
        case StructureShape():
            named = {member.serialization.get("name", name): name for name, member in shape.members.items()}
            return {
                named[key]: from_json(shape.members[named[key]], item)
                for key, item in value.items()
                if key in named and item is not None
            }
        case ListShape():
            return [from_json(shape.member, item) for item in value]
        case MapShape():
            return {key: from_json(shape.value, item) for key, item in value.items()}
    return _scalar(shape, value)


def _scalar(shape: Shape, value: Any) -> Any:
    if shape.type_name == "blob":
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise ServiceError("SerializationException", f"Invalid base64 in {shape.name}: {error}") from error
    return text.from_text(shape, str(value)) if shape.type_name == "timestamp" else value


def _mismatch(shape: Shape, value: Any) -> str:
    match value:
        case dict():
            return "Start of structure or map found where not expected."
        case list():
            return "Start of list found where not expected."
    if shape.type_name in ("structure", "map", "list"):
        return "Unexpected field type"
    found = {bool: "TRUE_VALUE" if value else "FALSE_VALUE", str: "STRING_VALUE"}.get(type(value), "NUMBER_VALUE")
    return f"{found} can not be converted to {text.WORDS.get(shape.type_name, 'a String')}"


def answer(operation: Operation, output: Mapping[str, Any] | None, request_id: str) -> Answer:
    """Write what an operation answered, as the model says."""
    headers = [("x-amzn-RequestId", request_id)]
    shape = operation.output_shape
    if shape is None:
        return Answer(operation.success_status, tuple(headers))
    given = text.known_members(shape, dict(output or {}))
    status = operation.success_status
    document = {}
    payload = payload_member(shape)
    for name, value in given.items():
        member = shape.members[name]
        match member.serialization.get("location"):
            case "statusCode":
                status = int(value)
            case "header":
                header = str(member.serialization.get("name", name))
                headers.append((header, text.to_text(member, value, text.HTTP_DATE)))
            case None if payload is None:
                document[str(member.serialization.get("name", name))] = to_json(member, value)
    if payload is not None and payload[1].type_name == "blob":
        body = given.get(payload[0], b"")
    else:
        body = _body(status, document if payload is None else to_json(payload[1], given.get(payload[0], {})))
    if body:
        headers.append(("Content-Type", "application/json"))
    return Answer(status, tuple(headers), body)


def _body(status: int, document: Any) -> bytes:
    return b"" if status == 204 else _written(document)


def _written(document: Any) -> bytes:
    """Write JSON without a space, as Lambda does: a recorded error has exactly so many bytes."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def to_json(shape: Shape, value: Any) -> Any:
    """Return a value as JSON has it."""
    match shape:
        case StructureShape():
            members = text.known_members(shape, value)
            return {
                str(shape.members[name].serialization.get("name", name)): to_json(shape.members[name], item)
                for name, item in members.items()
            }
        case ListShape():
            return [to_json(shape.member, item) for item in value]
        case MapShape():
            return {key: to_json(shape.value, item) for key, item in value.items()}
    if shape.type_name == "timestamp":
        form = str(shape.serialization.get("timestampFormat", "unixTimestamp"))
        return value.timestamp() if form == "unixTimestamp" else text.timestamp(value, form)
    return base64.b64encode(value).decode() if shape.type_name == "blob" else value


def refusal(error: ServiceError, operation: Operation | None, request_id: str) -> Answer:
    """Say an error as Lambda does: the code in a header, ``Type`` and ``Message`` (or ``message``) in the body."""
    code = CODES.get(error.code, error.code)
    shape = operation.error_shape(code) if operation else None
    members = shape.members if shape else {}
    document = dict(error.fields)
    if "Type" in members:
        document.setdefault("Type", "User" if error.status < 500 else "Service")
    # As recorded: AccessDeniedException, 404 and 500 say "Message", the other 400s say "message".
    capital = "Message" in members or code == "AccessDeniedException"
    document["Message" if capital else "message"] = error.message
    headers = (("Content-Type", "application/json"), ("x-amzn-RequestId", request_id), ("x-amzn-ErrorType", code))
    return Answer(error.status, headers, _written(document))
