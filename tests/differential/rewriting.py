"""The rewritings of ``differences.py``: each says a case again in a form in which the simulator does not err."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from runtime.policy import PolicyKind, evaluate
from tests.differential.cases import Case, Document

RANGES = {"0.0.0.0/0": ["0.0.0.0/1", "128.0.0.0/1"], "203.0.113.7": "203.0.113.7/32"}
UNLIKE_ANYTHING = "unlike anything"
NOBODY, NOTHING = "arn:aws:iam::000000000000:user/nobody", "arn:aws:s3:::nothing"


def by_document(change: Callable[[Document, Case], Document]) -> Callable[[Case], Case]:
    def rewrite(case: Case) -> Case:
        def changed(document: Document | None) -> Document | None:
            return change(document, case) if document is not None else None

        return replace(
            case,
            identity=[change(document, case) for document in case.identity],
            boundary=changed(case.boundary),
            session=changed(case.session),
            resource_policy=changed(case.resource_policy),
        )

    return rewrite


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return JSON with every text in it changed, but for names."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_texts(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _texts(item, change) for key, item in value.items()}
    return value


def without_variables(document: Document, _: Case) -> Document:
    if document["Version"] == "2012-10-17":
        return document
    spelled = _texts(document["Statement"], lambda text: text.replace("${", "${$}{"))
    return {"Version": "2012-10-17", "Statement": spelled}


def with_account(document: Document, case: Case) -> Document:
    account = case.context.get("aws:PrincipalAccount")
    if account is None or document["Version"] != "2012-10-17":
        return document
    return dict(_texts(document, lambda text: text.replace("${aws:PrincipalAccount}", account)))


def with_prefixes(document: Document, _: Case) -> Document:
    """Write every address as ranges; all addresses are two halves."""

    def ranges(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: ranges(item) for key, item in value.items()}
        if isinstance(value, list):
            return [one for item in value for one in _listed(ranges(item))]
        return RANGES.get(value, value)

    return dict(ranges(document))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def without_what_cannot_be_resolved(document: Document, case: Case) -> Document:
    """Let a Deny with NotResource be about what a pattern with an unknown variable does not spare."""

    def changed(statement: dict[str, Any]) -> dict[str, Any]:
        patterns = _listed(statement.get("NotResource", []))
        kept = [pattern for pattern in patterns if "${aws:username}" not in pattern or "aws:username" in case.context]
        if statement["Effect"] == "Allow" or kept == patterns:
            return statement
        return {**statement, "NotResource": kept or NOTHING}

    return _by_statement(document, changed)


def without_null_values(document: Document, case: Case) -> Document:
    """Take values with a variable that has none out of inverted operators."""
    absent = [f"${{{key}}}" for key in ("aws:username", "aws:Referer") if key not in case.context]

    def present(values: Any) -> Any:
        return [value for value in _listed(values) if not any(name in value for name in absent)] or UNLIKE_ANYTHING

    def changed(statement: dict[str, Any]) -> dict[str, Any]:
        condition = {
            operator: {key: present(values) for key, values in keys.items()} if "Not" in operator else keys
            for operator, keys in statement.get("Condition", {}).items()
        }
        return {**statement, "Condition": condition} if condition else statement

    return _by_statement(document, changed) if document["Version"] == "2012-10-17" else document


def without_own_account(document: Document, case: Case) -> Document:
    """Take the caller's account out of what a Deny with NotPrincipal excepts."""
    own = (case.account, f"arn:aws:iam::{case.account}:root")

    def changed(statement: dict[str, Any]) -> dict[str, Any]:
        excepted = statement.get("NotPrincipal", {}).get("AWS")
        if excepted is None or statement["Effect"] == "Allow":
            return statement
        return {**statement, "NotPrincipal": {"AWS": [name for name in _listed(excepted) if name not in own] or NOBODY}}

    return _by_statement(document, changed)


def without_services(document: Document, case: Case) -> Document:
    """Let a trust policy that names every user name no service."""

    def changed(statement: dict[str, Any]) -> dict[str, Any]:
        named = statement.get("Principal")
        if statement["Effect"] != "Allow" or not isinstance(named, dict) or "*" not in _listed(named.get("AWS", [])):
            return statement
        return {**statement, "Principal": {"AWS": NOBODY}}

    is_service = case.principal is not None and not case.principal.startswith("arn:")
    return _by_statement(document, changed) if is_service and case.action == "sts:AssumeRole" else document


def _by_statement(document: Document, changed: Callable[[dict[str, Any]], dict[str, Any]]) -> Document:
    return {**document, "Statement": [changed(statement) for statement in document["Statement"]]}


def without_limit(case: Case) -> Case:
    """Let a session's policies not limit what the resource's own policy gives to that very session."""
    decision = evaluate(case.request, case.policies)
    is_direct = decision.is_allowed and decision.kind in (PolicyKind.RESOURCE, PolicyKind.TRUST)
    if case.session is None or not is_direct or case.account != case.resource_account:
        return case
    wide = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return replace(case, session={**case.session, "Statement": [*case.session["Statement"], wide]})
