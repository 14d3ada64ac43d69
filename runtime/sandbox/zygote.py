"""A zygote: an interpreter that has loaded a bootstrap once, and is forked into sandboxes.

*Theory of operation.* ``python3.N -m runtime.sandbox.zygote`` is started by the launcher in the root that all
sandboxes of its mold have in common, so everything it loads has the names that it has inside. For each request that
comes through its door (descriptor 3) it forks a child into the process namespace of a sandbox. The child enters the
other namespaces and gives up every privilege as any program does (``confinement.py``); then it is parked: it says that
it is ready, and waits for its order. With the order it goes on in the bootstrap as if it had just been started.

The zygote itself never runs a line of a function. It is the parent of what it forked, so it says how each ended, on the
channel that came with the request, and stays until all have: when its launcher has died, the runtime closes its door
and starts another, and what runs goes on. What all its children share: the layout of their memory and the seed of the
hashes of strings. It must have one thread.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import platform
import select
import socket
from types import ModuleType
from typing import Any, NoReturn

from runtime.sandbox import confinement, libc, mounts, seccomp
from runtime.sandbox.recipe import Order, Recipe, receive, send

DOOR, LOADED = 3, 4
READY = b"R"

_NAMESPACES = libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC | libc.CLONE_NEWNET


def main() -> None:
    """Fork a program for each request that comes through the door, until it has closed and all of them have ended."""
    door = socket.socket(fileno=DOOR)
    door.set_inheritable(False)
    message, _ = receive(door)
    recipe = Recipe(**message)
    zygote = Zygote(recipe, _load(recipe.bootstrap))
    children: dict[int, tuple[int, socket.socket]] = {}
    poll = select.poll()
    poll.register(door, select.POLLIN)
    gc.collect()
    gc.freeze()
    os.close(LOADED)
    is_open = True
    while is_open or children:
        for ready, _ in poll.poll():
            if ready != DOOR:
                poll.unregister(ready)
                pid, channel = children.pop(ready)
                _conclude(ready, pid, channel)
                continue
            message, descriptors = receive(door)
            if not message:
                is_open = False
                poll.unregister(DOOR)
                continue
            channel = socket.socket(fileno=descriptors[0])
            if pid := _fork(zygote, Order(**message["order"]), message["uid"], descriptors, channel):
                process = os.pidfd_open(pid)  # not SIGCHLD: a child must not find a handler that it has to undo
                poll.register(process, select.POLLIN)
                children[process] = pid, channel
            for descriptor in descriptors[1:]:
                os.close(descriptor)


def _fork(zygote: Zygote, order: Order, uid: int, descriptors: list[int], channel: socket.socket) -> int:
    """Fork a child; if that cannot be, say why and return 0. A sandbox that has ended must not end all the others."""
    try:
        return zygote.fork(order, uid, descriptors)
    except OSError as error:
        with channel:
            _report(channel, {"error": f"nothing can be forked into the sandbox: {error}"})
        return 0


def _conclude(process: int, pid: int, channel: socket.socket) -> None:
    """Say how a child ended."""
    os.close(process)
    _, status = os.waitpid(pid, 0)
    with channel:
        _report(channel, {"exit": os.waitstatus_to_exitcode(status)})


class Zygote:
    """What is forked, and how."""

    def __init__(self, recipe: Recipe, bootstrap: ModuleType) -> None:
        self._recipe = recipe
        self._bootstrap = bootstrap
        self._own_namespace = os.open(f"{mounts.OUTSIDE}/proc/self/ns/pid", os.O_RDONLY)
        seccomp.program(platform.machine())  # once, for all that are forked
        confinement.forbid_privileges()
        bootstrap.prepare()

    def fork(self, order: Order, uid: int, descriptors: list[int]) -> int:
        """Fork a program into the process namespace of a sandbox, as its user; return its process id outside.

        The descriptors: the channel to report on, the sandbox's process 1, the output, where to wait for the order,
        the files that enter the sandbox's group.
        """
        libc.setns(descriptors[1], libc.CLONE_NEWPID)  # for the next child; this process stays where it is
        try:
            pid = os.fork()
            if pid == 0:
                self._become_program(order, uid, descriptors)
        finally:
            libc.setns(self._own_namespace, libc.CLONE_NEWPID)
        return pid

    def _become_program(self, order: Order, uid: int, descriptors: list[int]) -> NoReturn:
        report, first_process, output, parking, *entrances = descriptors
        channel = socket.socket(fileno=report)
        try:
            libc.setns(first_process, _NAMESPACES)
            confinement.enter_groups(entrances)
            os.setsid()
            confinement.connect(output, [parking], until_exec=channel.detach())
            channel = socket.socket(fileno=confinement.FIRST_KEPT + 1)
            confinement.limit(order)
            os.umask(0o022)
            confinement.give_up_privileges(uid, self._recipe, stands_in=False, order=order)
            libc.prctl(libc.PR_SET_DUMPABLE, 1)  # as after ``exec``: who is not cannot even read his own ``/proc/self``
            send(channel, {"parked": True})
            channel.close()
        except OSError as error:
            _report(channel, {"error": f"cannot prepare {order.argv[0]}: {error}"})
            os._exit(127)
        self._bootstrap.rehearse()
        self._go_on(_wait_for_order())
        os._exit(1)

    def _go_on(self, order: dict[str, Any]) -> None:
        try:
            os.chdir(order["working_directory"])
        except OSError as error:
            os.write(2, f"cannot enter the working directory: {error}\n".encode())
            os._exit(127)
        self._bootstrap.run(order["environment"], order["argv"], order["working_directory"])


def _wait_for_order() -> dict[str, Any]:
    """Say that this process is ready, and wait; end quietly if nobody wants it any more."""
    with socket.socket(fileno=confinement.FIRST_KEPT) as parking:
        parking.send(READY)
        size = int.from_bytes(parking.recv(4, socket.MSG_WAITALL), "big")
        if not size:
            os._exit(0)
        order: dict[str, Any] = json.loads(parking.recv(size, socket.MSG_WAITALL))
    return order


def _load(path: str) -> ModuleType:
    """Load a bootstrap by its path."""
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
