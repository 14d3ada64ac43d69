"""One statement: does it apply to a request?

``Action`` is compared without regard to case, ``Resource`` with it; ``Not...`` turns an element round.
A statement with an element that the grammar does not have, or without one that it needs, is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.policy.condition import is_met
from runtime.policy.logic import Answer, all_of, any_of, opposite
from runtime.policy.naming import Naming, naming
from runtime.policy.pattern import Context, is_like, resolve, texts
from runtime.policy.values import Policy, PolicyKind, Request

ELEMENTS = frozenset(
    "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split()  # noqa: SIM905
)
VERSION_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement that applies: it allows or denies."""

    policy: Policy
    position: int
    statement: Mapping[str, Any]
    is_deny: bool
    naming: Naming


def statements(document: Any) -> list[Any]:
    """Return the statements of a document; one alone may stand without a list."""
    found = document.get("Statement", []) if isinstance(document, Mapping) else []
    return list(found) if isinstance(found, list | tuple) else [found]


def find(policy: Policy, request: Request, context: Context) -> list[Finding]:
    """Return the statements of a policy that apply to a request."""
    judged = (
        (position, statement, _judge(statement, policy, request, context))
        for position, statement in enumerate(statements(policy.document), start=1)
        if isinstance(statement, Mapping)
    )
    return [
        Finding(policy, position, statement, is_deny, close)
        for position, statement, (is_deny, applies, close) in judged
        if applies or (applies is None and is_deny)
    ]


def _judge(
    statement: Mapping[str, Any], policy: Policy, request: Request, context: Context
) -> tuple[bool, Answer, Naming]:
    is_deny = str(statement.get("Effect")).lower() == "deny"
    close = _named(statement, policy.kind, request)
    return is_deny, all_of(_answers(statement, policy, request, context, close)), close or Naming.NOT


def _answers(
    statement: Mapping[str, Any], policy: Policy, request: Request, context: Context, close: Naming | None
) -> Iterator[Answer]:
    """Answer element by element; the action comes first because it settles most statements."""
    has_variables = policy.document.get("Version") == VERSION_WITH_VARIABLES
    yield _action_fits(statement, request.action)
    yield None if close is None else close is not Naming.NOT
    yield _resource_fits(statement, policy.kind, request.resource, context, has_variables=has_variables)
    yield is_met(statement.get("Condition", {}), context, has_variables=has_variables)
    yield True if ELEMENTS.issuperset(statement) and statement.get("Effect") in ("Allow", "Deny") else None


def _named(statement: Mapping[str, Any], kind: PolicyKind, request: Request) -> Naming | None:
    named, excepted = "Principal" in statement, "NotPrincipal" in statement
    if not kind.names_principals:
        return None if named or excepted else Naming.DIRECTLY
    if named == excepted or (excepted and kind is PolicyKind.TRUST):
        return None
    if named:
        return naming(statement["Principal"], request)
    close = naming(statement["NotPrincipal"], request)
    if close is Naming.NOT:
        return Naming.DIRECTLY
    # An exception for the account alone may or may not cover its users (AWS: "might deny access").
    return Naming.NOT if close in (Naming.ROLE, Naming.DIRECTLY) else None


def _action_fits(statement: Mapping[str, Any], action: str) -> Answer:
    return _fits(statement, "Action", lambda text: is_like(((text, False),), action, ignores_case=True))


def _resource_fits(
    statement: Mapping[str, Any], kind: PolicyKind, resource: str, context: Context, *, has_variables: bool
) -> Answer:
    if kind is PolicyKind.TRUST:
        return None if "Resource" in statement or "NotResource" in statement else True

    def fits(text: str) -> Answer:
        resolved = resolve(text, context, has_variables=has_variables)
        return None if resolved is None else is_like(resolved, resource)

    return _fits(statement, "Resource", fits)


def _fits(statement: Mapping[str, Any], name: str, fits: Callable[[str], Answer]) -> Answer:
    """Judge an element or its ``Not`` form; a text with a variable that has no value fits nothing."""
    positive, negated = statement.get(name), statement.get(f"Not{name}")
    if (positive is None) == (negated is None):
        return None
    if negated is not None:
        return opposite(any_of(fits(text) for text in texts(negated)))
    return any_of(fits(text) is True for text in texts(positive))
