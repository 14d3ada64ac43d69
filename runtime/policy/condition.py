"""The Condition element: clauses, each of an operator, a key of the request, and the values that the policy has for it.

Clauses are and-ed; several values of one clause are or-ed (and under a negated operator: none may fit). A key that the
request does not have makes a positive operator false and a negated one true, ``...IfExists`` true, ``ForAllValues:``
true and ``ForAnyValue:`` false; for the last two a key whose values are all empty is absent, too. An operator that is
not known is unknown, and so is a key of several values under an operator that is meant for one.

A variable without a value fits nothing, and therefore fits under a negated operator (AWS: "inverted condition operators
do match against a null value"). Source: "Condition operators" and "Policy variables with no value", IAM User Guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.policy.comparison import OPERATORS, Operator
from runtime.policy.logic import Answer, all_of, any_of, opposite
from runtime.policy.pattern import Context, Resolved, resolve, texts

QUALIFIERS = ("ForAllValues", "ForAnyValue")
NULL, IF_EXISTS = "Null", "IfExists"


@dataclass(frozen=True, slots=True)
class Clause:
    """One key under one operator."""

    operator: str
    """As the policy writes it, with qualifier and ``IfExists``."""
    key: str
    values: tuple[str, ...] | None
    """``None`` where the policy has no object of keys and values."""
    has_variables: bool

    def is_met(self, context: Context) -> Answer:
        """Tell whether the request meets it."""
        qualifier, bare = _without_qualifier(self.operator)
        if self.values is None:
            return None
        actual = context.get(self.key.lower(), ())
        if bare == NULL:
            return None if qualifier else any_of(_is_absent(value, actual) for value in self.values)
        chosen = OPERATORS.get(bare.removesuffix(IF_EXISTS))
        if chosen is None:
            return None
        if not actual or (qualifier and not any(actual)):
            return _without_key(qualifier, chosen, may_be_missing=bare.endswith(IF_EXISTS))
        if len(actual) > 1 and not qualifier:
            return None
        return self._compared(qualifier, chosen, actual, context)

    def _compared(self, qualifier: str, chosen: Operator, actual: tuple[str, ...], context: Context) -> Answer:
        has_variables = self.has_variables and chosen.has_variables
        wanted = [resolve(text, context, has_variables=has_variables) for text in self.values or ()]
        known = [each for each in wanted if each is not None]
        answers = (_fits(chosen, known, value) for value in actual)
        return all_of(answers) if qualifier == "ForAllValues" else any_of(answers)


def clauses(condition: Any, *, has_variables: bool) -> tuple[Clause, ...] | None:
    """Read a Condition element; ``None`` if it is no object."""
    if not isinstance(condition, Mapping):
        return None
    return tuple(_clauses(condition, has_variables))


def _clauses(condition: Mapping[str, Any], has_variables: bool) -> Iterator[Clause]:
    for name, keys in condition.items():
        if not isinstance(keys, Mapping):
            yield Clause(str(name), "", None, has_variables)
            continue
        for key, values in keys.items():
            yield Clause(str(name), str(key), None if values is None else texts(values), has_variables)


def are_met(read: tuple[Clause, ...] | None, context: Context) -> Answer:
    """Tell whether all clauses of a statement are met; unknown if its Condition could not be read."""
    if not read:
        return None if read is None else True
    return all_of(clause.is_met(context) for clause in read)


def is_known(name: str) -> bool:
    """Tell whether this is the name of a condition operator."""
    qualifier, bare = _without_qualifier(name)
    return (bare == NULL and not qualifier) or bare.removesuffix(IF_EXISTS) in OPERATORS


def _without_qualifier(name: str) -> tuple[str, str]:
    qualifier, colon, bare = name.partition(":")
    return (qualifier, bare) if colon and qualifier in QUALIFIERS else ("", name)


def _is_absent(value: str, actual: tuple[str, ...]) -> Answer:
    return None if value.lower() not in ("true", "false") else (value.lower() == "true") == (not any(actual))


def _without_key(qualifier: str, chosen: Operator, *, may_be_missing: bool) -> bool:
    """Answer for a key that the request does not have; ForAnyValue stays false even with IfExists, as seen on AWS."""
    if qualifier:
        return qualifier == "ForAllValues"
    return may_be_missing or chosen.is_negated


def _fits(chosen: Operator, wanted: list[Resolved], value: str) -> Answer:
    fits = any_of(chosen.compare(each, value) for each in wanted)
    return opposite(fits) if chosen.is_negated else fits
