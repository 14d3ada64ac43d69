"""How far a shard has been read: a value that is written down whenever it changes, and read again after a restart.

Records are *noted* in their order and *settled* in any, because a shard may be read in several lanes. The position is
the last record before which every record is settled; those settled beyond it are remembered one by one, so that none of
them is delivered again. A *try* is a batch that failed: its first and last record, how often it was tried, and the
step of its trace. It is a batch again at its next turn, also after a restart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.eventsources.pull.streams import Record
from runtime.timeline import Step


@dataclass(frozen=True, slots=True)
class Try:
    """A batch that failed, or half of one."""

    last: int
    attempts: int
    trace_id: str
    span: str

    @property
    def step(self) -> Step:
        """Return the step under which it goes on (``runtime/timeline.py``)."""
        return Step(self.trace_id, self.span, None)


class Progress:
    """How far one shard has been read for one mapping."""

    def __init__(self, document: Mapping[str, Any] | None = None) -> None:
        written = document or {}
        self.position: int | None = written.get("position")
        """The last record up to which everything is settled; ``None`` at the beginning."""
        self.is_over = bool(written.get("is_over"))
        """Whether the shard was closed and everything in it is settled."""
        self.tries = {int(first): Try(*values) for first, values in written.get("tries", {}).items()}
        self._settled: set[int] = set(written.get("settled", ()))
        self._noted: deque[int] = deque()

    def document(self) -> dict[str, Any]:
        """Return what is written down."""
        return {
            "position": self.position,
            "is_over": self.is_over,
            "settled": sorted(self._settled),
            "tries": {
                str(first): [each.last, each.attempts, each.trace_id, each.span] for first, each in self.tries.items()
            },
        }

    @property
    def is_settled(self) -> bool:
        """Tell whether everything that was noted is settled."""
        return not self._noted

    def note(self, record: Record) -> bool:
        """Take notice of a record that was read; return whether it is still to be delivered."""
        is_open = record.sequence not in self._settled
        self._noted.append(record.sequence)
        self._advance()
        return is_open

    def settle(self, records: Iterable[Record]) -> None:
        """Let records be done with: delivered, left out by a filter, or given up."""
        for record in records:
            self._settled.add(record.sequence)
            self.tries.pop(record.sequence, None)
        self._advance()

    def fail(self, first: Record, last: Record, attempts: int, step: Step) -> None:
        """Remember a batch that is to be tried again."""
        self.tries[first.sequence] = Try(last.sequence, attempts, step.trace_id, step.span)

    def _advance(self) -> None:
        while self._noted and self._noted[0] in self._settled:
            self.position = self._noted.popleft()
            self._settled.discard(self.position)
