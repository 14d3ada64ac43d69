"""json, which CloudWatch Logs and DynamoDB speak: one path, the operation in a header, everything else in JSON."""

from __future__ import annotations

import json

from runtime.endpoint.exchange import Answer
from runtime.endpoint.model import Operation
from runtime.endpoint.wire.rest_json import CODES
from runtime.errors import ServiceError


def refusal(error: ServiceError, operation: Operation | None, request_id: str) -> Answer:
    """Say an error as the JSON services do: its code in ``__type``. Their client errors are 400, also a denial."""
    code = CODES.get(error.code, error.code)
    version = operation.model.service_model.metadata.get("jsonVersion", "1.1") if operation else "1.1"
    key = "Message" if code == "AccessDeniedException" else "message"
    headers = (
        ("Content-Type", f"application/x-amz-json-{version}"),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", code),
    )
    body = json.dumps({"__type": code, **error.fields, key: error.message}, ensure_ascii=False).encode()
    return Answer(400 if error.status < 500 else error.status, headers, body)
