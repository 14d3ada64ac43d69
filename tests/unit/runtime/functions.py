"""A function as a value, for tests of what is made of one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from runtime.generation import TODAY
from runtime.resources.function import Function


def function(**changes: Any) -> Function:
    """Return a function with the usual configuration."""
    usual: dict[str, Any] = {
        "name": "f",
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "generation": TODAY,
        "runtime": "python3.11",
        "handler": "index.handler",
        "role": "arn:aws:iam::123456789012:role/r",
        "memory_mib": 128,
        "timeout_seconds": 3,
        "description": "",
        "code_sha256": "0" * 64,
        "code_size": 1,
        "last_modified": datetime(2026, 3, 9, tzinfo=UTC),
        "revision": "1",
    }
    return Function(**(usual | changes))
