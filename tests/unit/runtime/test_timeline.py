"""The way of an event is one tree in the journal, whoever writes on it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from runtime.journal import Journal
from runtime.timeline import Step, beginning, following, here, told, under
from tests.standing_clock import BEGINNING, StandingClock


def test_a_trace_has_the_form_that_x_ray_gives_it() -> None:
    assert re.fullmatch("1-[0-9a-f]{8}-[0-9a-f]{24}", beginning(BEGINNING).trace_id)


def test_what_is_journalled_under_a_step_hangs_there_and_what_is_journalled_elsewhere_does_not(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite3", StandingClock())
    first = beginning(BEGINNING)

    journal.append("push", {"a": 1, **first.facts()})
    with under(first):
        second = following(BEGINNING)
        journal.append("denial", {"b": 2})
    journal.append("reset", {})
    entries = [dict(entry.facts) for entry in journal.entries()]
    journal.close()

    assert entries == [
        {"a": 1, "trace_id": first.trace_id, "span": first.span, "parent": None},
        {"b": 2, "trace_id": first.trace_id, "parent": first.span},
        {},
    ]
    assert (second.trace_id, second.parent) == (first.trace_id, first.span)


async def test_a_task_that_is_begun_on_the_way_is_on_it_and_others_are_not() -> None:
    step = beginning(BEGINNING)

    async def look() -> object:
        return here()

    with under(step):
        inside = asyncio.ensure_future(look())
    outside = asyncio.ensure_future(look())

    assert await inside == step
    assert await outside is None


def test_a_function_is_told_its_step_in_the_form_in_which_its_sdk_sends_it_along() -> None:
    step = beginning(BEGINNING)

    sent = told(step.header())

    assert sent == Step(step.trace_id, step.span, None)
    with under(sent):
        assert following(BEGINNING).parent == step.span


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Root=1-2-3;Parent=4",
        "Parent=0123456789abcdef",
        f"Root=1-00000000-{'0' * 24}",
        "Root=;Parent=;\x00" * 99,
    ],
)
def test_what_is_no_step_begins_a_way_of_its_own(header: str | None) -> None:
    assert told(header) is None
