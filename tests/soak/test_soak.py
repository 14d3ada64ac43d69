"""The platform after many attacks: everybody else is answered, and nothing is left. The long version: ``make soak``."""

from __future__ import annotations

import pytest

from tests.soak.soak import soak


@pytest.mark.isolation
@pytest.mark.slow
async def test_two_hundred_invocations_with_attacks_among_them_end_as_they_should_and_leave_nothing() -> None:
    report = await soak(invocations=150, at_once=8, warm_up=50, seed=2014, tick=lambda: None)

    assert report.complaints == []
    assert sum(report.outcomes.values()) == 200
    assert {"Succeeded", "Failed", "TimedOut", "LimitExceeded", "OutOfMemory"} <= set(report.outcomes)
