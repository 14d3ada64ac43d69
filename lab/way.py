"""The way of an event: what followed from it, as a tree of steps read from the journal.

The runtime gives everything that one event causes the same ``trace_id``, and each entry names the step that it follows
from (``parent`` is that one's ``span``; ``runtime/timeline.py``). Here these entries become lines that one can read. It
promises that every entry of the way is shown exactly once, also one whose parent is not known: a function is asked to
pass its step on, and what it says proves nothing. It waits for nothing and looks at nothing but the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lab.errors import LabError
from lab.feed import Entry
from lab.widgets.rendering import milliseconds, render

WALLS = ("TimedOut", "OutOfMemory", "LimitExceeded")
SHOWN_IDS = 5
DEEPEST = 12
"""Steps farther down are not indented more: a function that calls itself makes a way of any depth."""


@dataclass(frozen=True, slots=True)
class Step:
    """One entry on the way."""

    seq: int
    depth: int
    """How many steps it hangs under."""
    after_ms: float
    """When it was journalled, counted from the first of the way."""
    kind: str
    words: str
    remark: str
    colour: str
    mark: str


@dataclass(frozen=True, slots=True, repr=False)
class Way:
    """The way of one event; a notebook shows it as a table, anything else as text."""

    trace_id: str
    steps: tuple[Step, ...]

    def __repr__(self) -> str:
        lines = [
            f"{'+' + milliseconds(step.after_ms):>9}  {'  ' * min(step.depth, DEEPEST)}{step.mark} {step.words}"
            + (f" ({step.remark})" if step.remark else "")
            for step in self.steps
        ]
        return "\n".join([f"The way {self.trace_id}, {_steps(len(self.steps))}", *lines])

    def _repr_html_(self) -> str:
        return render("way", way=self, count=_steps(len(self.steps)), deepest=DEEPEST)


def way(entries: Iterable[Entry], trace_id: str = "") -> Way:
    """Return the way with this id, or whose id alone begins like this; without an id, the one that began last."""
    ways = ways_of(entries)
    if not ways:
        raise LabError(
            "No event has made its way yet since the account was reset.", remedy="invoke a function, then ask again."
        )
    found = [one for one in ways if one.startswith(trace_id)]
    if trace_id and len(found) != 1:
        last = ", ".join(list(ways)[-SHOWN_IDS:])
        raise LabError(
            f"The journal has no way {trace_id} since the account was reset."
            if not found
            else f"{trace_id} is the beginning of {len(found)} ways.",
            remedy=f"name one of the last: {last}. Or none, for the last of all.",
        )
    chosen = found[-1]
    return Way(chosen, tuple(_steps_of(ways[chosen])))


def ways_of(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    """Return the entries of each way since the last reset; the ways in the order in which they began."""
    ways: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind == "reset":
            ways.clear()
        elif trace_id := entry.facts.get("trace_id"):
            ways.setdefault(trace_id, []).append(entry)
    return ways


def _steps_of(entries: Sequence[Entry]) -> Iterable[Step]:
    began = min(_moment(entry) for entry in entries)
    for depth, entry in _in_tree(entries):
        words, remark, is_good = described(entry.kind, entry.facts)
        colour, mark = {True: ("lab-good", "✓"), False: ("lab-bad", "✕"), None: ("", "·")}[is_good]
        if entry.facts.get("status") in WALLS:
            colour, mark = "lab-wall", "▲"
        after = (_moment(entry) - began).total_seconds() * 1000
        yield Step(entry.seq, depth, after, entry.kind, words, remark, colour, mark)


def _in_tree(entries: Sequence[Entry]) -> Iterable[tuple[int, Entry]]:
    """Yield each entry after the one that it hangs under, with its depth; in the order of the journal otherwise."""
    spans = {entry.facts["span"] for entry in entries if entry.facts.get("span")}
    children: dict[str | None, list[Entry]] = {}
    for entry in entries:
        parent = entry.facts.get("parent")
        children.setdefault(parent if parent in spans else None, []).append(entry)
    seen: set[int] = set()
    waiting = [(0, entry) for entry in reversed(children.get(None, []))]
    # What only hangs under itself, as no entry of the runtime does, comes at the end and is not lost.
    waiting = [*((0, entry) for entry in reversed(entries)), *waiting]
    while waiting:
        depth, entry = waiting.pop()
        if entry.seq in seen:
            continue
        seen.add(entry.seq)
        yield depth, entry
        if span := entry.facts.get("span"):
            waiting += [(depth + 1, child) for child in reversed(children.get(span, []))]


def described(kind: str, facts: Mapping[str, Any]) -> tuple[str, str, bool | None]:
    """Say in words what an entry tells, what is to be added, and whether it went well (``None``: neither)."""
    function = facts.get("function", "")
    match kind:
        case "invocation":
            error = ": ".join(str(facts[name]) for name in ("error_type", "error_message") if facts.get(name))
            figures = f"{facts['start']} start, {milliseconds(facts['duration_ms'])}, {facts['status']}"
            return f"{function} ran", f"{figures}; {error}" if error else figures, facts["status"] == "Succeeded"
        case "throttle":
            return f"{function} was throttled", facts["reason"], False
        case "denial":
            return f"{facts['action']} was denied", facts["message"], False
        case "assumption":
            who, role = facts["service"], _name(facts["role"])
            verb = "assumed the role" if facts["granted"] else "may not assume the role"
            return f"{who} {verb} {role}", "" if facts["granted"] else facts["message"], bool(facts["granted"])
        case "object":
            return f"{facts['event_name']} of {facts['bucket']}/{facts['key']}", "", None
        case "acceptance":
            return f"the event for {function} was accepted", "", True
        case "event":
            due = f"; due {facts['due']}" if facts.get("due") else ""
            decision = "will be tried again" if facts["decision"] == "retry" else "was given up"
            tried = (
                f"after {facts['attempts']} attempt{'s' if facts['attempts'] != 1 else ''}, {facts['condition']}{due}"
            )
            return f"the event for {function} {decision}", tried, None if facts["decision"] == "retry" else False
        case "push":
            is_good = facts["status"] == "accepted"
            return f"{facts['source']} pushed to {_name(facts['function_arn'])}", facts.get("message") or "", is_good
        case "delivery":
            what = f"{_name(facts['destination'])} was told, by a {facts['form']}"
            return what, facts.get("message") or facts["condition"], facts["status"] == "accepted"
        case "rule":
            what = f"the rule {facts['rule']} sent the event to {_name(facts['target'])}"
            return what, facts.get("message") or "", facts["status"] == "accepted"
        case "credentials":
            return f"{facts['service']} refused a caller", f"{facts['code']}: {facts['message']}", False
        case "batch":
            count = f"{facts['size']} record{'s' if facts['size'] != 1 else ''} of {_name(facts['event_source_arn'])}"
            is_lost = facts["step"] in ("hindered", "discard") or facts.get("status") == "refused"
            remark = facts.get("message") or facts.get("condition") or ""
            return f"{facts['step']}: {count}, for {function}", remark, False if is_lost else None
    return f"{kind} {function or facts.get('name', '')}".strip(), facts.get("message") or "", None


def _name(arn: str | None) -> str:
    return (arn or "nobody").rpartition(":")[2].rpartition("/")[2]


def _moment(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry.time)


def _steps(count: int) -> str:
    return f"{count} step{'s' if count != 1 else ''}"
