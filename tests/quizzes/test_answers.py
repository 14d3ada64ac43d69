"""What a learner wrote is read without running it."""

from __future__ import annotations

import time

import pytest

from lab.grading.answers import Answers, plain_values


def test_literals_and_calculations_with_numbers_are_read() -> None:
    cell = 'request_id = "abc"\nshare = -6.25\nmemory = 1024\npredicted_ms = (1480 + 8) / 8 * 1\nagain = share * 2'

    assert plain_values([cell]) == {
        "request_id": "abc",
        "share": -6.25,
        "memory": 1024,
        "predicted_ms": 186.0,
        "again": -12.5,
    }


def test_the_last_value_of_a_name_counts() -> None:
    assert plain_values(['choice = "a"', 'choice = ""\nchoice = "c"']) == {"choice": "c"}


def test_what_would_have_to_run_is_not_read_and_takes_the_name_with_it() -> None:
    assert plain_values(["share = 6.2", "share = run.received_share"]) == {}
    assert plain_values(["share = 6.2", "share = 1 / 0"]) == {}
    assert plain_values(['text = "a" * 3', "power = 9 ** 9"]) == {}


@pytest.mark.parametrize(
    "cell",
    ["%%handler a.py\nx = 1", "x = (", "x = " + "(" * 5000, "x = " + "-" * 15_000 + "1", "x = 1\0", "y" * 30_000],
    ids=["a magic", "a mistake", "nested too deeply", "negated too often", "a null byte", "too long"],
)
def test_a_cell_that_is_no_python_holds_no_answer(cell: str) -> None:
    assert plain_values([cell]) == {}


def test_reading_takes_no_time_whatever_the_cell_holds() -> None:
    started = time.monotonic()

    plain_values(["x = 10\n" + "x = x * x\n" * 1900])

    assert time.monotonic() - started < 1


def test_an_answer_that_is_missing_is_asked_for() -> None:
    answers = Answers({"request_id": "", "share": None})

    for name, ask in (("request_id", answers.text), ("share", answers.number)):
        with pytest.raises(AssertionError, match=f"No answer yet: write {name}"):
            ask(name)


def test_an_answer_that_would_have_to_run_says_why_it_does_not_count() -> None:
    with pytest.raises(AssertionError, match="share has no plain value"):
        Answers({}).number("share")


def test_an_answer_of_the_wrong_kind_says_which_kind_is_wanted() -> None:
    answers = Answers({"share": "6.2", "request_id": 5, "flag": True})

    with pytest.raises(AssertionError, match="share should be a number without quotes"):
        answers.number("share")
    with pytest.raises(AssertionError, match="request_id should be a text in quotes"):
        answers.text("request_id")
    with pytest.raises(AssertionError, match="flag should be a number"):
        answers.number("flag")
