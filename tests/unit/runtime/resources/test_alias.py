"""An alias sends each invocation to one of its versions, by weight."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from runtime.resources.alias import Alias


def test_an_alias_comes_back_from_what_is_kept_of_it() -> None:
    alias = Alias("live", "1", "words", "revision", {"2": 0.25})

    assert Alias.from_document(alias.document()) == alias
    assert alias.versions == ("1", "2")


@pytest.mark.parametrize(("weight", "expected"), [(0.0, {"1"}), (1.0, {"2"}), (0.5, {"1", "2"})])
def test_a_weight_is_the_part_that_goes_elsewhere(weight: float, expected: set[str]) -> None:
    alias = Alias("live", "1", "", "", {"2": weight})

    assert {alias.draw() for _ in range(200)} == expected


def test_many_draws_come_near_the_weight() -> None:
    random.seed(2015)
    alias = Alias("live", "1", "", "", {"2": 0.1})

    drawn = Counter(alias.draw() for _ in range(10_000))

    assert 900 < drawn["2"] < 1100
