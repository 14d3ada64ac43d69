"""A denial, explained: who asked for what, which policy decided, and the statement that came nearest.

The explanation is the runtime's own, from the journal (``python -m runtime explain`` prints it too): here nothing is
judged again. A denial is a call that was refused, a role that a service was not allowed to assume, or a request whose
sender could not prove who it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.errors import LabError
from lab.feed import Entry
from lab.widgets.rendering import render


@dataclass(frozen=True, slots=True, repr=False)
class Denial:
    """What was refused, and why."""

    title: str
    explanation: str
    message: str
    """In AWS's words."""
    facts: tuple[tuple[str, str], ...]
    nearest: str
    """The statement that would have allowed it but for one thing, as JSON; empty if there is none."""

    def __repr__(self) -> str:
        lines = [self.title, self.explanation, *(f"{name:<10}{value}" for name, value in self.facts)]
        nearest = ["the nearest statement:", self.nearest] if self.nearest else []
        return "\n".join([*lines, f"{'AWS says':<10}{self.message}", *nearest])

    def _repr_html_(self) -> str:
        return render("denial", denial=self)


def denial(entries: Iterable[Entry], back: int = 0) -> Denial:
    """Return the last denial since the account was reset, or the one so many before it."""
    found: list[Entry] = []
    for entry in entries:
        if entry.kind == "reset":
            found.clear()
        elif _is_denial(entry):
            found.append(entry)
    if not found:
        raise LabError("Nothing has been denied since the account was reset.", remedy="that is good; go on.")
    if not 0 <= back < len(found):
        raise LabError(
            f"No denial since the account was reset is number {back} before the last; their number is {len(found)}.",
            remedy=f"0 names the last, and {len(found) - 1} the first: %explain --back {len(found) - 1}",
        )
    return _explained(found[-1 - back])


def _is_denial(entry: Entry) -> bool:
    return entry.kind in ("denial", "credentials") or (entry.kind == "assumption" and not entry.facts["granted"])


def _explained(entry: Entry) -> Denial:
    facts, trace = entry.facts, entry.facts.get("trace") or {}
    match entry.kind:
        case "assumption":
            title = f"{facts['service']} may not assume the role {facts['role'].rpartition('/')[2]}"
            shown = {"principal": facts["service"], "role": facts["role"]}
        case "credentials":
            title = f"{facts['code']}: it is not proven who called {facts['service']}"
            shown = {"access key": facts["access_key_id"] or "none: the request is not signed"}
        case _:
            title = f"{facts['action']} was denied"
            shown = {name: facts.get(name) or "" for name in ("principal", "resource", "decision", "policy")}
    rows = [*shown.items(), *_considered(trace), ("entry", f"{entry.seq}, {entry.time}")]
    nearest = (trace.get("nearest") or {}).get("statement")
    return Denial(
        title=title,
        explanation=facts["explanation"],
        message=facts["message"],
        facts=tuple((name, value) for name, value in rows if value),
        nearest=json.dumps(nearest, indent=2, ensure_ascii=False) if nearest else "",
    )


def _considered(trace: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    policies = [f"{one['policy'] or 'without a name'} ({one['kind']})" for one in trace.get("policies", [])]
    if trace:
        yield "looked at", ", ".join(policies) or "no policy at all"
