"""A sandbox of the namespaces backend: what it consists of, and its life.

It consists of a cgroup (how much), a disk (what may be kept), namespaces (what is seen), listening sockets (who can be
talked to) and a pipe (what is said); :meth:`NamespacesSandbox.build` puts them together in that order. What is done
inside the namespaces, by process 1, is in ``inside.py``. The contract, misuse included, is in ``contract.py``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.errors import PlatformError
from runtime.sandbox import channel
from runtime.sandbox.breaches import Watch
from runtime.sandbox.cgroup import Group, Hierarchies
from runtime.sandbox.contract import ALL_LIMITS, Breach, Exit, Limit, Program, SandboxSpec, Usage
from runtime.sandbox.emulated import EmulatedGroup
from runtime.sandbox.means import Means
from runtime.sandbox.nursery import Nursery
from runtime.sandbox.output import Output
from runtime.sandbox.recipe import GID, UID, Recipe
from runtime.sandbox.storage import Disk, Storage

SAMPLING_SECONDS = 0.02
_FREEZING_SECONDS = 5.0
_FREEZER_STEP_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Host:
    """What of this host sandboxes are made from."""

    hierarchies: Hierarchies
    means: Means
    storage: Storage
    nursery: Nursery
    scaffold: Path
    """An empty directory on which each sandbox, in its own mount namespace, puts its root together."""

    def group(self, sandbox_id: str) -> Group:
        """Make a group that keeps every limit, by the kernel where it can and else by process 1."""
        kept = self.hierarchies.create(sandbox_id)
        return EmulatedGroup(kept, self.means.emulated) if self.means.emulated else kept


@dataclass(frozen=True, slots=True)
class Shell:
    """What process 1 hands out when everything is in place."""

    control: socket.socket
    process: int
    """A process descriptor: readable when process 1, and so every process of the sandbox, has ended."""
    disk: int
    listeners: Mapping[int, socket.socket]


class NamespacesSandbox:
    """A confined process tree; see ``contract.py``."""

    @classmethod
    async def build(cls, sandbox_id: str, spec: SandboxSpec, host: Host) -> NamespacesSandbox:
        """Put a sandbox together; leave nothing if that fails."""
        group = host.group(sandbox_id)
        try:
            group.limit(spec.limits)
            disk = await _disk(host.storage, spec.limits.storage_mib)
            try:
                shell = await _enclose(sandbox_id, spec, host, group, disk)
            finally:
                disk.release()
        except BaseException:
            await asyncio.to_thread(group.remove)
            raise
        return cls(sandbox_id, spec, group, shell, "loop-mounted ext4" if disk.device else "tmpfs")

    def __init__(self, sandbox_id: str, spec: SandboxSpec, group: Group, shell: Shell, disk_mechanism: str) -> None:
        self.id = sandbox_id
        self.listeners = shell.listeners
        self._spec = spec
        self._group = group
        self._shell = shell
        self._output = Output()
        self._watch = Watch(spec.limits, group, shell.disk, disk_mechanism)
        self._usage = Usage(0.0, 0)
        self._has_started = False
        self._is_removed = False
        self._reason: str | None = None
        self._exit: Exit | None = None
        self._program_ended = asyncio.Event()
        self._tree_ended = asyncio.Event()
        self._removal = asyncio.Lock()
        asyncio.get_running_loop().add_reader(shell.process, self._on_tree_ended)

    @property
    def output(self) -> asyncio.StreamReader:
        return self._output.reader

    @property
    def reason(self) -> str | None:
        """Why it was killed, if it was."""
        return self._reason

    @property
    def is_removed(self) -> bool:
        """Tell whether nothing of it is left on the host."""
        return self._is_removed

    async def start(self, program: Program) -> None:
        if self._has_started or self._reason is not None or self._tree_ended.is_set():
            raise PlatformError(f"Sandbox {self.id} has been started or ended already: every program needs a new one.")
        self._has_started = True
        await self._output.connect()
        order = {
            "argv": list(program.argv),
            "environment": dict(program.environment),
            "working_directory": program.working_directory,
        }
        channel.send(self._shell.control, order, [self._output.hand_over()])
        self._output.handed_over()
        answer, _ = await channel.receive(self._shell.control)
        if "started" not in answer:
            why = answer.get("error") or self._reason or "process 1 has gone"
            raise PlatformError(f"The program of sandbox {self.id} could not be started: {why}.")
        if not self._tree_ended.is_set():
            asyncio.get_running_loop().add_reader(self._shell.control, self._on_program_ended)

    def throttle(self) -> None:
        if not self._tree_ended.is_set():
            self._group.throttle(self._spec.limits.cpu_share)

    def unthrottle(self) -> None:
        if not self._tree_ended.is_set():
            self._group.throttle(None)

    def drain(self) -> bytes:
        return self._output.drain()

    async def freeze(self) -> None:
        await self._freezer(frozen=True)

    async def thaw(self) -> None:
        await self._freezer(frozen=False)

    def usage(self) -> Usage:
        self._look()
        return self._usage

    def breached(self, limits: Collection[Limit] = ALL_LIMITS) -> Breach | None:
        self._look()
        return self._watch.first(limits)

    async def breach(self, limits: Collection[Limit] = ALL_LIMITS) -> Breach:
        while not self._tree_ended.is_set():
            if (breach := self.breached(limits)) is not None:
                return breach
            await asyncio.sleep(SAMPLING_SECONDS)
        return self.breached(limits) or await asyncio.get_running_loop().create_future()

    async def exited(self) -> Exit:
        await self._program_ended.wait()
        return self._exit or Exit(signal=signal.SIGKILL)

    async def kill(self, reason: str) -> None:
        if self._reason is None:
            self._reason = reason
        if self._tree_ended.is_set():
            return
        self._look()
        self._group.throttle(None)  # a thousand threads take long to end on a sixteenth of a processor
        _end(self._shell.process)
        self._group.freeze(frozen=False)  # what is frozen does not even die
        await self._tree_ended.wait()

    async def destroy(self) -> None:
        async with self._removal:
            if self._is_removed:
                return
            await self.kill("destroyed")
            self._look()
            self._is_removed = True
            self._forget_control()
            self._output.close()
            for held in (self._shell.control, *self.listeners.values()):
                held.close()
            os.close(self._shell.process)
            await asyncio.to_thread(self._remove)

    def _remove(self) -> None:
        os.close(self._shell.disk)  # the last hold on the file system: it is unmounted here, its loop device goes
        self._group.remove()

    def _look(self) -> None:
        """Read the counters; keep the last known figures and the first breaches."""
        if self._is_removed:
            return
        reading = self._group.measure()
        peak = max(self._usage.peak_memory_bytes, reading.working_set_bytes)
        if self._tree_ended.is_set() or self._exit is not None:
            peak = max(peak, reading.peak_without_cache_bytes)
        self._usage = Usage(reading.cpu_seconds, peak)
        self._watch.look(reading)

    async def _freezer(self, *, frozen: bool) -> None:
        deadline = asyncio.get_running_loop().time() + _FREEZING_SECONDS
        while self._reason is None and not self._tree_ended.is_set() and not self._group.freeze(frozen=frozen):
            if asyncio.get_running_loop().time() > deadline:
                raise PlatformError(f"Sandbox {self.id} does not stop: a process in it waits for the kernel.")
            await asyncio.sleep(_FREEZER_STEP_SECONDS)

    def _on_program_ended(self) -> None:
        try:
            answer, _ = channel.receive_now(self._shell.control)
        except BlockingIOError:
            return
        self._forget_control()
        if "exit" in answer:
            code: int = answer["exit"]
            self._end_program(Exit(status=code) if code >= 0 else Exit(signal=-code))
        else:
            # Process 1 has gone, and the kernel kills the others; frozen ones only when they are thawed.
            self._end_program(Exit(signal=signal.SIGKILL))

    def _on_tree_ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._shell.process)
        self._tree_ended.set()
        self._end_program(Exit(signal=signal.SIGKILL))

    def _end_program(self, ended: Exit) -> None:
        if self._exit is None:
            self._exit = ended
            self._look()
            self._program_ended.set()

    def _forget_control(self) -> None:
        if self._shell.control.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._shell.control)


async def _disk(storage: Storage, size_mib: int) -> Disk:
    """Make a disk in a thread; whoever stops waiting for it does not stop the thread, so the disk is let go then."""
    making = asyncio.ensure_future(asyncio.to_thread(storage.disk, size_mib))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        (await making).release()
        raise


async def _enclose(sandbox_id: str, spec: SandboxSpec, host: Host, group: Group, disk: Disk) -> Shell:
    """Fork a process 1 and let it build the namespaces."""
    assignment = group.assignment()
    thawing = group.thawing()
    held = [thawing[0]] if thawing else []
    recipe = Recipe(
        hostname=f"sandbox-{sandbox_id}",
        user=spec.user,
        uid=UID,
        gid=GID,
        keeper_uid=host.means.keeper_uid,
        mounts=[[str(mount.source.resolve()), mount.target] for mount in spec.mounts],
        ports=list(spec.ports),
        disk=disk.device,
        disk_bytes=disk.size_bytes,
        file_descriptors=spec.limits.file_descriptors,
        thaw=thawing[1] if thawing else "",
        binds_trees=host.means.in_user_namespace,
        keeps_groups=host.means.in_user_namespace,
        duties=list(assignment.duties) if assignment else None,
        scaffold=str(host.scaffold),
    )
    try:
        held = [*group.enter(), *held]
        lent = assignment.descriptors if assignment else ()
        shell = await _instruct(recipe, [*held, *lent], host.nursery)
    finally:
        for descriptor in held:
            os.close(descriptor)
    group.attach(shell.process)
    return shell


async def _instruct(recipe: Recipe, descriptors: Sequence[int], nursery: Nursery) -> Shell:
    """Hand a new process 1 its recipe, and take what it hands out."""
    control = nursery.fork()
    try:
        channel.send(control, recipe._asdict(), descriptors)
        answer, handed = await channel.receive(control)
        if "ready" not in answer:
            raise PlatformError(_explain(answer))
    except BaseException:
        control.close()
        raise
    process, disk_directory, *listening = handed
    listeners = {port: _listener(number) for port, number in zip(recipe.ports, listening, strict=True)}
    return Shell(control, process, disk_directory, listeners)


def _end(process: int) -> None:
    try:
        signal.pidfd_send_signal(process, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has ended by itself, and the loop will tell us next


def _listener(descriptor: int) -> socket.socket:
    listener = socket.socket(fileno=descriptor)
    listener.settimeout(0)
    return listener


def _explain(answer: Mapping[str, Any]) -> str:
    why = answer.get("error", "its first process ended without a word")
    return f"The sandbox could not be built: {why}. `python -m runtime doctor` says what this host can do."
