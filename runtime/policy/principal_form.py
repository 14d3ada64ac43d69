"""What IAM finds wrong with the form of a Principal element, in its words.

Whether a user or role exists is not asked here; AWS refuses names of nobody in the same words. Whoever knows asks
``named_principals``. When a user or role is deleted, AWS puts its unique id in the place of its ARN (``renamed``): so
one that is made anew under the same name is not let in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from runtime.policy.naming import EVERYBODY, TYPES
from runtime.policy.pattern import texts
from runtime.policy.statement import statements

NAMED_BY_AWS = re.compile(
    r"\*|\d{12}|(AIDA|AROA)[A-Z0-9]{12,}|"
    r"arn:[a-z-]+:(iam::\d{12}:(root|user/.+|role/.+|federated-user/.+)|sts::\d{12}:(assumed-role/.+/.+|federated-user/.+))"
)
SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com|amazon\.com|aws\.internal)(\.cn)?")
ELEMENTS = ("Principal", "NotPrincipal")
FORMS = {"AWS": NAMED_BY_AWS, "Service": SERVICE}


def invalid_principal(element: Any) -> str | None:
    """Return what is wrong with a Principal element; ``None`` if nothing is."""
    if element == EVERYBODY:
        return None
    if not isinstance(element, Mapping) or not element or not set(element) <= TYPES:
        return "Syntax errors in policy."
    for kind, names in element.items():
        form = FORMS.get(kind)
        for name in texts(names):
            if form is not None and not form.fullmatch(name):
                return f'Invalid principal in policy: "{kind.upper()}":"{name}"'
    return None


def named_principals(policy: Mapping[str, Any]) -> Iterator[str]:
    """Give the users, roles and accounts that the statements of a policy name."""
    for element in _elements(policy):
        if isinstance(element, Mapping):
            yield from texts(element.get("AWS", ()))


def renamed(policy: Mapping[str, Any], name: str, other: str) -> bool:
    """Put another name in the place of a principal, wherever the policy names it; tell whether it did."""
    found = False
    for element in _elements(policy):
        names = texts(element.get("AWS", ())) if isinstance(element, dict) else ()
        if name in names:
            found = True
            changed = [other if each == name else each for each in names]
            element["AWS"] = changed if isinstance(element["AWS"], list) else changed[0]
    return found


def _elements(policy: Mapping[str, Any]) -> Iterator[Any]:
    for statement in statements(policy):
        if isinstance(statement, Mapping):
            yield from (statement[name] for name in ELEMENTS if name in statement)
