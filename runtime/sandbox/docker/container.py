"""A sandbox that is a container, before it has a program. It has the verbs of ``runtime/sandbox/shell.py``.

*Theory of operation.* Docker Engine makes namespaces, root, limits and mounts, and starts our process 1 (``inside.py``)
in them, which knocks at a Unix socket that is mounted in a directory which only root may pass. Over that channel it
hands out the listening sockets that it has made in its network namespace, its own process descriptor, and a descriptor
of ``/tmp``; and it is told which program to run, with the pipe for its output. So nothing of an invocation goes through
the engine: it can be busy or dead, and what runs goes on and can be ended.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from runtime.sandbox import channel
from runtime.sandbox.breaches import FileSystem
from runtime.sandbox.contract import Program, SandboxSpec
from runtime.sandbox.docker import furnishing
from runtime.sandbox.docker.engine import Engine
from runtime.sandbox.docker.group import ContainerGroup
from runtime.sandbox.output import Output
from runtime.sandbox.shell import expect, written
from runtime.sandbox.storage import Inheritance, Storage

DISK = "loop-mounted ext4"


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
