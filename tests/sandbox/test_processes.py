"""Processes and threads are limited together, and none of them survives its sandbox."""

from __future__ import annotations

import asyncio

import pytest

from runtime.sandbox.contract import Limit
from tests.sandbox.attacks import Attack, line, specification

pytestmark = pytest.mark.isolation


async def test_of_1500_threads_1024_exist_and_the_breach_is_said(attack: Attack) -> None:
    sandbox = await attack("start_threads.py", 1500, spec=specification(memory_mib=512))

    breach = await asyncio.wait_for(sandbox.breach(), 30)

    assert await line(sandbox) == "1024"
    assert breach.limit is Limit.PROCESSES
    assert breach.configured == 1024
    assert breach.observed == 1024


async def test_a_fork_bomb_is_contained_and_can_be_ended_at_once(attack: Attack) -> None:
    sandbox = await attack("bomb.sh", spec=specification(memory_mib=1024))
    sandbox.throttle()

    breach = await asyncio.wait_for(sandbox.breach(), 60)
    await asyncio.wait_for(sandbox.kill("a fork bomb"), 10)

    assert breach.limit is Limit.PROCESSES
    assert (await sandbox.exited()).signal == 9


async def test_a_daemon_that_ignores_signals_is_gone_after_destroy(attack: Attack) -> None:
    sandbox = await attack("detach.py")
    assert await line(sandbox) == "left"
    assert (await asyncio.wait_for(sandbox.exited(), 5)).status == 0
    members = sandbox._group.members()

    await sandbox.destroy()

    assert members
    assert not any(_exists(pid) for pid in members)


def _exists(pid: int) -> bool:
    from pathlib import Path

    return Path(f"/proc/{pid}").exists()
