"""A process holds at most 1,024 file descriptors, and reaching that is noticed while it lasts."""

from __future__ import annotations

import asyncio

import pytest

from runtime.sandbox.contract import Limit
from tests.sandbox.attacks import Attack, line

pytestmark = pytest.mark.isolation


async def test_opening_3000_files_fails_and_a_swallowed_error_is_still_a_breach(attack: Attack) -> None:
    sandbox = await attack("open_descriptors.py", 3000, 30)

    breach = await asyncio.wait_for(sandbox.breach(), 20)

    assert await line(sandbox) == "1021 EMFILE"
    assert breach.limit is Limit.FILE_DESCRIPTORS
    assert breach.configured == 1024
    assert breach.observed == 1024


async def test_a_thousand_descriptors_are_allowed(attack: Attack) -> None:
    sandbox = await attack("open_descriptors.py", 1000, 30)

    assert await line(sandbox) == "1000 none"
    assert sandbox.breached() is None


async def test_only_the_limits_that_are_asked_for_are_reported(attack: Attack) -> None:
    sandbox = await attack("open_descriptors.py", 3000, 30)
    await line(sandbox)

    assert sandbox.breached([Limit.MEMORY]) is None
    assert sandbox.breached() is not None
