"""The elements that list patterns: Action, NotAction, Resource and NotResource.

They are read once for a document and asked many times. Actions are compared without regard to case, resources with it.
A pattern with a variable that has no value fits nothing (AWS: "Policy variables with no value"). Whether NotResource
is then about every resource or about none AWS leaves open, so that is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.policy.logic import Answer, any_of, opposite
from runtime.policy.pattern import Context, glob_expression, has_variable, is_like, resolve, texts

NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Selection:
    """What an element selects."""

    name: str
    """The element's name, with its ``Not``."""
    patterns: tuple[str, ...]
    is_negated: bool
    _exact: frozenset[str]
    _wild: re.Pattern[str]
    _variable: tuple[str, ...]

    def selects(self, text: str, context: Context) -> Answer:
        """Tell whether an action (in lower case) or a resource is selected."""
        if text in self._exact or self._wild.fullmatch(text):
            return not self.is_negated
        if not self._variable:
            return self.is_negated
        fits = any_of(self._fits(pattern, text, context) for pattern in self._variable)
        return opposite(fits) if self.is_negated else fits is True

    def _fits(self, pattern: str, text: str, context: Context) -> Answer:
        resolved = resolve(pattern, context, has_variables=True)
        return None if resolved is None else is_like(resolved, text)


def actions(statement: Mapping[str, Any]) -> Selection | None:
    """Read Action or NotAction; ``None`` if there is neither or both."""
    return _selection(statement, "Action", has_variables=False, is_lower=True)


def resources(statement: Mapping[str, Any], *, has_variables: bool) -> Selection | None:
    """Read Resource or NotResource; ``None`` if there is neither or both."""
    return _selection(statement, "Resource", has_variables=has_variables, is_lower=False)


def _selection(statement: Mapping[str, Any], name: str, *, has_variables: bool, is_lower: bool) -> Selection | None:
    positive, negated = statement.get(name), statement.get(f"Not{name}")
    if (positive is None) == (negated is None):
        return None
    is_negated = positive is None
    patterns = texts(negated if is_negated else positive)
    variable = tuple(pattern for pattern in patterns if has_variables and has_variable(pattern))
    compared = [_lower(pattern) if is_lower else pattern for pattern in patterns if pattern not in variable]
    wild = [pattern for pattern in compared if "*" in pattern or "?" in pattern]
    return Selection(
        name=f"Not{name}" if is_negated else name,
        patterns=patterns,
        is_negated=is_negated,
        _exact=frozenset(compared).difference(wild),
        _wild=_any_of(wild),
        _variable=variable,
    )


def _lower(text: str) -> str:
    """Put an action into lower case; only ASCII has cases here, and a Kelvin sign is no k."""
    return text.lower() if text.isascii() else text


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    sources = [glob_expression(pattern) for pattern in patterns]
    return re.compile("|".join(f"(?:{source})" for source in sources), re.DOTALL) if sources else NOTHING
