"""Yardstick: what the kernel alone costs. See ``floor_process.py`` for what is in it."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from runtime.sandbox.nursery import PROJECT, isolated_python
from tests.benchmarks.rounds import IN_FLIGHT
from tests.benchmarks.selection import FLOOR
from tests.benchmarks.variant import NO_RUNTIME, Variant


@asynccontextmanager
async def floor() -> AsyncIterator[Sequence[Variant]]:
    """Yield the floor with a network namespace, which every sandbox has, and without one."""
    async with AsyncExitStack() as stack:
        with_network = await stack.enter_async_context(_forks("--network"))
        without = await stack.enter_async_context(_forks())
        yield [
            Variant(FLOOR, NO_RUNTIME, "namespaces", with_network.once),
            Variant(FLOOR, NO_RUNTIME, "without netns", without.once),
        ]


class Forks:
    """As many forking processes as there are runs in flight."""

    def __init__(self) -> None:
        self.free: asyncio.Queue[socket.socket] = asyncio.Queue()

    async def once(self) -> None:
        """Have one child forked, enclosed and reaped."""
        loop = asyncio.get_running_loop()
        channel = await self.free.get()
        await loop.sock_sendall(channel, b"1")
        said = await loop.sock_recv(channel, 1)
        self.free.put_nowait(channel)
        if said != b".":
            raise RuntimeError("The floor could not be measured: a child failed; its reason is on standard error.")


@asynccontextmanager
async def _forks(*options: str) -> AsyncIterator[Forks]:
    forks = Forks()
    started = [_start(*options) for _ in range(max(IN_FLIGHT))]
    for channel, _ in started:
        forks.free.put_nowait(channel)
    try:
        yield forks
    finally:
        for channel, process in started:
            channel.close()
            await asyncio.to_thread(process.wait)


def _start(*options: str) -> tuple[socket.socket, subprocess.Popen[bytes]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    with theirs:
        command = isolated_python("tests.benchmarks.floor_process", str(theirs.fileno()), *options)
        environment = {"PYTHONPATH": str(PROJECT)}
        return ours, subprocess.Popen(command, env=environment, pass_fds=[theirs.fileno()], cwd="/")
