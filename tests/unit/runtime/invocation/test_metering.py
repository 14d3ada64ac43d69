from __future__ import annotations

import pytest

from runtime.generation import PREVIEW, TODAY
from runtime.invocation.metering import Figures, Reading, meter


def taken(generation_name: str, seconds: float, *, init_ms: float = 200.0) -> Figures:
    generation = {"preview": PREVIEW, "today": TODAY}[generation_name]
    return meter(
        generation,
        memory_mib=128,
        timeout_seconds=3,
        init_ms=init_ms,
        begin=Reading(10.0, 1.0),
        end=Reading(10.0 + seconds, 1.5),
        peak_memory_bytes=5,
    )


def test_the_preview_bills_a_hundred_milliseconds_at_a_time_and_no_init() -> None:
    figures = taken("preview", 0.1234)

    assert figures.duration_ms == pytest.approx(123.4)
    assert figures.billed_ms == 200
    assert figures.cost_usd == pytest.approx(0.2 * 0.125 * 0.00001667 + 0.0000002)


def test_today_bills_every_millisecond_with_init() -> None:
    assert taken("today", 0.0101).billed_ms == 211


def test_nobody_is_billed_for_more_than_the_timeout() -> None:
    assert taken("preview", 3.07).billed_ms == 3000


def test_processor_time_is_counted_over_the_same_span() -> None:
    assert taken("today", 1.0).cpu_ms == pytest.approx(500)
