"""Tags of a session: names and values that whoever opens a session gives it, for conditions to ask about.

They count as ``aws:PrincipalTag/...`` in every call of the session, before the tags of the role or user of the same
name. *Transitive* ones are handed on when the session assumes a further role, and cannot be given another value there.
Names are compared without regard to case, as on AWS. Passing tags needs ``sts:TagSession`` beside ``sts:AssumeRole``;
so does handing them on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runtime.errors import ServiceError
from runtime.policy.values import ContextValue

MOST = 50
DUPLICATE = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
NOT_AMONG_THEM = "The specified transitive tag key must be included in the requested tags."
CONFLICT = (
    "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
    "calling session."
)


@dataclass(frozen=True, slots=True)
class SessionTags:
    """The tags of one session."""

    values: Mapping[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()
    """Names in lower case."""

    def handed_on(self) -> Mapping[str, str]:
        """Return the tags that a further session has, too."""
        return {name: value for name, value in self.values.items() if name.lower() in self.transitive}

    def conditions(self) -> dict[str, ContextValue]:
        """Return what conditions may ask about a call that passes these tags."""
        if not self.values:
            return {}
        named: dict[str, ContextValue] = {f"aws:RequestTag/{name}": value for name, value in self.values.items()}
        named["aws:TagKeys"] = list(self.values)
        transitive = [name for name in self.values if name.lower() in self.transitive]
        return named | ({"sts:TransitiveTagKeys": transitive} if transitive else {})


NO_TAGS = SessionTags()


def passed_on(by: SessionTags, given: Iterable[tuple[str, str]], transitive: Iterable[str]) -> SessionTags:
    """Return the tags of a session that is opened with those of another one; raise ``ServiceError`` in AWS's words."""
    pairs, wanted = list(given), {name.lower() for name in transitive}
    names, inherited = {name.lower() for name, _ in pairs}, by.handed_on()
    if len(names) < len(pairs):
        raise _refused("InvalidParameterValue", DUPLICATE)
    if not wanted <= names:
        raise _refused("InvalidParameterValue", NOT_AMONG_THEM)
    if names & {name.lower() for name in inherited}:
        raise _refused("InvalidParameterValue", CONFLICT)
    if not pairs and not inherited:
        return NO_TAGS
    handed_on = frozenset(wanted) | {name.lower() for name in inherited}
    return SessionTags({**inherited, **dict(pairs)}, handed_on)


def _refused(code: str, words: str) -> ServiceError:
    return ServiceError(code, words, 400)
