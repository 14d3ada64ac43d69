"""A process holds at most 1,024 file descriptors, and reaching that is noticed while it lasts."""

from __future__ import annotations

import asyncio

import pytest

from runtime.sandbox.contract import Limit
from tests.sandbox.attacks import Attack, in_languages, line, specification

pytestmark = pytest.mark.isolation


@in_languages("python", "nodejs", "nodejs_current")
@pytest.mark.parametrize("kind", ["files", "sockets"])
async def test_opening_3000_fails_and_a_swallowed_error_is_still_a_breach(
    attack: Attack, language: str, kind: str
) -> None:
    sandbox = await attack("open_descriptors", kind, 3000, 30, language=language)

    breach = await asyncio.wait_for(sandbox.breach(), 20)

    assert (await line(sandbox)).endswith(" EMFILE")
    assert breach.limit is Limit.FILE_DESCRIPTORS
    assert breach.configured == 1024
    assert breach.observed == 1024


async def test_a_pipe_that_is_refused_where_there_is_room_for_half_of_it_is_a_breach(attack: Attack) -> None:
    sandbox = await attack("open_descriptors.py", "pipes", 3000, 30)

    breach = await asyncio.wait_for(sandbox.breach(), 20)

    assert await line(sandbox) == "1020 EMFILE"
    assert breach.observed == 1023


async def test_the_1025th_is_refused(attack: Attack) -> None:
    sandbox = await attack("open_descriptors.py", "files", 3000, 30)

    assert await line(sandbox) == "1021 EMFILE"


@in_languages("python", "nodejs", "nodejs_current")
@pytest.mark.parametrize("kind", ["files", "sockets"])
async def test_a_breach_that_is_swallowed_and_undone_is_remembered(attack: Attack, language: str, kind: str) -> None:
    spec = specification(256, remembers_descriptors=True)
    sandbox = await attack("open_descriptors", kind, 3000, 30, "close", language=language, spec=spec)

    assert (await line(sandbox)).endswith(" EMFILE")
    await asyncio.sleep(0.2)

    breach = sandbox.breached()
    assert breach is not None
    assert breach.limit is Limit.FILE_DESCRIPTORS
    assert breach.observed in (1023, 1024)


@in_languages("nodejs", "nodejs_current")
async def test_a_child_that_cannot_be_started_for_want_of_pipes_is_remembered(attack: Attack, language: str) -> None:
    spec = specification(256, remembers_descriptors=True)
    sandbox = await attack("open_descriptors", "pipes", 3000, 30, language=language, spec=spec)

    assert (await asyncio.wait_for(sandbox.breach(), 20)).limit is Limit.FILE_DESCRIPTORS


@in_languages("python", "nodejs", "nodejs_current")
async def test_a_thousand_descriptors_are_allowed(attack: Attack, language: str) -> None:
    sandbox = await attack("open_descriptors", "files", 990, 30, language=language)

    assert await line(sandbox) == "990 none"
    assert sandbox.breached() is None


async def test_only_the_limits_that_are_asked_for_are_reported(attack: Attack) -> None:
    sandbox = await attack("open_descriptors.py", "files", 3000, 30)
    await line(sandbox)

    assert sandbox.breached([Limit.MEMORY]) is None
    assert sandbox.breached() is not None
