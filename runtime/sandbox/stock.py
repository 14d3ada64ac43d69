"""Sandboxes of one mold that are made before anybody asks for them, each for one use.

They are made one after another in the background. One that has ended meanwhile is not handed out. When making one
fails, the stock waits until somebody asks again: whoever asked then makes his own, and is told why that fails.
"""

from __future__ import annotations

import asyncio
import select
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from runtime.errors import PlatformError
from runtime.sandbox.contract import Limits, Mold
from runtime.sandbox.shell import Shell
from runtime.sandbox.storage import Inheritance
from runtime.sandbox.workshop import Workshop

_BREATH_SECONDS = 0.03
"""How long whoever has just taken one has the processors to himself before the next is made, while others are ready."""


class Stock:
    """Keeps a number of shells of a mold ready."""

    def __init__(self, mold: Mold, workshop: Callable[[], Awaitable[Workshop]]) -> None:
        self._mold = mold
        self._workshop = workshop
        self._count = 0
        self._ready: deque[Shell] = deque()
        self._filling: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    def keep(self, count: int) -> None:
        """Keep so many ready from now on, never fewer than somebody has asked for."""
        self._count = max(self._count, count)
        self._fill()

    def take(self) -> Shell | None:
        """Return a shell that is ready, if there is one, and make another in its place."""
        taken: Shell | None = None
        while self._ready and taken is None:
            shell = self._ready.popleft()
            if is_waiting(shell):
                taken = shell
            else:
                self._dismantle(shell)
        self._fill()
        return taken

    async def close(self) -> None:
        """Dismantle everything."""
        self._count = 0
        if self._filling is not None:
            self._filling.cancel()
            await asyncio.wait([self._filling])
        if self._leaving:
            await asyncio.wait(self._leaving)
        async with AsyncExitStack() as leaving:  # one that does not end must not keep the others
            while self._ready:  # whoever asks now must not be handed what is being dismantled
                leaving.push_async_callback(self._ready.popleft().dismantle)

    def _fill(self) -> None:
        if len(self._ready) < self._count and (self._filling is None or self._filling.done()):
            self._filling = asyncio.create_task(self._make_more())

    async def _make_more(self) -> None:
        try:
            while len(self._ready) < self._count:
                if self._ready:
                    await asyncio.sleep(_BREATH_SECONDS)
                self._ready.append(await make(self._mold, await self._workshop()))
        except (PlatformError, OSError):
            return  # whoever needs one makes it, and is told

    def _dismantle(self, shell: Shell) -> None:
        task = asyncio.create_task(shell.dismantle())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)


async def make(mold: Mold, workshop: Workshop, inheritance: Inheritance | None = None) -> Shell:
    """Make a shell with what can be started ahead, on a disk that it inherits or on a new one."""
    shell = await Shell.build(mold, Limits(0, 0).storage_mib, workshop, inheritance)
    if not workshop.can_park(mold):
        return shell
    try:
        await shell.park()
    except BaseException:
        await shell.dismantle()
        raise
    return shell


def is_waiting(shell: Shell) -> bool:
    """Say whether neither process 1, nor the parked program, nor whoever tells how it ends has ended: their descriptors
    would be readable.
    """
    poll = select.poll()
    poll.register(shell.process, select.POLLIN)
    for held in (shell.parking, shell.endings):
        if held is not None:
            poll.register(held, select.POLLIN)
    return not poll.poll(0)
