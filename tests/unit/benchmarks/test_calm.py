"""How the benchmarks see that a machine is calm."""

from __future__ import annotations

import pytest

from tests.benchmarks.calm import idle_share, until_calm


def test_waiting_for_a_disk_is_idle_and_everything_else_is_not() -> None:
    before = [100, 0, 100, 1000, 50, 0, 0, 0]
    after = [110, 5, 120, 1150, 60, 1, 2, 2]

    assert idle_share(before, after) == pytest.approx(160 / 200)


async def test_a_machine_that_never_becomes_calm_is_waited_for_no_longer_than_patience_lasts() -> None:
    assert 0 <= await until_calm(patience_seconds=0) <= 1
