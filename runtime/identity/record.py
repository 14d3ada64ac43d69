"""What the journal keeps of a judgement: AWS's words, and beside them the explanation and the whole trace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runtime.identity.principal import Principal
from runtime.policy import Decision, Policy, explain, explained, trace


def denial(
    decision: Decision, policies: Iterable[Policy], message: str, *, service: str, operation: str, request_id: str
) -> dict[str, Any]:
    """Return the facts of a call that was refused."""
    whole = trace(decision.request, policies, decision)
    return {
        "principal": decision.request.principal,
        "action": decision.request.action,
        "resource": decision.request.resource,
        "decision": decision.verdict.value,
        "policy": decision.policy,
        "statement": decision.statement,
        "message": message,
        "explanation": explained(whole),
        "trace": whole.document(),
        "service": service,
        "operation": operation,
        "request_id": request_id,
    }


def assumption(
    by: Principal,
    session_name: str,
    external_id: str | None,
    decision: Decision,
    policies: Iterable[Policy],
    refused: str,
) -> dict[str, Any]:
    """Return the facts of a role that was assumed or, with the words of the refusal, was not."""
    whole = trace(decision.request, policies, decision) if refused else None
    return {
        "service": by.arn,
        "role": decision.request.resource,
        "session_name": session_name,
        "external_id": external_id,
        "granted": not refused,
        "message": refused,
        "explanation": explained(whole) if whole else explain(decision),
        "trace": whole.document() if whole else None,
    }
