"""When an event is tried again, by generation and by the function's own config."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runtime.eventsources.retries import NOT_TRIED, Condition, RetryPolicy, back_off, decide
from runtime.generation import PREVIEW, TODAY, Generation

ACCEPTED = datetime(2026, 2, 3, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return ACCEPTED + timedelta(seconds=seconds)


def after(attempts: int, last_end: float) -> Any:
    history = NOT_TRIED
    for _ in range(attempts):
        history = history.after_attempt(at(last_end), has_succeeded=False)
    return history


@pytest.mark.parametrize(
    ("generation", "config", "attempts", "last_end", "now", "decided"),
    [
        (TODAY, None, 0, 0, 5, at(0)),
        (TODAY, None, 1, 3, 5, at(63)),
        (TODAY, None, 2, 70, 71, at(190)),
        (TODAY, None, 3, 200, 201, Condition.RETRIES_EXHAUSTED),
        (TODAY, None, 0, 0, 21_600, Condition.EVENT_AGE_EXCEEDED),
        (TODAY, None, 1, 21_590, 21_595, at(21_600)),
        (TODAY, {"MaximumRetryAttempts": 0}, 1, 3, 5, Condition.RETRIES_EXHAUSTED),
        (TODAY, {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 120}, 2, 70, 71, at(120)),
        (PREVIEW, None, 0, 0, 1e7, at(0)),
        (PREVIEW, None, 1, 3, 5, Condition.RETRIES_EXHAUSTED),
    ],
)
def test_an_event_is_tried_in_its_time_or_given_up(
    generation: Generation,
    config: dict[str, int] | None,
    attempts: int,
    last_end: float,
    now: float,
    decided: datetime | Condition,
) -> None:
    policy = RetryPolicy.of(generation, config)

    assert decide(policy, after(attempts, last_end), ACCEPTED, at(now)) == decided


def test_what_hinders_an_attempt_is_met_with_pauses_from_one_second_to_five_minutes() -> None:
    """Facts G1: back-off from 1 s to 5 min."""
    pauses = [back_off(number).total_seconds() for number in range(1, 12)]

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert back_off(10**6).total_seconds() == 300
