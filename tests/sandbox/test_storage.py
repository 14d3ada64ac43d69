"""``/tmp`` is a disk of its own with a size, and being full is noticed even if the code does not mind."""

from __future__ import annotations

import asyncio

import pytest

from runtime.sandbox.contract import Limit
from tests.sandbox.attacks import Attack, line, specification

pytestmark = pytest.mark.isolation
MIB = 1 << 20


async def test_the_whole_of_512_mb_can_be_used(attack: Attack) -> None:
    sandbox = await attack("fill_storage.py", 512)

    assert await line(sandbox, 60) == "written"
    assert sandbox.breached() is None


async def test_writing_600_mb_fails_inside_and_is_a_breach_outside(attack: Attack) -> None:
    sandbox = await attack("fill_storage.py", 600)

    breach = await asyncio.wait_for(sandbox.breach(), 60)

    assert await line(sandbox) == "ENOSPC"
    assert breach.limit is Limit.STORAGE
    assert breach.configured == 512 * MIB
    assert 512 * MIB <= breach.observed < 530 * MIB
    assert breach.unit == "bytes"


async def test_a_larger_disk_can_be_had(attack: Attack) -> None:
    sandbox = await attack("fill_storage.py", 600, spec=specification(storage_mib=1024))

    assert await line(sandbox, 60) == "written"


async def test_files_without_content_run_out_too(attack: Attack) -> None:
    sandbox = await attack("fill_with_files.py")

    breach = await asyncio.wait_for(sandbox.breach(), 60)

    assert await line(sandbox) == "ENOSPC"
    assert breach.limit is Limit.STORAGE
    assert breach.unit == "files"
    assert breach.observed == breach.configured
