"""The whole of a judgement, for people: every policy that was considered, and for a lack of an allow the nearest miss.

A trace is made after the decision and from the same statements and answers, so it cannot tell another story; and only
where somebody may read it (a denial, ``python -m runtime explain``), since it asks every statement for every element.

The *nearest miss* is the statement that would have allowed the request but for one thing, the closest first: a
condition that is not met, then another resource, then another principal, then another action of the same service on
that resource. It is looked for among the policies that could have helped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from runtime.policy.condition import Clause
from runtime.policy.document import statements_of
from runtime.policy.evaluation import evaluate, question
from runtime.policy.statement import Answers, Question, Statement
from runtime.policy.values import Decision, Policy, PolicyKind, Request, Verdict


@dataclass(frozen=True, slots=True)
class Unmet:
    """A clause of a condition that the request does not meet, or that cannot be read."""

    operator: str
    key: str
    expected: tuple[str, ...]
    actual: tuple[str, ...]

    @classmethod
    def of(cls, clause: Clause, asked: Question) -> Unmet:
        """Say what a clause wants and what the request has."""
        return cls(clause.operator, clause.key, clause.values or (), asked.context.get(clause.key.lower(), ()))

    def document(self) -> dict[str, Any]:
        return {
            "operator": self.operator,
            "key": self.key,
            "expected": list(self.expected),
            "actual": list(self.actual),
        }


@dataclass(frozen=True, slots=True)
class Examined:
    """One statement, and what it answered element by element."""

    policy: Policy
    statement: Statement
    answers: Answers
    unmet: tuple[Unmet, ...]

    @property
    def closeness(self) -> tuple[bool, ...]:
        """Order misses: the more of these hold, from the left, the nearer."""
        answers = self.answers
        return tuple(answer is True for answer in (answers.action, answers.principal, answers.resource, answers.form))

    def document(self) -> dict[str, Any]:
        """Return it as the JSON that the journal keeps; ``null`` stands for an answer that is unknown."""
        answers = self.answers
        return {
            "kind": self.policy.kind.value,
            "policy": self.policy.name,
            "position": self.statement.position,
            "sid": self.statement.source.get("Sid"),
            "statement": self.statement.source,
            "action": answers.action,
            "principal": answers.principal,
            "resource": answers.resource,
            "condition": answers.condition,
            "unmet": [unmet.document() for unmet in self.unmet],
        }


@dataclass(frozen=True, slots=True)
class DecisionTrace:
    """A decision, and everything that led to it."""

    decision: Decision
    policies: tuple[Policy, ...]
    statements: tuple[Examined, ...]
    nearest: Examined | None

    def document(self) -> dict[str, Any]:
        """Return it as the JSON that the journal keeps; the statements are counted and not repeated."""
        decision, request = self.decision, self.decision.request
        return {
            "verdict": decision.verdict.value,
            "principal": request.principal,
            "account": request.account,
            "role": request.role,
            "action": request.action,
            "resource": request.resource,
            "context": {key: _plain(value) for key, value in request.context.items()},
            "policies": [
                {"kind": policy.kind.value, "policy": policy.name, "statements": len(statements_of(policy.document))}
                for policy in self.policies
            ],
            "kind": decision.kind.value if decision.kind else None,
            "policy": decision.policy,
            "position": decision.position,
            "sid": (decision.statement or {}).get("Sid"),
            "remark": decision.remark,
            "nearest": self.nearest.document() if self.nearest else None,
        }


def trace(request: Request, policies: Iterable[Policy], decision: Decision | None = None) -> DecisionTrace:
    """Judge a request and keep everything; a decision that was already made of the same is not made again."""
    considered = tuple(policies)
    decided = decision or evaluate(request, considered)
    asked = question(request, considered)
    statements = tuple(_examined(considered, asked))
    nearest = _nearest(decided, statements, asked) if decided.verdict is Verdict.IMPLICIT_DENY else None
    return DecisionTrace(decided, considered, statements, nearest)


def _examined(policies: Iterable[Policy], asked: Question) -> Iterator[Examined]:
    for policy in policies:
        for statement in statements_of(policy.document):
            answers = statement.judged(asked, policy.kind)
            clauses = statement.clauses or ()
            unmet = tuple(Unmet.of(clause, asked) for clause in clauses if clause.is_met(asked.context) is not True)
            yield Examined(policy, statement, answers, unmet)


def _nearest(decision: Decision, statements: Iterable[Examined], asked: Question) -> Examined | None:
    misses = [one for one in statements if _could_help(one, decision) and _is_near(one, asked)]
    return max(misses, key=_closeness, default=None)


def _could_help(examined: Examined, decision: Decision) -> bool:
    """Tell whether an allow of this policy would have changed the decision."""
    if examined.statement.is_deny or examined.answers.applies is True:
        return False
    kind, lacking = examined.policy.kind, decision.kind
    return kind is lacking or (lacking is PolicyKind.IDENTITY and kind.names_principals)


def _is_near(examined: Examined, asked: Question) -> bool:
    answers, selection = examined.answers, examined.statement.actions
    if answers.action is True:
        return True
    if selection is None or selection.is_negated or answers.resource is not True:
        return False
    service = asked.action.partition(":")[0]
    return any(pattern.lower().partition(":")[0] == service for pattern in selection.patterns)


def _closeness(examined: Examined) -> tuple[bool, ...]:
    return examined.closeness


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | bool | int) else list(value)
