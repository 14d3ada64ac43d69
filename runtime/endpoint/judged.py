"""Rewrite a call so that the store can read nothing in it but what was judged.

moto looks for the operation and its parameters in many places: the query string, a form whatever the method, the
header X-Amz-Target, even the body of a JSON call as if it were a form; and which one wins depends on which are filled.
A caller who fills two of them would be judged by one and served by the other. So a call reaches the store in one
canonical form of its protocol, with the operation that was judged and nothing beside what that operation has.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from runtime.endpoint.exchange import Request
from runtime.endpoint.model import MapShape, Operation
from runtime.endpoint.routing import SPOKEN_IN_FORMS
from runtime.endpoint.wire.query import form
from runtime.endpoint.wire.rest import payload_member

FORM = "application/x-www-form-urlencoded"
FORMS = (FORM, "multipart/form-data")
TARGET, CONTENT_TYPE = "x-amz-target", "content-type"
NOTHING = ("lambda-lab", "judged")
"""A query that says nothing: without any, moto reads the body of a JSON or XML call as a query."""


def as_judged(operation: Operation, request: Request) -> Request:
    """Return a request that asks for this operation, and in which nobody finds another."""
    if operation.protocol.startswith("rest-"):
        return _by_path(operation, request)
    target = request.header(TARGET)
    if target is None or operation.protocol in SPOKEN_IN_FORMS:
        return _by_form(operation, request)
    return _by_target(operation, request, target)


def _by_form(operation: Operation, request: Request) -> Request:
    fields = {**form(request), "Action": operation.name}
    asked = replace(request, method="POST", query_string="", body=urlencode(fields).encode())
    return _with_headers(asked, {CONTENT_TYPE: FORM, TARGET: None})


def _by_target(operation: Operation, request: Request, target: str) -> Request:
    headers: dict[str, str | None] = {TARGET: f"{target.partition('.')[0]}.{operation.name}"}
    if _is_form(request):
        headers[CONTENT_TYPE] = "application/x-amz-json-1.0"
    # Where there is a query moto takes the operation from it before it looks at the header.
    return _with_headers(replace(request, query_string=f"Action={operation.name}"), headers)


def _by_path(operation: Operation, request: Request) -> Request:
    known = _query_names(operation)
    pairs = [(name, value) for name, value in request.query if name in known]
    if not pairs and operation.service != "s3":  # whose bodies are read as what they are
        pairs = [NOTHING]
    query = request.query_string if pairs == request.query else urlencode(pairs)
    payload = payload_member(operation.input_shape)
    headers: dict[str, str | None] = {TARGET: None}
    if _is_form(request) and (payload is None or payload[1].type_name != "blob"):
        headers[CONTENT_TYPE] = "application/xml" if operation.protocol == "rest-xml" else "application/json"
    return _with_headers(replace(request, query_string=query), headers)


def _query_names(operation: Operation) -> set[str]:
    """Return the keys that an operation knows in a query: those that name it, and those of its members."""
    literal = parse_qsl(operation.model.http["requestUri"].partition("?")[2], keep_blank_values=True)
    members = operation.input_shape.members.items() if operation.input_shape else ()
    located = {
        str(member.serialization.get("name", name))
        for name, member in members
        if member.serialization.get("location") == "querystring" and not isinstance(member, MapShape)
    }
    return located | {name for name, _ in literal}


def _is_form(request: Request) -> bool:
    return (request.header(CONTENT_TYPE) or "").strip().lower().startswith(FORMS)


def _with_headers(request: Request, headers: dict[str, str | None]) -> Request:
    """Return the request with each of these headers once, or without it where there is no value."""
    kept = tuple((name, value) for name, value in request.headers if name not in headers)
    return replace(request, headers=kept + tuple((name, value) for name, value in headers.items() if value is not None))
