"""The journal's entries of an invocation, and of one too many: exactly the facts that ``runtime/journal.py`` lists."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from runtime.invocation.outcome import Invocation, Outcome
from runtime.sandbox.contract import Breach, Promise

MOST_CHARACTERS = 10_000
"""Of what a function says of its error, the journal keeps this much: it is read whole, a thousand entries at a time."""


def invocation_facts(
    invocation: Invocation, outcome: Outcome, *, backend: str, promises: Sequence[Promise]
) -> dict[str, Any]:
    """Return the facts of an ``invocation`` entry."""
    function, report = invocation.function, outcome.report
    return {
        "request_id": invocation.request_id,
        "function": function.name,
        "function_arn": function.arn,
        "version": function.version,
        "generation": function.generation.name,
        "runtime": function.runtime,
        "handler": function.handler,
        "code_sha256": function.code_sha256,
        "role": function.role,
        "invocation_type": invocation.invocation_type.value,
        "source": invocation.source,
        "caller": invocation.caller,
        "event_sha256": hashlib.sha256(invocation.payload).hexdigest(),
        "result_sha256": hashlib.sha256(outcome.payload).hexdigest(),
        "sandbox": report.sandbox,
        "start": "cold" if report.is_cold else "warm",
        "log_group": report.log_group,
        "log_stream": report.log_stream,
        "memory_mib": function.memory_mib,
        "storage_mib": function.storage_mib,
        "timeout_seconds": function.timeout_seconds,
        "cpu_share": function.generation.cpu_share(function.memory_mib),
        "backend": backend,
        "mechanisms": {promise.name: promise.mechanism for promise in promises},
        "lacking": {promise.name: promise.remark for promise in promises if not promise.is_whole},
        "init_ms": round(report.init_ms, 3),
        "duration_ms": round(report.duration_ms, 3),
        "billed_ms": report.billed_ms,
        "cpu_ms": round(report.cpu_ms, 3),
        "received_share": round(report.received_share, 6),
        "peak_memory_bytes": report.peak_memory_bytes,
        "cost_usd": report.cost_usd,
        "status": outcome.status.value,
        "error_type": outcome.error_type[:MOST_CHARACTERS],
        "error_message": outcome.error_message[:MOST_CHARACTERS],
        "breach": _breach(outcome.breach),
    }


def throttle_facts(invocation: Invocation, reason: str) -> dict[str, Any]:
    """Return the facts of a ``throttle`` entry."""
    return {
        "request_id": invocation.request_id,
        "function": invocation.function.name,
        "function_arn": invocation.function.arn,
        "invocation_type": invocation.invocation_type.value,
        "caller": invocation.caller,
        "reason": reason,
    }


def _breach(breach: Breach | None) -> Mapping[str, Any] | None:
    if breach is None:
        return None
    return {
        "limit": breach.limit.value,
        "configured": breach.configured,
        "observed": breach.observed,
        "unit": breach.unit,
        "mechanism": breach.mechanism,
    }
