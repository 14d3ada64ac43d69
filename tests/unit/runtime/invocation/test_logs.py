from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from runtime.clock import SystemClock
from runtime.generation import PREVIEW, LogFormat
from runtime.invocation.logs import (
    LARGEST_OUTPUT,
    MOST_EVENTS,
    TAIL_BYTES,
    LogStream,
    end_line,
    report_line,
    start_line,
    stream_name,
)
from runtime.invocation.metering import Figures
from tests.unit.runtime.functions import function

ID = "23007242-95d2-11e4-a10e-7b2ab60a7770"


def stream() -> LogStream:
    return LogStream("/aws/lambda/f", "s", SystemClock())


def messages(log: LogStream) -> list[str]:
    return [event.message for event in log.take()]


def figures(*, duration_ms: float = 98.51, billed_ms: int = 100, mebibytes: int = 26, init_ms: float = 0.0) -> Figures:
    return Figures(init_ms, duration_ms, billed_ms, 5.0, mebibytes * 1024 * 1024, 0.0)


def test_the_lines_of_the_preview_are_those_recorded_in_january_2015() -> None:
    preview = LogFormat.PREVIEW

    assert start_line(preview, ID, "$LATEST") == f"START RequestId: {ID}"
    assert end_line(ID) == f"END RequestId: {ID}"
    assert report_line(preview, ID, figures(), 128, "") == (
        f"REPORT RequestId: {ID}\tDuration: 98.51 ms\tBilled Duration: 100 ms \tMemory Size: 128 MB\t"
        "Max Memory Used: 26 MB\t"
    )


def test_the_lines_of_today_are_those_recorded_in_2025() -> None:
    today = LogFormat.TODAY

    assert start_line(today, ID, "$LATEST") == f"START RequestId: {ID} Version: $LATEST"
    assert report_line(today, ID, figures(duration_ms=3.01, billed_ms=114, init_ms=110.1), 128, "") == (
        f"REPORT RequestId: {ID}\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 26 MB\tInit Duration: 110.10 ms\t"
    )
    assert report_line(today, ID, figures(), 128, "Status: timeout").endswith("Max Memory Used: 26 MB\tStatus: timeout")


def test_a_stream_of_the_preview_is_32_hex_digits_and_one_of_today_begins_with_the_day() -> None:
    day = datetime(2026, 3, 9, tzinfo=UTC)

    assert re.fullmatch(r"[0-9a-f]{32}", stream_name(function(generation=PREVIEW), day))
    assert re.fullmatch(r"2026/03/09/\[\$LATEST\][0-9a-f]{32}", stream_name(function(), day))
    shared = stream_name(function(log_group="/shared", version="3"), day)
    assert re.fullmatch(r"2026/03/09/f\[3\][0-9a-f]{32}", shared)


def test_a_line_break_begins_a_new_event_and_a_carriage_return_does_not() -> None:
    log = stream()

    log.write(b"one\ntwo\rstill two\nthr")
    log.write(b"ee\n")

    assert messages(log) == ["one\n", "two\rstill two\n", "three\n"]


def test_an_unfinished_line_comes_before_the_platforms_next_line() -> None:
    log = stream()

    log.write(b"no end")
    log.line("END RequestId: x")

    assert messages(log) == ["no end", "END RequestId: x\n"]


def test_what_is_taken_is_not_taken_again() -> None:
    log = stream()
    log.line("once")

    assert messages(log) == ["once\n"]
    assert messages(log) == []


def test_the_tail_is_the_last_four_kilobytes_of_the_invocation_under_way() -> None:
    log = stream()
    log.line("earlier")
    log.take()

    log.write(b"y" * TAIL_BYTES + b"\nlast\n")

    assert len(log.tail()) == TAIL_BYTES
    assert log.tail().endswith(b"y\nlast\n")
    assert b"earlier" not in log.tail()


@pytest.mark.parametrize("chunk", [b"z" * 65535 + b"\n", b"\n" * 65536])
def test_output_without_end_is_cut_and_the_log_says_so(chunk: bytes) -> None:
    log = stream()

    for _ in range(200):
        log.write(chunk)
    log.line("END")

    kept = messages(log)
    assert len(kept) < MOST_EVENTS + len(chunk)
    assert sum(len(message) for message in kept) < LARGEST_OUTPUT + 2 * len(chunk)
    assert ["is not kept" in message for message in kept[-2:]] == [True, False]


def test_bytes_that_are_no_text_do_not_break_the_log() -> None:
    log = stream()

    log.write(b"\xff\xfe\n")

    assert messages(log) == ["\ufffd\ufffd\n"]
