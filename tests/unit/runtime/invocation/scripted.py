"""A sandbox whose program is a coroutine of the test; it speaks the Runtime API over a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping

import httpx

from runtime.errors import PlatformError
from runtime.sandbox.contract import (
    ALL_LIMITS,
    Breach,
    Exit,
    Limit,
    Mold,
    Program,
    Promise,
    Sandbox,
    SandboxSpec,
    Usage,
)

NEXT = "/2018-06-01/runtime/invocation/next"


class ScriptedSandbox:
    """Runs a script as its program, and writes down what is done to it."""

    def __init__(self, sandbox_id: str, spec: SandboxSpec, script: Script) -> None:
        self.id = sandbox_id
        self.spec = spec
        self.listeners: Mapping[int, socket.socket] = {port: _listening_socket() for port in spec.mold.ports}
        self.output = asyncio.StreamReader()
        self.program: Program | None = None
        self.done: list[str] = []
        self.kill_reason = ""
        self.cpu_seconds = 0.0
        self.heir_to: object = None
        self.has_heritable_disk = True
        self.sleeps_on = False
        """It is frozen, and cannot be thawed."""
        self.waits_for_the_kernel = False
        """It can neither be frozen nor thawed."""
        self._script = script
        self._unread = b""
        self._breaches: dict[Limit, Breach] = {}
        self._breach_seen = asyncio.Event()
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._run: asyncio.Task[None] | None = None

    def write(self, text: str) -> None:
        """Be the program that writes."""
        self._unread += text.encode()

    def exceed(self, breach: Breach) -> None:
        """Be the kernel that notices a breach."""
        self._breaches[breach.limit] = breach
        self._breach_seen.set()

    def die(self, ended: Exit) -> None:
        """Be the host that kills the program."""
        self._exit.set_result(ended)

    async def start(self, program: Program) -> None:
        self.program = program
        self._run = asyncio.create_task(self._play())

    async def _play(self) -> None:
        address = f"http://127.0.0.1:{self.listeners[9001].getsockname()[1]}"
        async with httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as api:
            ended = await self._script(api, self)
        if ended is not None and not self._exit.done():
            self._exit.set_result(ended)

    def throttle(self) -> None:
        self.done.append("throttle")

    def unthrottle(self) -> None:
        self.done.append("unthrottle")

    def drain(self) -> bytes:
        unread, self._unread = self._unread, b""
        return unread

    async def freeze(self) -> bool:
        self.done.append("freeze")
        return not self.waits_for_the_kernel

    async def thaw(self) -> bool:
        if self.sleeps_on:
            raise PlatformError("it sleeps on")
        self.done.append("thaw")
        return not self.waits_for_the_kernel

    def usage(self) -> Usage:
        return Usage(self.cpu_seconds, 7 * 1024 * 1024)

    def breached(self, limits: Collection[Limit] = ALL_LIMITS) -> Breach | None:
        return next((breach for limit, breach in self._breaches.items() if limit in limits), None)

    async def breach(self, limits: Collection[Limit] = ALL_LIMITS) -> Breach:
        while (breach := self.breached(limits)) is None:
            await self._breach_seen.wait()
            self._breach_seen.clear()
        return breach

    async def exited(self) -> Exit:
        return await asyncio.shield(self._exit)

    async def kill(self, reason: str) -> None:
        self.kill_reason = self.kill_reason or reason
        if self._run is not None:
            self._run.cancel()
            await asyncio.wait([self._run])

    async def destroy(self) -> None:
        await self.kill("destroyed")
        self.output.feed_eof()
        self.done.append("destroy")


Script = Callable[[httpx.AsyncClient, ScriptedSandbox], Awaitable[Exit | None]]


class ScriptedBackend:
    """Makes sandboxes that all run the same script."""

    name = "scripted"

    def __init__(self, script: Script) -> None:
        self.script = script
        self.has_disks = True
        self.sandboxes: list[ScriptedSandbox] = []

    def promises(self) -> tuple[Promise, ...]:
        return (Promise("memory", "a list"), Promise("network", None, "there is none"))

    async def tidy(self) -> None:
        """Leave nothing: there was nothing."""

    def stock(self, mold: Mold, count: int) -> None:
        """Keep nothing ready: a list is made at once."""

    async def create(self, spec: SandboxSpec, heir_to: Sandbox | None = None) -> ScriptedSandbox:
        sandbox = ScriptedSandbox(f"{len(self.sandboxes):012x}", spec, self.script)
        sandbox.heir_to = heir_to
        sandbox.has_heritable_disk = self.has_disks
        self.sandboxes.append(sandbox)
        return sandbox

    async def close(self) -> None:
        for sandbox in self.sandboxes:
            await sandbox.destroy()


async def answer(
    api: httpx.AsyncClient,
    kind: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    delay_seconds: float = 0.0,
) -> None:
    """Take the next event and answer it."""
    event = await api.get(NEXT)
    await asyncio.sleep(delay_seconds)
    request_id = event.headers["lambda-runtime-aws-request-id"]
    await api.post(f"/2018-06-01/runtime/invocation/{request_id}/{kind}", content=body, headers=headers)


def _listening_socket() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0)
    return listener
