"""An asynchronous event that was accepted and has not had its outcome yet: a plain, immutable value.

It names its function instead of holding it, because a queued event meets the function as it is when the event runs,
not as it was when the event was sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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
    client_context: str | None = None
    qualifier: str | None = None
    """The version or alias that was asked for; an alias leads where it points when the event runs."""
