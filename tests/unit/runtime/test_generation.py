"""What the two generations buy, bill and charge, against the figures that AWS published."""

from __future__ import annotations

import pytest

from runtime.generation import PREVIEW, TODAY


@pytest.mark.parametrize(("memory_mib", "share"), [(128, 0.0625), (256, 0.125), (512, 0.25), (1024, 0.5)])
def test_in_the_preview_2048_mib_buy_one_processor(memory_mib: int, share: float) -> None:
    assert PREVIEW.cpu_share(memory_mib) == share


def test_today_1769_mib_buy_one_processor() -> None:
    assert TODAY.cpu_share(1769) == 1.0
    assert TODAY.cpu_share(128) == pytest.approx(0.0724, abs=0.0001)


@pytest.mark.parametrize(
    ("duration_ms", "billed"), [(0.0, 100), (98.51, 100), (100.0, 100), (100.01, 200), (5000.0, 3000)]
)
def test_the_preview_bills_started_hundreds_of_milliseconds_up_to_the_timeout(duration_ms: float, billed: int) -> None:
    assert PREVIEW.billed_milliseconds(duration_ms, init_ms=80.0, timeout_seconds=3) == billed


def test_today_bills_started_milliseconds_and_the_init_phase() -> None:
    # 1260.60 ms and an init of 844.88 ms were billed as 2106 ms (a log line of 2026-07).
    assert TODAY.billed_milliseconds(1260.60, init_ms=844.88, timeout_seconds=30) == 2106
    assert TODAY.billed_milliseconds(3.01, init_ms=0.0, timeout_seconds=3) == 4


@pytest.mark.parametrize(
    ("memory_mib", "usd"), [(128, 0.000000208), (512, 0.000000834), (640, 0.000001042), (1024, 0.000001667)]
)
def test_a_hundred_milliseconds_cost_what_the_price_table_of_the_preview_says(memory_mib: int, usd: float) -> None:
    duration_cost = PREVIEW.cost_usd(100, memory_mib) - PREVIEW.usd_per_request

    assert duration_cost == pytest.approx(usd, abs=6e-10)
