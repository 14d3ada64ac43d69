"""A sandbox's memory is limited, all of its processes together, and files do not count."""

from __future__ import annotations

import asyncio

import pytest

from runtime.sandbox.contract import Limit
from tests.sandbox.attacks import Attack, line

pytestmark = pytest.mark.isolation
MIB = 1 << 20


async def test_touching_400_mb_in_128_mb_is_ended_and_said(attack: Attack) -> None:
    sandbox = await attack("touch_memory.py", 400)

    ended = await asyncio.wait_for(sandbox.exited(), 20)
    breach = sandbox.breached()

    assert ended.signal == 9
    assert breach is not None
    assert breach.limit is Limit.MEMORY
    assert breach.configured == 128 * MIB
    assert breach.mechanism.endswith("memory")
    if breach.mechanism.startswith("cgroup"):
        assert 127 * MIB < breach.observed <= 128 * MIB
    else:  # nobody stood in the way: it is said what was seen
        assert 128 * MIB < breach.observed < 400 * MIB


async def test_children_share_the_limit_and_a_swallowed_death_is_still_a_breach(attack: Attack) -> None:
    sandbox = await attack("touch_memory_in_children.py", 4, 60)

    breach = await asyncio.wait_for(sandbox.breach(), 20)

    assert breach.limit is Limit.MEMORY


async def test_memory_below_the_limit_is_no_breach_and_is_measured(attack: Attack) -> None:
    sandbox = await attack("touch_memory.py", 80)

    ended = await asyncio.wait_for(sandbox.exited(), 20)

    assert ended.status == 0
    assert sandbox.breached() is None
    assert 80 * MIB < sandbox.usage().peak_memory_bytes < 110 * MIB


async def test_writing_500_mb_into_tmp_does_not_use_the_memory_of_the_function(attack: Attack) -> None:
    sandbox = await attack("fill_storage.py", 500)

    said = await line(sandbox, 60)
    ended = await asyncio.wait_for(sandbox.exited(), 20)

    assert said == "written"
    assert ended.status == 0
    assert sandbox.breached() is None
    assert sandbox.usage().peak_memory_bytes < 100 * MIB
