"""When an asynchronous event is tried again, and when it is given up: rules only, no waiting.

An *attempt* is an invocation that has an outcome. A failed one is followed by the next after a pause, as often as the
generation says or, today, the function's own event invoke config; and no attempt begins once the event is too old. Its
age counts from its acceptance, also while the platform does not run.
What is not the function's failure (a throttle, a fault of the platform) is no attempt. It is repeated after 1, 2, 4, …
up to 300 seconds, as long as the event is not too old. (AWS: "from 1 second after the first attempt to a maximum of
5 minutes".)

The generations are ``runtime/generation.py``; of the preview neither number nor pauses are known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from runtime.generation import Generation

FIRST_BACK_OFF_SECONDS, LONGEST_BACK_OFF_SECONDS = 1, 300


class Condition(Enum):
    """Why an event is over, or tried again. The first four are AWS's words, in its destination records."""

    SUCCESS = "Success"
    RETRIES_EXHAUSTED = "RetriesExhausted"
    EVENT_AGE_EXCEEDED = "EventAgeExceeded"
    ZERO_RESERVED_CONCURRENCY = "ZeroReservedConcurrency"
    """Nothing at all is reserved for the function: it never gets a turn."""
    FUNCTION_GONE = "FunctionGone"
    """It was deleted, or made anew through the other API. AWS has no word for it."""
    FUNCTION_FAILED = "FunctionFailed"
    THROTTLED = "Throttled"
    PLATFORM_FAILED = "PlatformFailed"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient one function's events are."""

    pauses: tuple[timedelta, ...]
    maximum_age: timedelta | None

    @classmethod
    def of(cls, generation: Generation, event_invoke_config: Mapping[str, Any] | None) -> RetryPolicy:
        """Return what the generation says, less what the function's config (with AWS's members) takes away."""
        config = event_invoke_config or {}
        retries = config.get("MaximumRetryAttempts")
        age = config.get("MaximumEventAgeInSeconds") or generation.maximum_event_age_seconds
        pauses = tuple(timedelta(seconds=pause) for pause in generation.retry_after_seconds)
        return cls(pauses if retries is None else pauses[:retries], None if age is None else timedelta(seconds=age))


@dataclass(frozen=True, slots=True)
class History:
    """What has become of an event so far."""

    attempts: int = 0
    last_end: datetime | None = None
    """When the last attempt ended."""
    has_succeeded: bool = False
    hindrances: int = 0
    """How often in a row it could not even be tried."""

    def after_attempt(self, end: datetime, *, has_succeeded: bool) -> History:
        """Return the history with one more attempt."""
        return History(self.attempts + 1, end, has_succeeded)

    def after_hindrance(self) -> History:
        """Return the history with one more time that there was no attempt."""
        return replace(self, hindrances=self.hindrances + 1)


NOT_TRIED = History()


def decide(policy: RetryPolicy, history: History, accepted_at: datetime, now: datetime) -> datetime | Condition:
    """Say when an event that has not succeeded is to be tried, or why it is given up."""
    expiry = accepted_at + policy.maximum_age if policy.maximum_age is not None else None
    if history.attempts > len(policy.pauses):
        return Condition.RETRIES_EXHAUSTED
    if expiry is not None and now >= expiry:
        return Condition.EVENT_AGE_EXCEEDED
    if history.last_end is None:
        return accepted_at
    due = history.last_end + policy.pauses[history.attempts - 1]
    # At its expiry an event has another turn, in which it is given up.
    return min(due, expiry) if expiry is not None else due


def back_off(hindrances: int) -> timedelta:
    """Return the pause after an event could not be tried so often in a row."""
    doublings = min(hindrances - 1, LONGEST_BACK_OFF_SECONDS.bit_length())
    return timedelta(seconds=min(FIRST_BACK_OFF_SECONDS << doublings, LONGEST_BACK_OFF_SECONDS))
