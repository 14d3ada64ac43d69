"""The embedded backend: sandboxes made of Linux namespaces, one cgroup each, and a disk for ``/tmp``. No daemon.

It promises the contract where ``host.py`` finds the mechanisms, and refuses with the remedy where the host cannot make
a sandbox at all. Under ``state`` it keeps the templates of the disks and an empty directory; both may be deleted while
no sandbox exists.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import AsyncExitStack
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import hierarchies
from runtime.sandbox import host as this_host
from runtime.sandbox.contract import Mold, Mount, Promise, Sandbox, SandboxSpec
from runtime.sandbox.sandbox import LinuxSandbox
from runtime.sandbox.shell import Shell
from runtime.sandbox.stock import Stock, make
from runtime.sandbox.storage import Inheritance, Storage
from runtime.sandbox.workshop import Workshop

_READ_AND_SEARCH_FOR_OTHERS = 0o005
_READ_FOR_OTHERS = 0o004


class NamespacesBackend:
    """Makes sandboxes and remembers them until they are destroyed."""

    name = "namespaces"

    def __init__(self, state: Path) -> None:
        self._directory = state.resolve() / "sandbox"
        self._opening = threading.Lock()
        self._opened: Workshop | None = None
        self._promises: tuple[Promise, ...] | None = None
        self._sandboxes: dict[str, LinuxSandbox] = {}
        self._stocks: dict[Mold, Stock] = {}
        self._examined: set[Mold] = set()

    def promises(self) -> tuple[Promise, ...]:
        if self._promises is None:
            self._promises = this_host.promises(self._directory)
        return self._promises

    async def tidy(self) -> None:
        await asyncio.to_thread(remove_stale)

    def stock(self, mold: Mold, count: int) -> None:
        if mold not in self._stocks:
            self._stocks[mold] = Stock(mold, self._furnished)
        self._stocks[mold].keep(count)

    async def create(self, spec: SandboxSpec, heir_to: Sandbox | None = None) -> LinuxSandbox:
        for mount in (*(() if spec.mold in self._examined else spec.mold.mounts), *spec.mounts):
            require_readable(mount)
        self._examined.add(spec.mold)
        self._sandboxes = {key: kept for key, kept in self._sandboxes.items() if not kept.is_removed}
        shell = await (self._shell(spec) if heir_to is None else self._heir(spec, heir_to))
        try:
            await shell.admit(spec.mounts, spec.limits)
        except BaseException:
            await shell.dismantle()
            raise
        sandbox = LinuxSandbox(spec, shell)
        self._sandboxes[sandbox.id] = sandbox
        return sandbox

    async def close(self) -> None:
        async with AsyncExitStack() as leaving:  # one sandbox that does not end must not keep the others
            leaving.push_async_callback(self._close_workshop)
            for stock in self._stocks.values():
                leaving.push_async_callback(stock.close)
            for sandbox in self._sandboxes.values():
                leaving.push_async_callback(sandbox.destroy)
        self._sandboxes.clear()
        self._stocks.clear()

    async def _shell(self, spec: SandboxSpec) -> Shell:
        """Take a shell that is ready, if it can be what is asked for, or make one."""
        stock = self._stocks.get(spec.mold)
        if stock is not None and _may_be_early(spec) and (shell := stock.take()) is not None:
            return shell
        return await self._made(spec, None)

    async def _heir(self, spec: SandboxSpec, heir_to: Sandbox) -> Shell:
        """Make a shell with the disk of another sandbox, which stays as long as that has not been destroyed."""
        known = self._sandboxes.get(heir_to.id)
        inheritance = known.inheritance if known else None
        if inheritance is None:
            raise PlatformError(f"Sandbox {heir_to.id} has no disk that another one could have.")
        # Nobody else gets the device meanwhile, should the other sandbox be destroyed.
        kept = os.dup(inheritance.directory)
        try:
            return await self._made(spec, inheritance._replace(directory=kept))
        finally:
            os.close(kept)

    async def _made(self, spec: SandboxSpec, inheritance: Inheritance | None) -> Shell:
        workshop = await self._furnished()
        if _may_be_early(spec):
            return await make(spec.mold, workshop, inheritance)
        return await Shell.build(spec.mold, spec.limits.storage_mib, workshop, inheritance)

    async def _close_workshop(self) -> None:
        if self._opened is not None:
            for nursery in self._opened.nurseries.values():
                await asyncio.to_thread(nursery.close)
            self._opened.hierarchies.remove_parent()
            self._opened = None

    async def _furnished(self) -> Workshop:
        return self._opened if self._opened is not None else await asyncio.to_thread(self._open_workshop)

    def _open_workshop(self) -> Workshop:
        """Look at the host once, when it is first needed."""
        with self._opening:
            if self._opened is None:
                this_host.require()
                scaffold = self._directory / "root"
                scaffold.mkdir(parents=True, exist_ok=True)
                found = hierarchies.find()
                means = this_host.means(found)
                storage = Storage(self._directory, can_mount=not means.in_user_namespace)
                self._opened = Workshop(found, means, storage, str(scaffold))
            return self._opened


def _may_be_early(spec: SandboxSpec) -> bool:
    remembers_alike = spec.limits.remembers_descriptors == spec.mold.remembers_descriptors
    return spec.limits.are_usual and spec.may_start_early and remembers_alike


def remove_stale() -> None:
    """Remove the groups that killed runtimes have left."""
    found = hierarchies.find()
    try:
        found.remove_stale()
    except PlatformError:
        found.remove_stale()  # another runtime that starts now was removing the same; what is left is looked at afresh


def require_readable(mount: Mount) -> None:
    """Refuse a source that the sandbox's user could not read; its parent directories do not matter."""
    try:
        mode = mount.source.stat().st_mode
    except FileNotFoundError:
        raise PlatformError(f"{mount.source}, which belongs at {mount.target} in a sandbox, does not exist.") from None
    wanted = _READ_AND_SEARCH_FOR_OTHERS if mount.source.is_dir() else _READ_FOR_OTHERS
    if mode & wanted != wanted:
        raise PlatformError(
            f"{mount.source}, which belongs at {mount.target} in a sandbox, can be read by its owner only. "
            f"Make it readable: chmod -R o+rX {mount.source}"
        )
