"""The backend for hosts that forbid namespaces (many containers): the best sandbox that can be had without them.

It keeps the contract where ``host.py`` finds a mechanism for it, and says so where there is none. Under ``state`` each
sandbox has a directory, which is removed with it.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import AsyncExitStack
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import hierarchies
from runtime.sandbox.confined import host as this_host
from runtime.sandbox.confined.furnishing import remove_tree, require_places
from runtime.sandbox.confined.shell import ConfinedShell, ConfinedWorkshop
from runtime.sandbox.confined.users import Users, require_reachable
from runtime.sandbox.contract import Mold, Promise, Sandbox, SandboxSpec
from runtime.sandbox.namespaces import remove_stale, require_readable
from runtime.sandbox.nursery import Nursery
from runtime.sandbox.sandbox import LinuxSandbox


class ConfinedBackend:
    """Makes sandboxes and remembers them until they are destroyed."""

    name = "confined"

    def __init__(self, state: Path) -> None:
        self._directory = state.resolve() / "sandbox" / "confined"
        self._opening = threading.Lock()
        self._opened: ConfinedWorkshop | None = None
        self._promises: tuple[Promise, ...] | None = None
        self._users = Users()
        self._sandboxes: dict[LinuxSandbox, int | None] = {}
        """Each with the user that only it has."""

    def promises(self) -> tuple[Promise, ...]:
        if self._promises is None:
            self._promises = this_host.promises(self._directory)
        return self._promises

    async def tidy(self) -> None:
        await asyncio.to_thread(remove_stale)
        if self._directory.is_dir():
            for left in self._directory.iterdir():
                await asyncio.to_thread(remove_tree, left)

    def stock(self, mold: Mold, count: int) -> None:
        """Do nothing: each sandbox is made when it is asked for."""

    async def create(self, spec: SandboxSpec, heir_to: Sandbox | None = None) -> LinuxSandbox:
        if heir_to is not None:
            raise PlatformError("A confined sandbox has no disk that another one could have.")
        for mount in (*spec.mold.mounts, *spec.mounts):
            require_readable(mount)
        require_places(spec)
        self._forget_removed()
        workshop = await asyncio.to_thread(self._open_workshop)
        user = None
        if workshop.means.has_users:
            require_reachable(mount.source for mount in (*spec.mold.mounts, *spec.mounts))
            user = self._users.take()
        try:
            shell = await ConfinedShell.build(spec, workshop, user)
        except BaseException:
            self._users.give_back(user)
            raise
        sandbox = LinuxSandbox(spec, shell)
        self._sandboxes[sandbox] = user
        return sandbox

    async def close(self) -> None:
        async with AsyncExitStack() as leaving:  # one sandbox that does not end must not keep the others
            leaving.push_async_callback(self._close_workshop)
            for sandbox in self._sandboxes:
                leaving.push_async_callback(sandbox.destroy)
        self._sandboxes.clear()

    def _forget_removed(self) -> None:
        for sandbox in [sandbox for sandbox in self._sandboxes if sandbox.is_removed]:
            self._users.give_back(self._sandboxes.pop(sandbox))

    async def _close_workshop(self) -> None:
        if self._opened is not None:
            await asyncio.to_thread(self._opened.launcher.close)
            self._opened.hierarchies.remove_parent()
            self._opened = None

    def _open_workshop(self) -> ConfinedWorkshop:
        """Look at the host once, when it is first needed."""
        with self._opening:
            if self._opened is None:
                found = hierarchies.find()
                self._directory.mkdir(parents=True, exist_ok=True)
                for place in (self._directory.parent, self._directory):
                    place.chmod(0o711)
                means = this_host.means(found, self._directory)
                launcher = Nursery(None, launcher="runtime.sandbox.confined.launcher")
                self._opened = ConfinedWorkshop(found, means, launcher, self._directory)
            return self._opened
