"""A sandbox that is a container, before it has a program. It has the verbs of ``runtime/sandbox/shell.py``.

*Theory of operation.* Docker Engine makes namespaces, root, limits and mounts, and starts our process 1 (``inside.py``)
in them, which knocks at a Unix socket that is mounted in a directory which only root may pass. Over that channel it
hands out the listening sockets that it has made in its network namespace, its own process descriptor, and a descriptor
of ``/tmp``; and it is told which program to run, with the pipe for its output. So nothing of an invocation goes through
the engine: it can be busy or dead, and what runs goes on and can be ended.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import channel, users
from runtime.sandbox.breaches import FileSystem
from runtime.sandbox.contract import Program, SandboxSpec
from runtime.sandbox.docker import furnishing
from runtime.sandbox.docker.configuration import of_container, write_names
from runtime.sandbox.docker.engine import Engine
from runtime.sandbox.docker.group import ContainerGroup, of_process
from runtime.sandbox.output import Output
from runtime.sandbox.recipe import GID, KEEPER_UID, UID, Particulars, Recipe
from runtime.sandbox.shell import PATIENCE_SECONDS, expect, written
from runtime.sandbox.storage import Disk, Inheritance, Storage
from runtime.sandbox.thoroughly import see_through

DISK = "loop-mounted ext4"
_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class DockerWorkshop:
    """What containers are made from."""

    engine: Engine
    storage: Storage
    directory: Path
    has_own_users: bool
    counts_process_one: bool
    """Whether process 1 stays in the container's group: with cgroups of the second generation."""


@dataclass(slots=True)
class Container:
    """What is there when process 1 waits for its program."""

    id: str
    uid: int
    workshop: DockerWorkshop
    container: str
    directory: Path
    group: ContainerGroup
    control: socket.socket
    process: int
    disk: int
    listeners: Mapping[int, socket.socket]
    disk_mechanism: str
    output: Output = field(default_factory=Output)

    @property
    def storage(self) -> FileSystem:
        return FileSystem(self.disk, self.disk_mechanism)

    @property
    def inheritance(self) -> Inheritance | None:
        return Inheritance(self.disk, self.uid) if self.disk_mechanism == DISK else None

    async def begin(self, program: Program, spec: SandboxSpec) -> socket.socket:
        order = written(program, spec.limits)._asdict()
        channel.send(self.control, {"run": order, "duties": []}, [self.output.hand_over()])
        await expect(self.control, "started")
        return self.control

    def kill(self) -> None:
        try:
            signal.pidfd_send_signal(self.process, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended by itself, and whoever waits for that is told

    def let_go(self) -> None:
        self.output.close()
        for held in (self.control, *self.listeners.values()):
            held.close()
        os.close(self.process)

    def remove(self) -> None:
        os.close(self.disk)  # the last hold on the file system, once the container has gone
        try:
            self.workshop.engine.remove(self.container)
        finally:
            furnishing.remove(self.directory)
            self.group.remove()


class Making:
    """One container on its way: what there is of it already is removed if it does not arrive."""

    def __init__(self, spec: SandboxSpec, workshop: DockerWorkshop, inheritance: Inheritance | None) -> None:
        self._id = secrets.token_hex(6)
        self._spec = spec
        self._workshop = workshop
        self._inheritance = inheritance
        self._uid = inheritance.uid if inheritance else (users.draw() if workshop.has_own_users else UID)
        self._directory = workshop.directory / furnishing.name(self._id)
        self._door: socket.socket | None = None
        self._disk: Disk | None = None
        self._container = ""

    async def make(self) -> Container:
        """Make it; leave nothing if that fails."""
        try:
            await see_through(asyncio.to_thread(self._start))
            return await self._meet()
        except OSError as error:
            await see_through(asyncio.to_thread(self._undo))
            raise PlatformError(_explain(str(error))) from error
        except BaseException:
            await see_through(asyncio.to_thread(self._undo))
            raise
        finally:
            self._let_go()

    def _start(self) -> None:
        self._directory.mkdir(parents=True)
        self._door = furnishing.open_door(self._directory)
        write_names(self._spec, self._id, self._uid, GID, self._directory / "etc")
        size = self._spec.limits.storage_mib
        storage, inherited = self._workshop.storage, self._inheritance
        self._disk = storage.inherited(inherited.directory, size) if inherited else storage.disk(size)
        if self._disk.device:
            furnishing.mount_disk(self._disk, self._directory)
        configuration = of_container(
            self._spec,
            self._id,
            self._directory,
            is_tmp_a_disk=bool(self._disk.device),
            counts_process_one=self._workshop.counts_process_one,
        )
        self._container = self._workshop.engine.create(f"lambda-lab-{self._id}", configuration)
        self._workshop.engine.start(self._container)
        furnishing.let_go_of_disk(self._directory)

    async def _meet(self) -> Container:
        """Wait for process 1, put it where it belongs, and take what it hands out."""
        assert self._door is not None, "it has been opened"
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                control, _ = await asyncio.get_running_loop().sock_accept(self._door)
        except TimeoutError:
            raise PlatformError(_explain("its first process does not knock")) from None
        (self._directory / "door" / "socket").unlink()
        try:
            group = of_process(_peer(control))
            control.send(b"1")
            await asyncio.sleep(0)
            handed = await self._instruct(control, group)
        except BaseException:
            control.close()
            raise
        process, disk, *listening = handed
        listeners = dict(zip(self._spec.mold.ports, map(_listener, listening), strict=True))
        assert self._disk is not None, "there is one"
        mechanism = DISK if self._disk.device else "tmpfs"
        return Container(
            self._id,
            self._uid,
            self._workshop,
            self._container,
            self._directory,
            group,
            control,
            process,
            disk,
            listeners,
            mechanism,
        )

    async def _instruct(self, control: socket.socket, group: ContainerGroup) -> list[int]:
        thawing = group.thawing()
        held = [*group.enter(), *([thawing[0]] if thawing else [])]
        message = {"recipe": self._recipe()._asdict(), "particulars": self._particulars(thawing)._asdict()}
        try:
            channel.send(control, message, held)
        finally:
            for descriptor in held:
                os.close(descriptor)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer, handed = await channel.receive(control)
        except TimeoutError:
            raise PlatformError(_explain("its first process does not answer")) from None
        if "ready" not in answer:
            raise PlatformError(_explain(answer.get("error") or "its first process ended without a word"))
        return handed

    def _recipe(self) -> Recipe:
        return Recipe(
            user=self._spec.mold.user,
            gid=GID,
            keeper_uid=KEEPER_UID,
            mounts=[],
            ports=list(self._spec.mold.ports),
            has_duties=False,
            counts_processes=False,
            in_user_namespace=False,
            hands_over_mounts=False,
            zygote=[],
            zygote_environment={},
            bootstrap="",
            scaffold="",
        )

    def _particulars(self, thawing: tuple[int, str] | None) -> Particulars:
        return Particulars(
            hostname=f"sandbox-{self._id}",
            uid=self._uid,
            has_disk=False,
            disk_bytes=0,
            is_disk_new=False,
            thaw=thawing[1] if thawing else "",
        )

    def _let_go(self) -> None:
        if self._door is not None:
            self._door.close()
        if self._disk is not None:
            self._disk.release()

    def _undo(self) -> None:
        try:
            if self._container:
                self._workshop.engine.remove(self._container)
        finally:
            furnishing.remove(self._directory)


def _peer(control: socket.socket) -> int:
    """Return the process that has knocked, as it is called here."""
    credentials = control.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid: int = _CREDENTIALS.unpack(credentials)[0]
    if not pid:
        raise PlatformError(_explain("Docker Engine runs where its processes cannot be seen from here"))
    return pid


def _listener(descriptor: int) -> socket.socket:
    listener = socket.socket(fileno=descriptor)
    listener.settimeout(0)
    return listener


def _explain(why: str) -> str:
    return f"The container of a sandbox could not be made: {why}."
