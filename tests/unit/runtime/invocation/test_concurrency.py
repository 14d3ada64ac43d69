"""No more invocations begin than may: of a function by its reservation, of all others by what is left."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from runtime.invocation.concurrency import Concurrency, Throttled, least_unreserved

FUNCTION, ACCOUNT = "ReservedFunctionConcurrentInvocationLimitExceeded", "ConcurrentInvocationLimitExceeded"


def reason(concurrency: Concurrency, name: str) -> str:
    with pytest.raises(Throttled) as caught, concurrency.turn(name):
        pass
    assert (caught.value.code, caught.value.status) == ("TooManyRequestsException", 429)
    return caught.value.fields["Reason"]


def test_a_reservation_is_a_ceiling_and_a_floor() -> None:
    concurrency = Concurrency(3, lambda: {"mine": 1})

    with ExitStack() as running:
        running.enter_context(concurrency.turn("others"))
        running.enter_context(concurrency.turn("others"))
        assert reason(concurrency, "more") == ACCOUNT
        running.enter_context(concurrency.turn("mine"))
        assert reason(concurrency, "mine") == FUNCTION

    with concurrency.turn("mine"), concurrency.turn("others"):
        pass


def test_a_turn_that_failed_is_over_too() -> None:
    concurrency = Concurrency(1, dict)

    with pytest.raises(RuntimeError), concurrency.turn("hello"):
        raise RuntimeError

    with concurrency.turn("hello"):
        assert reason(concurrency, "other") == ACCOUNT


def test_a_reservation_that_changes_acts_on_the_next_invocation() -> None:
    reserved = {"hello": 2}
    concurrency = Concurrency(10, lambda: reserved)

    with concurrency.turn("hello"):
        reserved["hello"] = 1
        assert reason(concurrency, "hello") == FUNCTION
        reserved.clear()
        with concurrency.turn("hello"):
            pass


@pytest.mark.parametrize(("limit", "least"), [(1000, 100), (100, 100), (10, 10)])
def test_a_part_of_the_account_cannot_be_reserved(limit: int, least: int) -> None:
    assert least_unreserved(limit) == least
