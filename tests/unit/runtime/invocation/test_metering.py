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


def test_after_a_timeout_today_reports_the_timeout_and_the_preview_what_it_took() -> None:
    assert taken("preview", 3.07).duration_ms == pytest.approx(3070)
    assert taken("today", 3.07).duration_ms == 3000
    assert taken("today", 3.07, init_ms=578.07).billed_ms == 3579  # as recorded: 5000.00, 578.07 and 5579


@pytest.mark.parametrize("seconds", [0.0, 0.0001, 0.0101, 2.9999, 3.0, 3.07, 60.0])
@pytest.mark.parametrize("init_ms", [0.0, 0.4, 200.0])
def test_today_no_duration_is_more_than_what_is_billed_for_it(seconds: float, init_ms: float) -> None:
    figures = taken("today", seconds, init_ms=init_ms)

    assert figures.duration_ms <= figures.billed_ms
