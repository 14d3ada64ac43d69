"""What IAM finds wrong with the form of a Principal element, in its words.

Whether a user or role exists is not asked here; AWS refuses names of nobody in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runtime.policy.naming import EVERYBODY, TYPES
from runtime.policy.pattern import texts

NAMED_BY_AWS = re.compile(
    r"\*|\d{12}|(AIDA|AROA)[A-Z0-9]{12,}|"
    r"arn:[a-z-]+:(iam::\d{12}:(root|user/.+|role/.+|federated-user/.+)|sts::\d{12}:(assumed-role/.+/.+|federated-user/.+))"
)
SERVICE = re.compile(r"[a-z0-9.-]+\.(amazonaws\.com|amazon\.com|aws\.internal)(\.cn)?")
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
