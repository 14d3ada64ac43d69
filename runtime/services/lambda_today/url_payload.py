"""Payload format 2.0: how a request to a function URL becomes an event, and what a function answers becomes a response.

Sources: AWS's page "Invoking Lambda function URLs" and the event samples that AWS publishes with its client libraries.
Values of a header or a query parameter that comes twice are joined by commas; cookies are a list of their own. A body
is text only where its type says so; a form counts as binary, as it does on AWS.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TEXT_TYPES = ("text/", "application/json", "application/javascript", "application/xml")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
TEXT_SUFFIXES = ("+json", "+xml")


@dataclass(frozen=True, slots=True)
class UrlRequest:
    """What was sent to a function URL."""

    url_id: str
    domain: str
    method: str
    path: str
    query_string: str
    query: Sequence[tuple[str, str]]
    headers: Sequence[tuple[str, str]]
    body: bytes
    source_ip: str
    caller: Mapping[str, str] | None
    """Who signed, by AWS's names; ``None`` for an address that asks nobody."""


@dataclass(frozen=True, slots=True)
class UrlResponse:
    """What goes back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def event(request: UrlRequest, account: str, request_id: str, now: datetime) -> dict[str, Any]:
    """Return the event that a function gets."""
    headers = _joined((name.lower(), value) for name, value in request.headers if name.lower() != "cookie")
    cookies = [part.strip() for name, value in request.headers if name.lower() == "cookie" for part in value.split(";")]
    body, is_encoded = _body(request.body, headers.get("content-type", ""))
    context: dict[str, Any] = {
        "accountId": account if request.caller else "anonymous",
        "apiId": request.url_id,
        "domainName": request.domain,
        "domainPrefix": request.url_id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    if request.caller:
        context["authorizer"] = {"iam": dict(request.caller)}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query_string,
        **({"cookies": cookies} if cookies else {}),
        "headers": headers,
        **({"queryStringParameters": _joined(request.query)} if request.query else {}),
        "requestContext": context,
        **({"body": body} if request.body else {}),
        "isBase64Encoded": is_encoded,
    }


def response(payload: bytes) -> UrlResponse | None:
    """Return what a function's answer says; ``None`` if it cannot be a response.

    An answer without a status code is taken as it is, as JSON.
    """
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict) or "statusCode" not in answer:
        return UrlResponse(200, (("Content-Type", "application/json"),), payload)
    try:
        return _composed(answer)
    except (TypeError, ValueError, AttributeError, OverflowError, binascii.Error):
        return None


def _composed(answer: Mapping[str, Any]) -> UrlResponse:
    status = int(answer["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError(f"{status} is no status code")
    headers = [(str(name), _text(value)) for name, value in (answer.get("headers") or {}).items()]
    headers += [("Set-Cookie", str(cookie)) for cookie in answer.get("cookies") or []]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    body = answer.get("body")
    text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    content = base64.b64decode(text, validate=True) if answer.get("isBase64Encoded") else text.encode()
    if not all(HEADER_NAME.fullmatch(name) and HEADER_VALUE.fullmatch(value) for name, value in headers):
        raise ValueError("a header holds what no header can")
    return UrlResponse(status, tuple(headers), content)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    kind = content_type.partition(";")[0].strip().lower()
    if not body:
        return "", False
    if kind.startswith(TEXT_TYPES) or kind.endswith(TEXT_SUFFIXES):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True
