"""What a caller may send to a function: JSON, and not too much of it."""

from __future__ import annotations

import base64
import json

from runtime.errors import ServiceError

SYNCHRONOUS_BYTES = 6_291_456
ASYNCHRONOUS_BYTES = 1_048_576
"""1 MB today. The limit of the preview's InvokeAsync is not known; here it is the same."""
CLIENT_CONTEXT_BYTES = 3_583
INVALID_CONTEXT = "Client context must be a valid Base64-encoded JSON object."


def require_json(payload: bytes) -> None:
    """Raise InvalidRequestContentException unless the bytes are one JSON value in UTF-8."""
    try:
        # Numbers stay text: only the form is asked for, and Python refuses very long ones that JSON allows.
        json.loads(payload.decode(), parse_int=str, parse_float=str, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        message = f"Could not parse request body into json: Could not parse payload into json: {error}"
        raise _invalid_content(message) from error


def require_synchronous_size(payload: bytes) -> None:
    """Raise RequestEntityTooLargeException for an event that is too large to be waited for."""
    if len(payload) > SYNCHRONOUS_BYTES:
        raise _too_large(f"Request must be smaller than {SYNCHRONOUS_BYTES} bytes for the InvokeFunction operation")


def require_asynchronous_size(payload: bytes) -> None:
    """Raise RequestEntityTooLargeException for an event that is too large to be queued."""
    if len(payload) > ASYNCHRONOUS_BYTES:
        raise _too_large(
            f"{len(payload)} byte payload is too large for the Event invocation type (limit {ASYNCHRONOUS_BYTES} bytes)"
        )


def decode_client_context(encoded: str | None) -> str | None:
    """Return the JSON in an X-Amz-Client-Context header; raise InvalidRequestContentException if there is none.

    It is written anew, because the Runtime API passes it on in a header: on one line, in ASCII.
    """
    if encoded is None:
        return None
    try:
        context = json.loads(base64.b64decode(encoded, validate=True).decode())
        text = json.dumps(context)
    except (ValueError, RecursionError) as error:
        raise _invalid_content(INVALID_CONTEXT) from error
    if not isinstance(context, dict) or len(encoded) > CLIENT_CONTEXT_BYTES:
        raise _invalid_content(INVALID_CONTEXT)
    return text


def _refuse_constant(name: str) -> str:
    raise ValueError(f"{name} is no JSON value")


def _invalid_content(message: str) -> ServiceError:
    return ServiceError("InvalidRequestContentException", message, 400, {"Type": "User"})


def _too_large(message: str) -> ServiceError:
    return ServiceError("RequestEntityTooLargeException", message, 413)
