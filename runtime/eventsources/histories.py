"""What has become of the queued events so far, read from the journal: it is the one place where outcomes are recorded.

So there is no second count that could differ after ``kill -9``: an attempt counts exactly if its entry is there.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from runtime.eventsources.retries import History
from runtime.invocation.outcome import Status
from runtime.journal import Journal
from runtime.resources.event import QueuedEvent


def histories(journal: Journal, events: Collection[QueuedEvent]) -> dict[str, History]:
    """Return the history of each of these events that was tried at least once, by request id."""
    found: dict[str, History] = {}
    asked = {event.request_id for event in events}
    after = min((event.journal_seq for event in events), default=journal.seq)
    if after > journal.seq:  # the journal was begun anew since
        after = 0
    while asked and (entries := journal.entries(after)):
        for entry in entries:
            request_id = entry.facts.get("request_id")
            if entry.kind == "invocation" and request_id in asked:
                has_succeeded = entry.facts["status"] == Status.SUCCEEDED.value
                history = found.get(request_id, History())
                found[request_id] = history.after_attempt(
                    datetime.fromisoformat(entry.time), has_succeeded=has_succeeded
                )
        after = entries[-1].seq
    return found
