"""A sandbox's memory is limited, of whatever kind, all of its processes together; and files do not count."""

from __future__ import annotations

import asyncio

import pytest

from runtime.sandbox.contract import Breach, Limit
from runtime.sandbox.sandbox import LinuxSandbox
from tests.sandbox.attacks import Attack, in_languages, line

pytestmark = pytest.mark.isolation
MIB = 1 << 20
KINDS = ("anonymous", "memfd", "unmapped memfd", "System V")


@in_languages()
async def test_touching_400_mb_in_128_mb_is_ended_and_said(attack: Attack, language: str) -> None:
    sandbox = await attack("touch_memory", 400, language=language)

    breach = await asyncio.wait_for(sandbox.breach(), 20)
    await sandbox.kill("it used too much memory")

    assert b"touched" not in sandbox.drain()
    names_the_limit(breach)


@in_languages()
async def test_a_slow_leak_is_ended_and_said(attack: Attack, language: str) -> None:
    sandbox = await attack("leak_memory", language=language)

    names_the_limit(await asyncio.wait_for(sandbox.breach(), 20))


@in_languages("python", "sh", "nodejs", "nodejs_current")
async def test_children_share_the_limit_and_a_swallowed_death_is_still_a_breach(attack: Attack, language: str) -> None:
    sandbox = await attack("touch_memory_in_children", 4, 60, language=language)

    names_the_limit(await asyncio.wait_for(sandbox.breach(), 20))


@pytest.mark.parametrize("kind", KINDS)
async def test_shared_memory_counts_like_any_other(attack: Attack, kind: str) -> None:
    sandbox = await attack("share_memory.py", kind, 400)

    breach = await breach_or_refusal(sandbox)

    if isinstance(breach, Breach):
        names_the_limit(breach)
    else:  # where memory is sampled there is none that no process maps
        assert breach == "EPERM"


@pytest.mark.parametrize("kind", KINDS)
async def test_two_processes_that_share_80_mb_use_them_once(attack: Attack, kind: str) -> None:
    sandbox = await attack("share_memory.py", kind, 80)

    assert await line(sandbox) in ("touched", "EPERM")
    assert sandbox.breached() is None


async def test_there_is_no_shared_memory_under_a_name(attack: Attack) -> None:
    sandbox = await attack("share_memory.py", "POSIX", 400)

    assert await line(sandbox) in ("ENOENT", "EROFS", "EACCES")


async def test_what_is_kept_in_pipes_is_limited_too(attack: Attack) -> None:
    sandbox = await attack("share_memory.py", "pipes", 400)

    breach = await breach_or_refusal(sandbox)

    assert isinstance(breach, Breach)
    assert breach.limit in (Limit.MEMORY, Limit.FILE_DESCRIPTORS)


async def test_memory_below_the_limit_is_no_breach_and_is_measured(attack: Attack) -> None:
    sandbox = await attack("touch_memory.py", 80)

    ended = await asyncio.wait_for(sandbox.exited(), 20)

    assert ended.status == 0
    assert sandbox.breached() is None
    assert 80 * MIB < sandbox.usage().peak_memory_bytes < 110 * MIB


@in_languages()
async def test_writing_500_mb_into_tmp_does_not_use_the_memory_of_the_function(attack: Attack, language: str) -> None:
    sandbox = await attack("fill_storage", 500, language=language)

    said = await line(sandbox, 60)
    ended = await asyncio.wait_for(sandbox.exited(), 20)

    assert said == "written"
    assert ended.status == 0
    assert sandbox.breached() is None
    assert sandbox.usage().peak_memory_bytes < 110 * MIB


def names_the_limit(breach: Breach) -> None:
    assert breach.limit is Limit.MEMORY
    assert breach.configured == 128 * MIB
    assert breach.mechanism.endswith("memory")
    if breach.mechanism.startswith("cgroup"):
        assert 127 * MIB < breach.observed <= 128 * MIB
    else:  # nobody stood in the way: it is said what was seen
        assert 128 * MIB < breach.observed < 512 * MIB


async def breach_or_refusal(sandbox: LinuxSandbox) -> Breach | str:
    """Wait for a breach, or for what the program says that it may not."""
    said, seen = asyncio.ensure_future(line(sandbox)), asyncio.ensure_future(sandbox.breach())
    await asyncio.wait({said, seen}, return_when=asyncio.FIRST_COMPLETED)
    for waiting in (said, seen):
        waiting.cancel()
    await asyncio.wait({said, seen})
    return sandbox.breached() or said.result()
