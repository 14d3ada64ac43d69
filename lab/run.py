"""A run: one invocation as the journal has it. How it looks is the business of ``lab.widgets.run_card``.

``runs`` and ``last_run`` see what happened since the account was last reset: a lesson that starts with ``lab.reset()``
never mistakes an old run of a function of the same name for its own.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from lab.errors import LabError
from lab.feed import Entry, Feed
from lab.log_lines import log_lines

SHORTEST_PAUSE, LONGEST_PAUSE = 0.01, 0.2
"""Seconds between two questions whether an event is still under way."""
SETTLED_SECONDS = 10.0
"""So long the events under way are waited for."""


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """One invocation. The attributes are the facts of the journal's ``invocation`` entry, under the same names."""

    seq: int
    time: str
    request_id: str
    function: str
    function_arn: str
    generation: str
    runtime: str
    handler: str
    code_sha256: str
    role: str
    invocation_type: str
    source: str
    caller: str
    event_sha256: str
    result_sha256: str
    sandbox: str
    start: str
    """``cold`` or ``warm``."""
    log_group: str
    log_stream: str
    memory_mib: int
    storage_mib: int
    timeout_seconds: int
    cpu_share: float
    """The part of one processor that the memory buys."""
    backend: str
    mechanisms: Mapping[str, str | None]
    init_ms: float
    duration_ms: float
    billed_ms: int
    cpu_ms: float
    received_share: float
    """The part of one processor that the handler really got."""
    peak_memory_bytes: int
    cost_usd: float
    status: str
    error_type: str
    error_message: str
    breach: Mapping[str, Any] | None
    lacking: Mapping[str, str] = field(default_factory=dict)
    """What is lacking, by promise, where this host keeps none or a lesser one."""

    @classmethod
    def of(cls, entry: Entry) -> Run:
        """Read an ``invocation`` entry; facts that this version of the lab does not know are left aside."""
        known = {one.name for one in fields(cls)}
        return cls(seq=entry.seq, time=entry.time, **{key: fact for key, fact in entry.facts.items() if key in known})

    @property
    def log(self) -> list[str]:
        """Return this run's lines from CloudWatch Logs."""
        return log_lines(self.log_group, self.log_stream, self.request_id)

    @property
    def peak_memory_mib(self) -> float:
        return self.peak_memory_bytes / 1024 / 1024

    @property
    def is_cold(self) -> bool:
        return self.start == "cold"

    @property
    def has_succeeded(self) -> bool:
        return self.status == "Succeeded"

    def __repr__(self) -> str:
        return (
            f"<Run {self.seq} of {self.function}: {self.status}, {self.start}, {self.duration_ms:.0f} ms "
            f"(billed {self.billed_ms} ms), CPU {self.received_share:.2%} of {self.cpu_share:.2%}, "
            f"memory {math.ceil(self.peak_memory_mib)} of {self.memory_mib} MB, sandbox {self.sandbox}>"
        )


def runs(feed: Feed, function: str | None = None) -> list[Run]:
    """Return the runs since the last reset of the account, oldest first."""
    return _runs_of(feed.entries(), function)


def last_run(
    feed: Feed, function: str | None = None, *, after: int | None = None, wait: float = SETTLED_SECONDS
) -> Run:
    """Return the newest run, or with ``after`` the first that is newer; wait for it when there is none yet.

    An event that was accepted is waited for too: whoever calls a function again never gets the run before it.
    """
    deadline = time.monotonic() + wait
    if after is None:
        is_settled = wait_until_settled(feed, function, wait)
        # The journal is read once: between two readings a run could end, and would be waited for in vain.
        seen = list(feed.entries())
        if already := _runs_of(seen, function):
            if is_settled:
                return already[-1]
            raise LabError(f"{_whose(function)} is still under way after {wait:g} s.", remedy=_longer(function, wait))
        known = seen[-1].seq if seen else 0
    else:
        known = after
    left = max(0.0, deadline - time.monotonic())
    entry = feed.first(lambda entry: is_run_of(entry, function), after=known, wait=left)
    if entry is None:
        newer = f" after entry {after}" if after is not None else ""
        raise LabError(
            f"No run of {function or 'any function'}{newer} within {wait:g} s.",
            remedy=_unknown(feed, function)
            or f"look at lab.journal('denial') for a call that was refused, or {_longer(function, wait)}",
        )
    return Run.of(entry)


def wait_until_settled(feed: Feed, function: str | None, wait: float) -> bool:
    """Wait up to ``wait`` seconds until no event of the function, or none at all, is under way; say if it is so."""
    deadline = time.monotonic() + wait
    pause = SHORTEST_PAUSE
    while function in (under_way := feed.under_way()) or (function is None and under_way):
        if time.monotonic() + pause > deadline:
            return False
        time.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)
    return True


def _unknown(feed: Feed, function: str | None) -> str:
    """Say what to do if there is no such function in the account; nothing if there is."""
    present: set[str] = set()
    for entry in feed.entries():
        if entry.kind == "reset":
            present.clear()
        elif entry.kind == "function":
            change = present.discard if entry.facts["operation"] == "deleted" else present.add
            change(entry.facts["function"])
    if function is None or function in present:
        return ""
    names = (
        f"it has {', '.join(sorted(present))}" if present else "it has none: lab.reset(), in any notebook, empties it"
    )
    return f"look at the name: the account has no function {function!r}, {names}."


def _whose(function: str | None) -> str:
    return f"A run of {function}" if function else "A run"


def _longer(function: str | None, wait: float) -> str:
    return f"wait longer: lab.last_run({function!r}, wait={max(2 * wait, 1):g})"


def _runs_of(entries: Iterable[Entry], function: str | None) -> list[Run]:
    found: list[Run] = []
    for entry in entries:
        if entry.kind == "reset":
            found.clear()
        elif is_run_of(entry, function):
            found.append(Run.of(entry))
    return found


def is_run_of(entry: Entry, function: str | None) -> bool:
    """Say whether an entry is an invocation, of this function if one is named."""
    return entry.kind == "invocation" and function in (None, entry.facts["function"])
