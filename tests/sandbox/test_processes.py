"""Processes and threads are limited together, and none of them survives its sandbox."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from runtime.sandbox.contract import Limit
from tests.sandbox.attacks import Attack, in_languages, line, specification

pytestmark = pytest.mark.isolation


async def test_of_1500_threads_1024_exist_and_the_breach_is_said(attack: Attack) -> None:
    sandbox = await attack("start_threads.py", 1500, spec=specification(memory_mib=512))

    breach = await asyncio.wait_for(sandbox.breach(), 30)

    assert await line(sandbox) == "1024"
    assert breach.limit is Limit.PROCESSES
    assert breach.configured == 1024
    assert breach.observed == 1024


@in_languages()
async def test_of_1500_processes_some_are_refused_and_the_breach_is_said(attack: Attack, language: str) -> None:
    sandbox = await attack("start_processes", 1500, language=language, spec=specification(memory_mib=1024))

    breach = await asyncio.wait_for(sandbox.breach(), 60)

    assert await line(sandbox) == "EAGAIN"
    assert breach.limit is Limit.PROCESSES
    assert breach.configured == 1024
    is_counted = breach.mechanism.startswith("cgroup")  # else it is what there were when somebody looked
    assert breach.observed == 1024 if is_counted else 0.9 * 1024 <= breach.observed <= 1024


@in_languages()
async def test_a_fork_bomb_is_contained_and_can_be_ended_at_once(attack: Attack, language: str) -> None:
    # A bomb of Nodes is out of memory before it is out of processes: each of them takes its 20 MB and more.
    is_heavy = language.startswith("nodejs")
    spec = specification(memory_mib=256 if is_heavy else 1024, cpu_share=0.5)
    sandbox = await attack("bomb", language=language, spec=spec)
    sandbox.throttle()

    breach = await asyncio.wait_for(sandbox.breach(), 100)
    await asyncio.wait_for(sandbox.kill("a fork bomb"), 60)

    assert breach.limit in ((Limit.PROCESSES, Limit.MEMORY) if is_heavy else (Limit.PROCESSES,))
    assert (await sandbox.exited()).signal == 9


async def test_a_fork_bomb_is_named_on_a_busy_machine_too(attack: Attack) -> None:
    others = [await attack("spin.py", 4, spec=specification(cpu_share=1.0)) for _ in range(2)]
    sandbox = await attack("bomb.sh", spec=specification(memory_mib=1024, cpu_share=0.5))
    sandbox.throttle()

    breach = await asyncio.wait_for(sandbox.breach(), 60)

    assert breach.limit is Limit.PROCESSES
    assert breach.observed > 900
    assert not any(other.breached() for other in others)


async def test_many_processes_that_come_and_go_are_no_breach(attack: Attack) -> None:
    sandbox = await attack("come_and_go.sh", spec=specification(memory_mib=512))

    assert (await asyncio.wait_for(sandbox.exited(), 60)).status == 0

    assert await line(sandbox) == "2000"
    assert sandbox.breached() is None


async def test_a_thousand_processes_leave_the_platform_time_for_others(attack: Attack) -> None:
    spec = specification(memory_mib=1024, remembers_descriptors=True)
    sandbox = await attack("start_processes.py", 1000, spec=spec)
    assert await line(sandbox) == "none"
    watching = asyncio.create_task(sandbox.breach())

    turns, began = 0, time.process_time()
    while time.process_time() - began < 0.5 and turns < 50:
        await asyncio.sleep(0.02)
        turns += 1

    assert turns == 50, "looking at one sandbox takes more than half of the time there is"
    watching.cancel()


@in_languages()
async def test_a_daemon_that_ignores_signals_is_gone_after_destroy(attack: Attack, language: str) -> None:
    sandbox = await attack("detach", language=language)
    assert await line(sandbox) == "left"
    assert (await asyncio.wait_for(sandbox.exited(), 5)).status == 0
    members = sandbox._group.members()

    await sandbox.destroy()

    assert members
    assert not any(Path(f"/proc/{pid}").exists() for pid in members)
