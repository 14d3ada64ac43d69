"""A confined sandbox before it has a program: a directory, ports on the machine's loopback, a group, and a guardian.

It has the verbs of ``runtime/sandbox/shell.py``, so a sandbox lives in the same way (``runtime/sandbox/sandbox.py``)
whether its walls are namespaces or not. Nothing of it is made ahead.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import channel
from runtime.sandbox.cgroup import Hierarchies
from runtime.sandbox.confined.furnishing import furnish, places, remove_tree
from runtime.sandbox.confined.means import ConfinedMeans
from runtime.sandbox.confined.names import Names
from runtime.sandbox.confined.order import Confinement
from runtime.sandbox.confined.store import CountedDirectory, most_stored
from runtime.sandbox.contract import Mold, Program, SandboxSpec
from runtime.sandbox.emulated import EmulatedGroup
from runtime.sandbox.nursery import Nursery
from runtime.sandbox.output import Output
from runtime.sandbox.recipe import GID
from runtime.sandbox.shell import expect, first_answer, written
from runtime.sandbox.thoroughly import see_through

_BACKLOG = 128
_ENDING_SECONDS = 5.0
"""A guardian that has not ended everything by then is killed; the launcher ends what it leaves."""


@dataclass(frozen=True, slots=True)
class ConfinedWorkshop:
    """What of this host confined sandboxes are made from."""

    hierarchies: Hierarchies
    means: ConfinedMeans
    launcher: Nursery
    directory: Path
    """Where each sandbox has a directory of its own."""

    def nursery(self, _mold: Mold) -> Nursery:
        """Return what forks the guardians: it is the same for all molds."""
        return self.launcher


@dataclass(slots=True)
class ConfinedShell:
    """What is there when the guardian waits for its order."""

    id: str
    group: EmulatedGroup
    control: socket.socket
    process: int
    """A process descriptor of the guardian, which ends last."""
    listeners: Mapping[int, socket.socket]
    directory: Path
    names: Names
    means: ConfinedMeans
    output: Output = field(default_factory=Output)
    _insisting: asyncio.TimerHandle | None = None

    @classmethod
    async def build(cls, spec: SandboxSpec, workshop: ConfinedWorkshop, user: int | None) -> ConfinedShell:
        """Put a shell together; leave nothing if that fails."""
        sandbox_id = secrets.token_hex(6)
        directory = workshop.directory / sandbox_id
        group = workshop.means.group(workshop.hierarchies.create(sandbox_id))
        listeners: dict[int, socket.socket] = {}
        try:
            group.limit(spec.limits)
            listeners |= {port: _listener() for port in spec.mold.ports}
            furnish(directory, spec, sandbox_id, user)
            plan = _plan(directory, spec, listeners, group, workshop.means, user)
            control, process = await _instruct(plan, group, workshop.nursery(spec.mold))
        except BaseException:
            for listener in listeners.values():
                listener.close()
            await see_through(asyncio.to_thread(_remove_all, directory, group))
            raise
        group.attach(process)
        names = Names(plan.places, dict(_ports(listeners)))
        return cls(sandbox_id, group, control, process, listeners, directory, names, workshop.means)

    @property
    def storage(self) -> CountedDirectory:
        return CountedDirectory(self.group.stored)

    @property
    def inheritance(self) -> None:
        """Return no disk: what is stored is a directory, and belongs to a user that only this sandbox has."""

    async def begin(self, program: Program, spec: SandboxSpec) -> socket.socket:
        order = written(self._seen_from_outside(program), spec.limits)
        channel.send(self.control, {"run": order._asdict()}, [self.output.hand_over()])
        await expect(self.control, "started")
        return self.control

    def kill(self) -> None:
        """Tell the guardian to end everything, and then itself: it does when nobody listens to it any more."""
        self.control.shutdown(socket.SHUT_RDWR)
        self._send(signal.SIGCONT)  # should somebody have stopped it
        if self._insisting is None:
            self._insisting = asyncio.get_running_loop().call_later(_ENDING_SECONDS, self._send, signal.SIGKILL)

    def _send(self, number: int) -> None:
        try:
            signal.pidfd_send_signal(self.process, number)
        except ProcessLookupError:
            return  # it has ended by itself, and whoever waits for that is told

    def let_go(self) -> None:
        if self._insisting is not None:
            self._insisting.cancel()
        self.output.close()
        for held in (self.control, *self.listeners.values()):
            held.close()
        os.close(self.process)

    def remove(self) -> None:
        _remove_all(self.directory, self.group)

    def _seen_from_outside(self, program: Program) -> Program:
        """Return the program with real names, unless names are changed while it runs."""
        if self.means.renames:
            return program
        environment = {name: self.names.translated(text) for name, text in program.environment.items()}
        return Program(
            tuple(map(self.names.translated, program.argv)),
            {"TMPDIR": self.names.translated("/tmp"), **environment},
            self.names.translated(program.working_directory),
        )


def _plan(
    directory: Path,
    spec: SandboxSpec,
    listeners: Mapping[int, socket.socket],
    group: EmulatedGroup,
    means: ConfinedMeans,
    user: int | None,
) -> Confinement:
    most = most_stored(spec.limits.storage_mib)
    mounts = {mount.target: str(mount.source.resolve()) for mount in (*spec.mold.mounts, *spec.mounts)}
    return Confinement(
        directory=str(directory),
        user=user,
        group=GID,
        landlock=means.landlock,
        renames=means.renames,
        places=places(str(directory), mounts),
        mounts=mounts,
        ports=[list(pair) for pair in _ports(listeners)],
        storage_bytes=most.bytes,
        storage_files=most.files,
        duties=list(group.assignment().duties),
        thaw="",
    )


def _ports(listeners: Mapping[int, socket.socket]) -> list[tuple[int, int]]:
    return [(port, listener.getsockname()[1]) for port, listener in listeners.items()]


async def _instruct(plan: Confinement, group: EmulatedGroup, nursery: Nursery) -> tuple[socket.socket, int]:
    """Hand a new guardian its plan, and take what it hands out."""
    thawing = group.thawing()
    held = [*group.enter(), *([thawing[0]] if thawing else [])]
    told = plan._replace(thaw=thawing[1] if thawing else "")
    control = nursery.fork()
    try:
        channel.send(control, told._asdict(), [*held, *group.assignment().descriptors])
        answer, handed = await first_answer(control, nursery)
        if "ready" not in answer:
            raise PlatformError(f"The sandbox could not be built: {answer.get('error') or 'its guardian has gone'}.")
    except BaseException:
        control.close()
        raise
    finally:
        for descriptor in held:
            os.close(descriptor)
    return control, handed[0]


def _listener() -> socket.socket:
    listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    listener.settimeout(0)
    return listener


def _remove_all(directory: Path, group: EmulatedGroup) -> None:
    group.remove()
    if directory.exists():
        remove_tree(directory)
