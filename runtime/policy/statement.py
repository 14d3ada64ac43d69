"""One statement, read once: does it apply to a request?

A statement with an element that the grammar does not have, or without one that it needs, is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.policy.condition import Clause, are_met, clauses
from runtime.policy.logic import Answer, all_of
from runtime.policy.naming import Naming, named
from runtime.policy.pattern import Context
from runtime.policy.selection import Selection, actions, resources
from runtime.policy.values import PolicyKind, Request

ELEMENTS = frozenset(
    "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split()  # noqa: SIM905
)
VERSION_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True, slots=True)
class Question:
    """A request as statements are asked about it."""

    request: Request
    context: Context
    action: str
    """In lower case."""
    has_boundary: bool


@dataclass(frozen=True, slots=True)
class Answers:
    """What one statement says to a request, element by element."""

    action: Answer
    principal: Answer
    resource: Answer
    condition: Answer
    form: Answer
    """Whether the statement is one that the grammar has; unknown if not."""
    naming: Naming

    @property
    def applies(self) -> Answer:
        """Tell whether the statement is about the request."""
        return all_of((self.action, self.principal, self.resource, self.condition, self.form))


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement in the form in which it can be asked quickly."""

    position: int
    """Where it stands in its policy, from 1."""
    source: Mapping[str, Any]
    actions: Selection | None
    resources: Selection | None
    clauses: tuple[Clause, ...] | None
    is_well_formed: bool

    @property
    def is_deny(self) -> bool:
        return str(self.source.get("Effect")).lower() == "deny"

    def concerns(self, question: Question) -> bool:
        """Tell whether its action may be about the request; that settles most statements, and cheaply."""
        return self.actions is None or self.actions.selects(question.action, question.context) is not False

    def judged(self, question: Question, kind: PolicyKind) -> Answers:
        """Answer every element for a request, as part of a policy of this kind."""
        close = named(self.source, kind, question.request, has_boundary=question.has_boundary)
        return Answers(
            action=None if self.actions is None else self.actions.selects(question.action, question.context),
            principal=None if close is None else close is not Naming.NOT,
            resource=self._resource_fits(question, kind),
            condition=are_met(self.clauses, question.context),
            form=True if self.is_well_formed else None,
            naming=close or Naming.NOT,
        )

    def _resource_fits(self, question: Question, kind: PolicyKind) -> Answer:
        if kind is PolicyKind.TRUST:  # it is about the role that it belongs to
            return None if "Resource" in self.source or "NotResource" in self.source else True
        return None if self.resources is None else self.resources.selects(question.request.resource, question.context)


def read_statements(document: Any) -> tuple[Statement, ...]:
    """Read the statements of a policy document; what is no object is no statement."""
    has_variables = isinstance(document, Mapping) and document.get("Version") == VERSION_WITH_VARIABLES
    return tuple(
        _read(position, source, has_variables=has_variables)
        for position, source in enumerate(statements(document), start=1)
        if isinstance(source, Mapping)
    )


def statements(document: Any) -> list[Any]:
    """Return the statements of a document as they are written; one alone may stand without a list."""
    found = document.get("Statement", []) if isinstance(document, Mapping) else []
    return list(found) if isinstance(found, list | tuple) else [found]


def _read(position: int, source: Mapping[str, Any], *, has_variables: bool) -> Statement:
    return Statement(
        position=position,
        source=source,
        actions=actions(source),
        resources=resources(source, has_variables=has_variables),
        clauses=clauses(source.get("Condition", {}), has_variables=has_variables),
        is_well_formed=ELEMENTS.issuperset(source) and source.get("Effect") in ("Allow", "Deny"),
    )
