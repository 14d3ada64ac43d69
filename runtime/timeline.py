"""The way of an event through the platform: which entries of the journal belong together, and what follows from what.

Everything that one event causes is one *trace*, and has its id in the journal (``trace_id``, in AWS X-Ray's form; a
function finds it in ``_X_AMZN_TRACE_ID``). A *step* on the way has an id of its own (``span``), and what follows from
it names it (``parent``): so a trace is a tree, and the journal's numbers give the order. An entry that nothing hangs
under has no ``span``.

    with under(step):            whatever is journalled in here, by whomever, hangs under the step
        journal.append("denial", ...)                            gets trace_id, and the step's span as its parent
        journal.append("delivery", facts | following(now).facts())  is a step itself, under the current one

A step is remembered by task (``contextvars``), so it goes along into calls through the endpoint, and into tasks that
are begun on the way. What waits in a queue keeps its step with it. A function is told its step, and AWS's SDKs send it
along with their calls (``X-Amzn-Trace-Id``): so what a function does is on the way too. It is the function's word: a
trace shows what follows from what, and proves nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime

HEADER = "x-amzn-trace-id"
ROOT, PARENT = re.compile(r"\bRoot=(1-[0-9a-f]{8}-[0-9a-f]{24})\b"), re.compile(r"\bParent=([0-9a-f]{16})\b")


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way of an event."""

    trace_id: str
    span: str
    parent: str | None

    def facts(self) -> dict[str, str | None]:
        """Return what the entry of this step itself says."""
        return {"trace_id": self.trace_id, "span": self.span, "parent": self.parent}

    def header(self) -> str:
        """Return the step as X-Ray's header names it: what follows has it as its parent."""
        return f"Root={self.trace_id};Parent={self.span};Sampled=0"


def told(header: str | None) -> Step | None:
    """Return the step that a header names; ``None`` if it names none."""
    root, parent = ROOT.search(header or ""), PARENT.search(header or "")
    return Step(root[1], parent[1], None) if root and parent else None


_HERE: ContextVar[Step | None] = ContextVar("step", default=None)


def here() -> Step | None:
    """Return the step under which this task is, if it is on the way of an event."""
    return _HERE.get()


def beginning(now: datetime) -> Step:
    """Return the first step of a new way."""
    return Step(f"1-{int(now.timestamp()):08x}-{secrets.token_hex(12)}", secrets.token_hex(8), None)


def following(now: datetime) -> Step:
    """Return the next step under the current one; the first of a new way if there is none."""
    step = here()
    return beginning(now) if step is None else Step(step.trace_id, secrets.token_hex(8), step.span)


@contextmanager
def under(step: Step | None) -> Iterator[None]:
    """Let what is journalled in here hang under a step."""
    token = _HERE.set(step)
    try:
        yield
    finally:
        _HERE.reset(token)
