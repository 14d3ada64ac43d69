"""A zygote: an interpreter that has loaded a bootstrap once, and is forked into sandboxes that are ready.

*Theory of operation.* ``python3.N -m runtime.sandbox.zygote BOOTSTRAP`` is started by the launcher in the root that all
sandboxes of its mold have in common, so everything it loads has the names that it has inside. For each order that comes
through its door (descriptor 3) it forks a child into the process namespace of a sandbox that is waiting; the child
enters the other namespaces, gives up every privilege as any program does (``confinement.py``), and goes on in the
bootstrap as if it had been started. The zygote itself never runs a line of a function. It is the parent of what it
forked, so it says how each ended, on the channel that came with the order.

What all its children share: the layout of their memory and the seed of the hashes of strings. It must have one thread.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import platform
import select
import socket
import sys
from types import ModuleType
from typing import Any, NoReturn

from runtime.sandbox import confinement, inside, libc, mounts, seccomp
from runtime.sandbox.recipe import Order, Recipe, receive, send

DOOR = 3

_NAMESPACES = libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC | libc.CLONE_NEWNET


def main() -> None:
    """Fork a program for each order that comes through the door, until the door closes."""
    door = socket.socket(fileno=DOOR)
    door.set_inheritable(False)
    message, _ = receive(door)
    zygote = Zygote(Recipe(**message), _load(sys.argv[1]))
    children: dict[int, socket.socket] = {}
    bell = inside.ring_when_children_end()
    poll = select.poll()
    poll.register(bell, select.POLLIN)
    poll.register(door, select.POLLIN)
    gc.collect()
    gc.freeze()
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if bell in ready:
            os.read(bell, 4096)
            for pid, status in inside.ended_children():
                with children.pop(pid) as channel:
                    _report(channel, {"exit": os.waitstatus_to_exitcode(status)})
        if door.fileno() in ready:
            message, descriptors = receive(door)
            if not message:
                return
            pid = zygote.fork(Order(**message), descriptors)
            children[pid] = socket.socket(fileno=descriptors[0])
            for descriptor in descriptors[1:]:
                os.close(descriptor)


class Zygote:
    """What is forked, and how."""

    def __init__(self, recipe: Recipe, bootstrap: ModuleType) -> None:
        self._recipe = recipe
        self._bootstrap = bootstrap
        self._own_namespace = os.open(f"{mounts.OUTSIDE}/proc/self/ns/pid", os.O_RDONLY)
        seccomp.program(platform.machine())  # once, for all that are forked
        bootstrap.prepare()

    def fork(self, order: Order, descriptors: list[int]) -> int:
        """Fork a program into the process namespace of a sandbox; return its process id outside.

        The descriptors: the channel to report on, the sandbox's process 1, the output, the files that enter its group.
        """
        libc.setns(descriptors[1], libc.CLONE_NEWPID)  # for the next child; this process stays where it is
        try:
            pid = os.fork()
            if pid == 0:
                report, first_process, output, *entrances = descriptors
                self._become_program(order, report, first_process, output, entrances)
        finally:
            libc.setns(self._own_namespace, libc.CLONE_NEWPID)
        return pid

    def _become_program(
        self, order: Order, report: int, first_process: int, output: int, entrances: list[int]
    ) -> NoReturn:
        channel = socket.socket(fileno=report)
        try:
            libc.setns(first_process, _NAMESPACES)
            confinement.enter_groups(entrances)
            os.setsid()
            confinement.connect(output, until_exec=channel.detach())
            channel = socket.socket(fileno=confinement.FIRST_KEPT)
            confinement.limit(order, self._recipe)
            confinement.restore_signals()
            os.umask(0o022)
            confinement.give_up_privileges(self._recipe.uid, self._recipe, stands_in=False)
            os.chdir(order.working_directory)
            send(channel, {"started": True})
            channel.close()
        except OSError as error:
            _report(channel, {"error": f"cannot prepare {order.argv[0]}: {error}"})
            os._exit(127)
        self._bootstrap.run(order.environment, order.argv, order.working_directory)
        os._exit(1)


def _load(path: str) -> ModuleType:
    """Load a bootstrap by its path; nothing of ours stays in the interpreter's search path."""
    specification = importlib.util.spec_from_file_location("bootstrap", path)
    if specification is None or specification.loader is None:
        raise OSError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def _report(channel: socket.socket, message: dict[str, Any]) -> None:
    try:
        send(channel, message)
    except (BrokenPipeError, ConnectionResetError):
        return  # the sandbox was destroyed: nobody wants to know any more


if __name__ == "__main__":
    main()
