"""An asynchronous event that was accepted and has not had its outcome yet: a plain, immutable value.

It names its function instead of holding it, because a queued event meets the function as it is when the event runs,
not as it was when the event was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.timeline import Step


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """What must survive a restart of the platform, so that an event answered with 202 is executed."""

    request_id: str
    function: str
    """The function's name."""
    generation: str
    """Name of the generation to which the function belonged when the event was accepted."""
    payload: bytes
    caller: str
    source: str
    accepted_at: datetime
    journal_seq: int
    """The journal's last entry when the event was accepted: what became of the event stands after it."""
    trace_id: str
    span: str
    parent: str | None = None
    client_context: str | None = None
    qualifier: str | None = None
    """The version or alias that was asked for; an alias leads where it points when the event runs."""

    @property
    def step(self) -> Step:
        """Return the step on its way that the event itself is: its attempts hang under it."""
        return Step(self.trace_id, self.span, self.parent)


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """What the last attempt of an event answered, for the record of it."""

    version: str
    function_error: str | None
    payload: bytes
    error_message: str
