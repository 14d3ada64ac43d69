"""CORS of a function URL: what a web page of another origin may do, said by us, so that the function need not.

Where it is configured a preflight is answered without running the function, and every answer to an allowed origin
carries the headers, in place of those that the function gave itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ANY = "*"


def is_preflight(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether a browser asks what it may send."""
    return method == "OPTIONS" and "origin" in headers and "access-control-request-method" in headers


def preflight(cors: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that answer a preflight; none if the origin or the method is not allowed."""
    allowed_methods = cors.get("AllowMethods") or []
    method = headers["access-control-request-method"]
    answer = allowed(cors, headers)
    if not answer or not {ANY, method} & set(allowed_methods):
        return {}
    answer["Access-Control-Allow-Methods"] = ",".join(allowed_methods)
    if cors.get("AllowHeaders"):
        answer["Access-Control-Allow-Headers"] = ",".join(cors["AllowHeaders"])
    if cors.get("MaxAge"):
        answer["Access-Control-Max-Age"] = str(cors["MaxAge"])
    return answer


def allowed(cors: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers for an answer to a page of the request's origin; none if it is not allowed."""
    origins, origin = cors.get("AllowOrigins") or [], headers.get("origin")
    if origin is None or not {ANY, origin} & set(origins):
        return {}
    has_credentials = bool(cors.get("AllowCredentials"))
    answer = {"Access-Control-Allow-Origin": origin if has_credentials or ANY not in origins else ANY, "Vary": "Origin"}
    if has_credentials:
        answer["Access-Control-Allow-Credentials"] = "true"
    if cors.get("ExposeHeaders"):
        answer["Access-Control-Expose-Headers"] = ",".join(cors["ExposeHeaders"])
    return answer
