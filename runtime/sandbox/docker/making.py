"""Make a container: what it needs on this machine, the container itself, and the meeting with its first process."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import struct

from runtime.errors import PlatformError
from runtime.sandbox import channel, users
from runtime.sandbox.contract import SandboxSpec
from runtime.sandbox.docker import furnishing
from runtime.sandbox.docker.configuration import of_container, write_names
from runtime.sandbox.docker.container import DISK, Container, DockerWorkshop
from runtime.sandbox.docker.group import ContainerGroup, of_process
from runtime.sandbox.docker.places import SOCKET
from runtime.sandbox.recipe import GID, KEEPER_UID, UID, Particulars, Recipe
from runtime.sandbox.shell import PATIENCE_SECONDS
from runtime.sandbox.storage import Disk, Inheritance
from runtime.sandbox.thoroughly import see_through

_CREDENTIALS = struct.Struct("3i")


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
        (self._directory / "door" / SOCKET).unlink()
        try:
            group = of_process(_peer(control))
            control.send(b"1")
            handed = await self._instruct(control, group)
        except BaseException:
            control.close()
            raise
        process, disk, *listening = handed
        listeners = dict(zip(self._spec.mold.ports, map(_listener, listening), strict=True))
        assert self._disk is not None, "there is one"
        mechanism = DISK if self._disk.device else "tmpfs"
        _require_disk(disk, self._disk)
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


def _require_disk(directory: int, disk: Disk) -> None:
    """See that what the container has for its ``/tmp`` is the disk that was mounted for it here."""
    if disk.device and os.fstat(directory).st_dev != os.stat(disk.device).st_rdev:  # noqa: PTH116
        raise PlatformError(_explain("Docker Engine does not see what is mounted here"))


def _listener(descriptor: int) -> socket.socket:
    listener = socket.socket(fileno=descriptor)
    listener.settimeout(0)
    return listener


def _explain(why: str) -> str:
    return f"The container of a sandbox could not be made: {why}."
