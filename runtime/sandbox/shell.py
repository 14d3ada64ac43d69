"""A sandbox before it has a program: namespaces, files, network and cgroup, with process 1 waiting to be told more.

A shell knows its mold but not yet who will use it, so it can be made ahead; a program of the mold may wait in it
already (:meth:`Shell.park`). A shell is used once. It belongs to whoever holds it: :meth:`Shell.dismantle` leaves
nothing of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runtime.errors import PlatformError
from runtime.sandbox import channel, libc
from runtime.sandbox.breaches import FileSystem
from runtime.sandbox.cgroup import Group
from runtime.sandbox.contract import Limits, Mold, Mount, NotExecutable, Program, SandboxSpec, Zygote
from runtime.sandbox.nursery import Nursery
from runtime.sandbox.output import Output
from runtime.sandbox.recipe import Order, Particulars
from runtime.sandbox.storage import Disk, Inheritance, Storage
from runtime.sandbox.thoroughly import see_through
from runtime.sandbox.workshop import Workshop

_OWN_DISK = "loop-mounted ext4"
PATIENCE_SECONDS = 30.0
"""How long process 1, or a program that is parked, may take to answer before it is given up."""


@dataclass(slots=True)
class Shell:
    """What is there when process 1 has built everything."""

    id: str
    uid: int
    mold: Mold
    nursery: Nursery
    group: Group
    control: socket.socket
    process: int
    """A process descriptor: readable when process 1, and so every process of the sandbox, has ended."""
    disk: int
    listeners: Mapping[int, socket.socket]
    disk_mechanism: str
    hands_over_mounts: bool
    output: Output = field(default_factory=Output)
    parking: socket.socket | None = None
    """Where a program waits for its order."""
    endings: socket.socket | None = None
    """Where it is said how the parked program ended, if not by process 1."""

    @classmethod
    async def build(
        cls, mold: Mold, storage_mib: int, workshop: Workshop, inheritance: Inheritance | None = None
    ) -> Shell:
        """Put a shell together; leave nothing if that fails. With an ``inheritance`` it gets that disk."""
        sandbox_id = secrets.token_hex(6)
        uid = inheritance.uid if inheritance else workshop.user()
        group = workshop.group(sandbox_id)
        try:
            disk = await _disk(workshop.storage, storage_mib, inheritance)
            try:
                return await _enclose(sandbox_id, mold, workshop, group, disk, uid)
            finally:
                disk.release()
        except BaseException:
            await see_through(asyncio.to_thread(group.remove))
            raise

    async def park(self) -> None:
        """Start what the mold has started ahead, and wait until it waits for its order."""
        self.parking, theirs = socket.socketpair()
        self.parking.settimeout(0)
        with theirs:
            if isinstance(self.mold.parked, Zygote):
                await self._fork_zygote(self.mold.parked, theirs)
            elif self.mold.parked is not None:
                order = written(self.mold.parked, self._usual)._asdict()
                await self.ask({"park": order}, "parked", [self.output.hand_over(), theirs.fileno()])
        self.output.handed_over()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await channel.readable(self.parking.fileno())
        except TimeoutError:
            raise PlatformError(f"A program was not ready within {PATIENCE_SECONDS:g} s.") from None
        if not self.parking.recv(1):
            raise PlatformError(f"A program ended before it was ready: {self._last_words}")

    @property
    def _usual(self) -> Limits:
        """The limits of what is started ahead."""
        return Limits(0, 0, remembers_descriptors=self.mold.remembers_descriptors)

    @property
    def _last_words(self) -> str:
        """What a program wrote before it ended."""
        return self.output.drain().decode(errors="replace")

    async def _fork_zygote(self, zygote: Zygote, theirs: socket.socket) -> None:
        order = written(Program(zygote.argv, zygote.environment), self._usual)
        entrances = self.group.enter()
        try:
            lent = [self.output.hand_over(), theirs.fileno(), *entrances]
            self.endings = self.nursery.fork_into(self.process, order, self.uid, lent)
        finally:
            for entrance in entrances:
                os.close(entrance)
        await expect(self.endings, "parked")

    async def admit(self, mounts: Sequence[Mount], limits: Limits) -> None:
        """Make the shell somebody's: set the limits, attach the mounts, and leave no way to the host's files."""
        self.group.limit(limits)
        handed: list[int] = []
        sources: list[str] = []
        try:
            if self.hands_over_mounts:
                handed = [libc.detached_copy(str(mount.source)) for mount in mounts]
            else:
                sources = [str(mount.source.resolve()) for mount in mounts]
            message = {"admit": [mount.target for mount in mounts], "sources": sources}
            await self.ask(message, "admitted", handed)
        except (PlatformError, OSError) as error:
            raise PlatformError(_explain(str(error))) from error
        finally:
            for descriptor in handed:
                os.close(descriptor)

    @property
    def storage(self) -> FileSystem:
        """Return what is looked at to know how full ``/tmp`` is."""
        return FileSystem(self.disk, self.disk_mechanism)

    @property
    def inheritance(self) -> Inheritance | None:
        return Inheritance(self.disk, self.uid) if self.disk_mechanism == _OWN_DISK else None

    def duties(self) -> list[int]:
        """Return what process 1 has to do for the limits, once they are set."""
        assignment = self.group.assignment()
        return list(assignment.duties) if assignment else []

    async def ask(self, message: Mapping[str, Any], expected: str, descriptors: Sequence[int] = ()) -> None:
        """Tell process 1 to do something, and wait until it has; raise ``PlatformError`` with its reason if not."""
        channel.send(self.control, message, descriptors)
        await expect(self.control, expected)

    async def begin(self, program: Program, spec: SandboxSpec) -> socket.socket:
        """Let the program begin in the way that is quickest; return where it is said how it ended."""
        if self.parking is not None:
            # First, so that process 1 gives up its privileges while the program has not read its order yet.
            channel.send(self.control, {"settle": True, "duties": self.duties()})
            self._give_order(self.parking, program)
            return self.endings or self.control
        run = {"run": written(program, spec.limits)._asdict(), "duties": self.duties()}
        await self.ask(run, "started", [self.output.hand_over()])
        return self.control

    def _give_order(self, parking: socket.socket, program: Program) -> None:
        """Let the parked program go on as this one."""
        order = {"environment": dict(program.environment), "argv": list(program.argv)}
        text = json.dumps({**order, "working_directory": program.working_directory}).encode()
        parking.setblocking(True)  # noqa: FBT003  it waits in a read, so this does not wait
        try:
            parking.sendall(len(text).to_bytes(4, "big") + text)
        except OSError as error:
            raise PlatformError(f"what was started ahead has ended: {self._last_words}") from error
        finally:
            parking.close()

    def kill(self) -> None:
        """End process 1, and with it every process."""
        try:
            signal.pidfd_send_signal(self.process, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended by itself, and whoever waits for that is told

    def let_go(self) -> None:
        """Close every hold on what has ended but for the disk and the group; that takes no time."""
        self.output.close()
        for held in (self.control, self.parking, self.endings, *self.listeners.values()):
            if held is not None:
                held.close()
        os.close(self.process)

    def remove(self) -> None:
        """Remove the disk and the group: blocks for milliseconds."""
        os.close(self.disk)  # the last hold on the file system: it is unmounted here, its loop device goes
        self.group.remove()

    async def dismantle(self) -> None:
        """Leave nothing of a shell that became nobody's sandbox, even if whoever waits is told to stop."""
        self.kill()
        await see_through(self._vanish())

    async def _vanish(self) -> None:
        await channel.readable(self.process)
        self.let_go()
        await asyncio.to_thread(self.remove)


def written(program: Program, limits: Limits) -> Order:
    """Write down which program is to run."""
    return Order(
        argv=list(program.argv),
        environment=dict(program.environment),
        working_directory=program.working_directory,
        file_descriptors=limits.file_descriptors,
        processes=limits.processes,
        remembers_descriptors=limits.remembers_descriptors,
    )


async def _disk(storage: Storage, size_mib: int, inheritance: Inheritance | None) -> Disk:
    """Make a disk in a thread; whoever stops waiting for it does not stop the thread, so the disk is let go then."""
    if inheritance is not None:
        return storage.inherited(inheritance.directory, size_mib)
    making = asyncio.ensure_future(asyncio.to_thread(storage.disk, size_mib))
    try:
        return await asyncio.shield(making)
    except asyncio.CancelledError:
        await see_through(_release(making))
        raise


async def _release(making: asyncio.Future[Disk]) -> None:
    (await making).release()


async def _enclose(sandbox_id: str, mold: Mold, workshop: Workshop, group: Group, disk: Disk, uid: int) -> Shell:
    """Fork a process 1 and let it build the namespaces."""
    assignment = group.assignment()
    thawing = group.thawing()
    held = [*group.enter(), *([disk.lend()] if disk.device else []), *([thawing[0]] if thawing else [])]
    particulars = Particulars(
        hostname=f"sandbox-{sandbox_id}",
        uid=uid,
        has_disk=bool(disk.device),
        disk_bytes=disk.size_bytes,
        is_disk_new=disk.is_new,
        thaw=thawing[1] if thawing else "",
    )
    nursery = workshop.nursery(mold)
    try:
        lent = assignment.descriptors if assignment else ()
        control, handed = await _instruct(particulars, [*held, *lent], nursery)
    finally:
        for descriptor in held:
            os.close(descriptor)
    process, disk_directory, *listening = handed
    group.attach(process)
    listeners = {port: _listener(number) for port, number in zip(mold.ports, listening, strict=True)}
    mechanism = _OWN_DISK if disk.device else "tmpfs"
    return Shell(
        sandbox_id,
        uid,
        mold,
        nursery,
        group,
        control,
        process,
        disk_directory,
        listeners,
        mechanism,
        workshop.means.hands_over_mounts,
    )


async def _instruct(
    particulars: Particulars, descriptors: Sequence[int], nursery: Nursery
) -> tuple[socket.socket, list[int]]:
    """Hand a new process 1 its particulars, and take what it hands out."""
    control = nursery.fork()
    try:
        channel.send(control, particulars._asdict(), descriptors)
        answer, handed = await first_answer(control, nursery)
        if "ready" not in answer:
            raise PlatformError(_explain(answer.get("error") or nursery.last_words()))
    except BaseException:
        control.close()
        raise
    return control, handed


async def first_answer(control: socket.socket, nursery: Nursery) -> tuple[dict[str, Any], list[int]]:
    """Wait for what a new first process says; if nothing comes, it may be the launcher that hangs, so that is ended."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await channel.receive(control)
    except TimeoutError:
        nursery.give_up()
        return {"error": f"its first process did not answer within {PATIENCE_SECONDS:g} s"}, []


async def expect(whom: socket.socket, expected: str) -> None:
    """Wait for an answer; raise ``PlatformError`` with the reason if it is another one or does not come."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer, _ = await channel.receive(whom)
    except TimeoutError:
        raise PlatformError(f"no answer came within {PATIENCE_SECONDS:g} s") from None
    if "errno" in answer:
        raise NotExecutable(answer["error"], answer["errno"])
    if expected not in answer:
        raise PlatformError(answer.get("error") or "process 1 has gone")


def _listener(descriptor: int) -> socket.socket:
    listener = socket.socket(fileno=descriptor)
    listener.settimeout(0)
    return listener


def _explain(why: str) -> str:
    reason = why or "its first process ended without a word"
    return f"The sandbox could not be built: {reason}. `python -m runtime doctor` says what this host can do."
