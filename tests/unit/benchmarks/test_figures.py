"""The arithmetic of the benchmarks."""

from __future__ import annotations

import pytest

from tests.benchmarks.figures import Block, percentile, ratio, summary


@pytest.mark.parametrize(("percent", "expected"), [(50, 5), (90, 9), (99, 10), (100, 10), (0, 1)])
def test_a_percentile_is_one_of_the_values_that_were_measured(percent: float, expected: float) -> None:
    values = [7, 1, 10, 4, 2, 9, 3, 8, 6, 5]

    assert percentile(values, percent) == expected


def test_there_is_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_one_slow_invocation_in_a_hundred_is_not_the_99th_percentile_and_two_are() -> None:
    assert percentile([1.0] * 99 + [50.0], 99) == 1.0
    assert percentile([1.0] * 98 + [50.0] * 2, 99) == 50.0


def test_a_disturbed_round_does_not_move_the_median_of_the_rounds() -> None:
    blocks = [Block((2.0, 2.0, 2.2)), Block((1.0, 2.1, 9.0)), Block((60.0, 70.0, 80.0))]

    figures = summary(blocks)

    assert figures.p50_ms == 2.1
    assert (figures.lowest_ms, figures.highest_ms) == (2.0, 70.0)


def test_the_99th_percentile_is_of_all_rounds_together() -> None:
    blocks = [Block((1.0,) * 50) for _ in range(3)] + [Block((1.0,) * 47 + (30.0, 40.0, 50.0))]

    assert summary(blocks).p99_ms == 30.0
    assert summary(blocks).samples == 200


def test_a_rate_is_the_median_of_the_rounds_for_each_number_in_flight() -> None:
    blocks = [Block((1.0,), {1: rate, 8: 3 * rate}) for rate in (90.0, 100.0, 20.0)]

    assert summary(blocks).per_second == {1: 90.0, 8: 270.0}


def test_a_spell_that_slows_both_sides_leaves_the_ratio_as_it_is() -> None:
    ours = [Block((2.0,)), Block((3.0,)), Block((20.0,))]
    yardstick = [Block((20.0,)), Block((30.0,)), Block((200.0,))]

    assert ratio(yardstick, ours) == 10.0
    assert ratio(ours, yardstick) == pytest.approx(0.1)


def test_a_ratio_is_formed_within_rounds_not_between_medians() -> None:
    ours = [Block((1.0,)), Block((4.0,)), Block((2.0,))]
    yardstick = [Block((10.0,)), Block((10.0,)), Block((10.0,))]

    assert ratio(yardstick, ours) == 5.0


def test_rounds_of_different_number_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="argument 2"):
        ratio([Block((1.0,))], [Block((1.0,)), Block((1.0,))])
