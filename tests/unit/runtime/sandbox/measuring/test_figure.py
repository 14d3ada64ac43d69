"""A measurement says whether the promise was kept, and by how much it was missed."""

from __future__ import annotations

import pytest

from runtime.sandbox.measuring import figure


@pytest.mark.parametrize(
    ("received", "tolerance", "is_kept"),
    [(0.0625, 0.03, True), (0.0643, 0.03, True), (0.0645, 0.03, False), (0.06, 0.03, False), (0.06, 0.10, True)],
)
def test_a_share_is_kept_within_its_tolerance_on_both_sides(received: float, tolerance: float, is_kept: bool) -> None:
    assert figure.share("x", 0.0625, received, tolerance).is_kept is is_kept


def test_a_share_says_how_far_it_was_missed() -> None:
    assert figure.share("x", 0.5, 0.45, 0.03).text == (
        "received 45.00% of a processor where 50.00% was bought (-10.0%)"
    )


def test_a_limit_that_nobody_noticed_was_not_kept() -> None:
    assert not figure.limit("memory", 1 << 27, None, "bytes", 60).is_kept
    assert figure.limit("memory", 1 << 27, 1 << 28, "bytes", 1).text.startswith(
        "ended at 256.0 MiB, the limit is 128.0"
    )


def test_a_deadline_is_kept_within_a_fifth_of_a_second() -> None:
    assert [figure.gone("x", milliseconds).is_kept for milliseconds in (3, 200, 201)] == [True, True, False]


def test_the_slowest_sandbox_is_told() -> None:
    assert figure.making([2.0] * 29 + [50.0]).text == "p50 2.0 ms, p99 50.0 ms, of 30"
