"""A refusal in AWS's words. The explanation for people stands beside it in the journal, never in it.

The sentence is that of today: since about 2021 it ends with the kind of policy that decided, and since about 2024 S3
speaks it too, with the resource in double quotes. For assuming roles and tagging sessions it stays bare.
"""

from __future__ import annotations

from runtime.policy import Decision, PolicyKind, Verdict

ARTICLES = {PolicyKind.IDENTITY: "an", PolicyKind.TRUST: "the"}


def refusal(decision: Decision, service: str = "") -> str:
    """Return the sentence that a denied caller reads."""
    request = decision.request
    return f"User: {request.principal} is not authorized to perform: {request.action}" + (
        _where(request.resource, service) + _reason(decision)
    )


def _where(resource: str, service: str) -> str:
    if service != "s3":
        return f" on resource: {resource}"
    return "" if resource == "*" else f' on resource: "{resource}"'


def _reason(decision: Decision) -> str:
    kind = decision.kind or PolicyKind.IDENTITY
    if decision.verdict is Verdict.EXPLICIT_DENY:
        return f" with an explicit deny in {ARTICLES.get(kind, 'a')} {kind.value}"
    if decision.request.action in ("sts:AssumeRole", "sts:TagSession"):
        return ""
    return f" because no {kind.value} allows the {decision.request.action} action"
