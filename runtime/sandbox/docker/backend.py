"""The backend for hosts with Docker Engine: every sandbox is a container of one image. It keeps the contract.

The engine has to be that of this machine, and the runtime root: its containers' groups, processes and disks are reached
directly (``making.py``), so that an invocation is no slower than with namespaces, and outlives a dead engine.
Nothing is made ahead yet: each container takes as long as ``docker run`` does. Under ``state`` each has a directory,
which is removed with it.
"""

from __future__ import annotations

import asyncio
import os
import platform
import threading
from contextlib import AsyncExitStack
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import owner, users
from runtime.sandbox.confined.furnishing import require_places
from runtime.sandbox.contract import Mold, Promise, Sandbox, SandboxSpec
from runtime.sandbox.docker import furnishing, promising
from runtime.sandbox.docker.container import Container, DockerWorkshop
from runtime.sandbox.docker.engine import Engine
from runtime.sandbox.docker.making import Making
from runtime.sandbox.namespaces import require_readable
from runtime.sandbox.sandbox import LinuxSandbox
from runtime.sandbox.storage import Inheritance, Storage


class DockerBackend:
    """Makes sandboxes and remembers them until they are destroyed."""

    name = "docker"

    def __init__(self, state: Path) -> None:
        self._directory = state.resolve() / "sandbox" / "docker"
        self._engine = Engine()
        self._opening = threading.Lock()
        self._opened: DockerWorkshop | None = None
        self._promises: tuple[Promise, ...] | None = None
        self._sandboxes: dict[str, LinuxSandbox] = {}

    def promises(self) -> tuple[Promise, ...]:
        if self._promises is None:
            try:
                self._promises = promising.promises(self._open_workshop())
            except PlatformError as error:
                return promising.broken(str(error))
        return self._promises

    async def tidy(self) -> None:
        await asyncio.to_thread(self._remove_stale)

    def stock(self, mold: Mold, count: int) -> None:
        """Do nothing: each sandbox is made when it is asked for."""

    async def create(self, spec: SandboxSpec, heir_to: Sandbox | None = None) -> LinuxSandbox:
        for mount in (*spec.mold.mounts, *spec.mounts):
            require_readable(mount)
        require_places(spec)
        self._sandboxes = {key: kept for key, kept in self._sandboxes.items() if not kept.is_removed}
        workshop = await asyncio.to_thread(self._open_workshop)
        sandbox = LinuxSandbox(spec, await self._made(spec, workshop, heir_to))
        self._sandboxes[sandbox.id] = sandbox
        return sandbox

    async def close(self) -> None:
        async with AsyncExitStack() as leaving:  # one sandbox that does not end must not keep the others
            for sandbox in self._sandboxes.values():
                leaving.push_async_callback(sandbox.destroy)
        self._sandboxes.clear()
        self._opened = None

    async def _made(self, spec: SandboxSpec, workshop: DockerWorkshop, heir_to: Sandbox | None) -> Container:
        if heir_to is None:
            return await Making(spec, workshop, None).make()
        known = self._sandboxes.get(heir_to.id)
        inheritance = known.inheritance if known else None
        if inheritance is None:
            raise PlatformError(f"Sandbox {heir_to.id} has no disk that another one could have.")
        # Nobody else gets the device meanwhile, should the other sandbox be destroyed.
        kept = os.dup(inheritance.directory)
        try:
            return await Making(spec, workshop, Inheritance(kept, inheritance.uid)).make()
        finally:
            os.close(kept)

    def _remove_stale(self) -> None:
        for container, mark in self._engine.owners().items():
            if owner.is_mark(mark) and owner.has_gone(mark):
                self._engine.remove(container)
        furnishing.remove_stale(self._directory)

    def _open_workshop(self) -> DockerWorkshop:
        """Look at the engine once, when it is first needed."""
        with self._opening:
            if self._opened is None:
                _require_root()
                self._engine.image()
                self._directory.mkdir(parents=True, exist_ok=True)
                self._opened = DockerWorkshop(
                    self._engine,
                    Storage(self._directory.parent),
                    self._directory,
                    users.exist_here(),
                    counts_process_one=self._engine.generation() == "2",
                )
            return self._opened


def _require_root() -> None:
    if platform.system() != "Linux" or os.geteuid() != 0:
        raise PlatformError(
            "The docker backend needs the engine of this machine and a runtime that is root (sudo), on Linux; it does "
            "not work yet with an engine elsewhere or without root. Without --backend, the best other one is used."
        )
