"""What is measured when only something is asked for."""

from __future__ import annotations

import pytest

from tests.benchmarks.selection import LEVELS, YARDSTICKS, Selection

RUNTIMES = ("nodejs", "nodejs24.x", "python3.11")


@pytest.mark.parametrize(
    ("only", "levels", "runtimes"),
    [
        ([], set(LEVELS), set(RUNTIMES)),
        (["python"], set(LEVELS), {"python3.11"}),
        (["sandbox", "python"], {"sandbox"}, {"python3.11"}),
        (["sandbox", "invoker"], {"sandbox", "invoker"}, set(RUNTIMES)),
        (["nodejs"], set(LEVELS), {"nodejs"}),
        (["nodejs24"], set(LEVELS), {"nodejs24.x"}),
    ],
)
def test_words_choose_levels_and_runtimes(only: list[str], levels: set[str], runtimes: set[str]) -> None:
    selection = Selection(only)

    assert {level for level in LEVELS if selection.has_group(level)} == levels
    assert {runtime for runtime in RUNTIMES if selection.has_runtime(runtime)} == runtimes


def test_the_yardsticks_of_what_is_chosen_are_measured_but_for_those_left_out() -> None:
    selection = Selection(["sandbox"], without=["docker"])

    assert [name for name in YARDSTICKS if selection.has_group(name)] == ["floor", "subprocess"]


def test_memory_alone_needs_no_rounds() -> None:
    assert not Selection(["memory", "python"]).measures_time
    assert Selection(["memory", "sandbox"]).measures_time
