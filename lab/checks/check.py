"""What a check is, and what examining it finds."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab.errors import LabError
from lab.feed import Entry
from lab.run import Run
from lab.widgets.rendering import render


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the journal holds, from its first entry: a thing once done stays done."""

    journal: tuple[Entry, ...]

    @property
    def runs(self) -> list[Run]:
        """Return all invocations, oldest first."""
        return [Run.of(entry) for entry in self.journal if entry.kind == "invocation"]

    def of_kind(self, kind: str) -> list[Entry]:
        """Return the entries of one kind, oldest first."""
        return [entry for entry in self.journal if entry.kind == kind]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to have done."""

    question: str
    """What is asked, as one sentence: "Has one function run in two different sandboxes?"."""
    predicate: Callable[[Evidence], bool]
    """Whether the journal shows it."""
    hint: str
    """What to do next, and where to read about it."""


@dataclass(frozen=True, slots=True, repr=False)
class Finding:
    """The answer to a check, to look at."""

    question: str
    is_done: bool
    hint: str

    def __bool__(self) -> bool:
        return self.is_done

    def __repr__(self) -> str:
        return f"done: {self.question}" if self.is_done else f"not yet: {self.question}\nhint: {self.hint}"

    def _repr_html_(self) -> str:
        return render("finding", finding=self)


def examine(checks: Mapping[str, Check], name: str, evidence: Evidence) -> Finding:
    """Look whether what a check asks has been done."""
    if name not in checks:
        near = difflib.get_close_matches(name, checks, n=1)
        known = near[0] if near else ", ".join(sorted(checks))
        raise LabError(f"There is no check {name!r}.", remedy=f"did you mean {known}?")
    check = checks[name]
    return Finding(check.question, check.predicate(evidence), check.hint)
