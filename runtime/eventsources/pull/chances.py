"""What becomes of a batch of a stream that failed: rules only, no waiting.

A failed batch is tried again after a pause, as often as the mapping says and as long as its oldest record is not too
old. With BisectBatchOnFunctionError it is halved first, which counts as no try; where a function has said which record
failed, the batch begins with that one and is not halved. That a throttle or a refusal is no attempt, AWS documents.
The pauses it does not; eight tries in the first minute were recorded, and so it is here: a quarter of a second, doubled
each time up to a minute.
"""

from __future__ import annotations

from enum import Enum

from runtime.eventsources.pull.subscription import Subscription

FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.25, 60.0


class Chance(Enum):
    """What comes next."""

    RETRY = "retry"
    BISECT = "bisect"
    DISCARD = "discard"


class Condition(Enum):
    """Why records are given up, in AWS's words."""

    RETRY_ATTEMPTS_EXHAUSTED = "RetryAttemptsExhausted"
    RECORD_AGE_EXCEEDED = "RecordAgeExceeded"


def chance(subscription: Subscription, attempts: int, size: int, *, is_partial: bool) -> Chance:
    """Say what follows for a batch, or the rest of one, that has failed so many times."""
    if subscription.bisects and size > 1 and not is_partial:
        return Chance.BISECT
    if 0 <= subscription.retries < attempts:
        return Chance.DISCARD
    return Chance.RETRY


def pause_seconds(attempts: int) -> float:
    """Return how long after so many attempts the next one begins."""
    doublings = min(attempts - 1, 20)
    return float(min(FIRST_PAUSE_SECONDS * 2**doublings, LONGEST_PAUSE_SECONDS))
