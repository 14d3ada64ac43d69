"""What a shell has begun to take from the host it gives back, however often whoever waits is told to stop."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from runtime.sandbox.shell import _disk
from runtime.sandbox.storage import Disk, Storage


class SlowStorage(Storage):
    """Makes a disk only when it may."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, can_mount=False)
        self.may_go_on = threading.Event()
        self.began = threading.Event()
        self.descriptor = os.open(directory, os.O_RDONLY)

    def disk(self, size_mib: int) -> Disk:
        self.began.set()
        self.may_go_on.wait()
        return Disk("a device", size_mib, self.descriptor)


async def test_a_disk_that_nobody_waits_for_any_more_is_let_go(tmp_path: Path) -> None:
    storage = SlowStorage(tmp_path)
    waiting = asyncio.create_task(_disk(storage, 512, None))
    await asyncio.to_thread(storage.began.wait)
    for _ in range(3):
        waiting.cancel()
        await asyncio.sleep(0)
    storage.may_go_on.set()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(storage.descriptor)
