"""A budget of CPU time is a closed loop: what is spent too much is paid back, and idleness saves nothing up."""

from __future__ import annotations

import pytest

from runtime.sandbox.budget import PERIOD_NS, Budget

MS = 1_000_000


def spend(budget: Budget, share: float, seconds: float, *, late_ns: int = 0, hunger: float = 1.0) -> float:
    """Play a tree that takes all it can get, with a keeper that is always late; return the part it received."""
    now = spent = 0
    while now < seconds * 1e9:
        pause, work = budget.balance(share, now, spent, processes=1, threads=1)
        elapsed = (pause or work) + late_ns
        now += elapsed
        spent += 0 if pause else round(elapsed * hunger)
    return spent / now


@pytest.mark.parametrize("share", [0.02, 0.0625, 0.25, 0.5])
@pytest.mark.parametrize("late_ns", [0, 300_000, 3 * MS])
def test_the_share_is_kept_also_by_a_keeper_that_is_late(share: float, late_ns: int) -> None:
    assert spend(Budget(2), share, 10, late_ns=late_ns) == pytest.approx(share, rel=0.05)


def test_who_uses_less_than_the_share_is_never_stopped() -> None:
    budget = Budget(2)

    pauses = [budget.balance(0.5, at * 10 * MS, at * 2 * MS, processes=1, threads=1)[0] for at in range(100)]

    assert set(pauses) == {0}


def test_idleness_buys_three_periods_at_most() -> None:
    budget = Budget(1)
    budget.balance(0.5, 0, 0, processes=1, threads=1)

    _, work = budget.balance(0.5, 60_000 * MS, 0, processes=1, threads=1)

    assert work == 3 * PERIOD_NS * 0.5


def test_among_many_processes_the_periods_are_longer() -> None:
    budget = Budget(1)
    budget.balance(0.0625, 0, 0, processes=1000, threads=1000)

    pause, _ = budget.balance(0.0625, 20 * MS, 25 * MS, processes=1000, threads=1000)

    assert pause > 10 * PERIOD_NS


def test_a_share_of_more_than_there_is_stops_nobody() -> None:
    assert spend(Budget(2), 2.0, 1) == pytest.approx(1.0)
