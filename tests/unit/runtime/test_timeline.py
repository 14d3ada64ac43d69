"""The way of an event is one tree in the journal, whoever writes on it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from runtime.journal import Journal
from runtime.timeline import beginning, following, here, under
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
