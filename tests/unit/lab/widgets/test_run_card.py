"""The card of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from lab.run import Run
from lab.widgets import run_card
from lab.widgets.run_card import render
from tests.unit.lab.conftest import FACTS


def a_run(**facts: Any) -> Run:
    return Run(seq=7, time="2026-01-01T00:00:00.000Z", **(FACTS | facts))


@pytest.fixture(autouse=True)
def no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Point boto3 at a port where nobody listens: a card must be drawn all the same."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def test_a_card_shows_what_was_bought_and_what_was_received() -> None:
    card = render(a_run(received_share=0.0631))

    assert "6.25 %" in card
    assert "6.31 %" in card
    assert "peak 32 of 128 MB" in card
    assert "300 ms" in card


def test_a_notebook_shows_a_run_as_its_card() -> None:
    shell = InteractiveShell(config=Config(HistoryManager={"enabled": False}))

    run_card.show_in(shell)

    assert shell.display_formatter is not None
    shown, _ = shell.display_formatter.format(a_run())
    assert shown["text/html"] == render(a_run())
    assert shown["text/plain"] == repr(a_run())


def test_a_card_is_drawn_although_the_log_cannot_be_read() -> None:
    assert "The log could not be read" in render(a_run())


def test_a_breach_names_the_limit_its_value_and_what_was_observed() -> None:
    breach = {"limit": "memory", "configured": 134217728, "observed": 134217728, "unit": "bytes", "mechanism": "cgroup"}
    card = render(a_run(status="OutOfMemory", error_type="MemoryLimitExceeded", breach=breach))

    assert "Out of memory" in card
    assert "The limit: 128 MB of memory. Observed: 128 MB. Enforced by cgroup." in card


def test_a_limit_that_is_a_number_of_things_is_named_by_them() -> None:
    breach = {"limit": "processes", "configured": 1024, "observed": 1024, "unit": "processes and threads"}

    card = render(a_run(status="LimitExceeded", error_type="ProcessLimitExceeded", breach=breach))

    assert "The limit: 1,024 processes and threads. Observed: 1,024 processes and threads." in card


def test_the_peak_is_that_of_the_report_line() -> None:
    assert "peak 8 of 128 MB" in render(a_run(peak_memory_bytes=7 * 2**20 + 1))


def test_a_learners_words_cannot_break_the_page() -> None:
    card = render(a_run(status="Failed", error_message="<img src=x onerror=alert(1)>"))

    assert "<img src=x" not in card


def test_a_warm_start_shows_no_init() -> None:
    run = a_run()

    assert ">init<" in render(run)
    assert ">init<" not in render(replace(run, start="warm", init_ms=0.0))
