"""The moments in which a function is not what it will be: Pending after it was made, InProgress after an update.

Here everything is ready when the call has answered, so that a function goes on at once. With ``--settling`` these
moments last, as on AWS: while a function is Pending no invocation is accepted; while an update is in progress the
function runs as it was before, and no other update is accepted (AWS-036). They end by the account's time. Nothing
durable is said of them: after a restart every function is Active. Only Invoke, reads and updates look at them; function
URLs and event sources meet a function as it will be.

The words of the refusal of an invocation are as their callers quoted them (remotion-dev/remotion#1186).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.resources.function import Function

NOT_NOW = "The operation cannot be performed at this time."


class Phase(Enum):
    """Where a function stands."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    SETTLED = "Successful"


@dataclass(frozen=True, slots=True)
class _Transition:
    revision: str
    """Of the function as it will be."""
    until: datetime
    before: Function | None
    """As it was; ``None`` if it was not."""


class Transitions:
    """Which functions are not settled."""

    def __init__(self, clock: Clock, settling_seconds: float) -> None:
        self._clock = clock
        self._lasts = timedelta(seconds=settling_seconds)
        self._under_way: dict[str, _Transition] = {}

    def begin(self, function: Function, before: Function | None = None) -> None:
        """Let a function be new, or be changed from what it was."""
        if self._lasts:
            self._under_way[function.name] = _Transition(function.revision, self._clock.now() + self._lasts, before)

    def phase(self, function: Function) -> Phase:
        """Return where a function stands."""
        transition = self._of(function)
        if transition is None:
            return Phase.SETTLED
        return Phase.PENDING if transition.before is None else Phase.IN_PROGRESS

    def serving(self, function: Function) -> Function:
        """Return the function as it runs now; refuse one that is Pending."""
        transition = self._of(function)
        if transition is None:
            return function
        if transition.before is None:
            raise _conflict(f"{NOT_NOW} The function is currently in the following state: Pending")
        return transition.before

    def require_settled(self, function: Function) -> None:
        """Refuse an update of a function that is not settled."""
        transition = self._of(function)
        if transition is None:
            return
        self.serving(function)
        raise _conflict(f"{NOT_NOW} An update is in progress for resource: {function.arn}")

    def _of(self, function: Function) -> _Transition | None:
        transition = self._under_way.get(function.name)
        if transition is None or transition.revision != function.revision:  # a version, or a function of that name
            return None
        if transition.until <= self._clock.now():
            del self._under_way[function.name]
            return None
        return transition


def _conflict(message: str) -> ServiceError:
    return ServiceError("ResourceConflictException", message, 409, {"Type": "User"})
