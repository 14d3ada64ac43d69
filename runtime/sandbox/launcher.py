"""The process that forks sandboxes, so that the runtime, with its threads and its memory, never has to.

*Theory of operation.* ``python -m runtime.sandbox.launcher FD OWNER`` stays small and single-threaded: forking it
costs well under a millisecond, and forking is safe in it. It serves one mold. The first message on its door is the
recipe: the launcher puts the root together that all its sandboxes have in common, in a mount namespace of its own that
each of them begins with a copy of. Each further message brings a control channel; the launcher forks a process 1 in a
new process namespace, hands it that channel, and forgets it but for reaping it. Everything else is said between the
runtime and process 1. When its door closes, because the runtime closed it or died, it ends. The sandboxes do not
depend on it: each of them ends when the runtime lets go of its control channel. The mark of the runtime on its command
line is for ``remains.py`` to see.

A mold may have a zygote (``zygote.py``), which is an interpreter that the launcher starts in that same root.

For a runtime without root each process 1 is born in a user namespace of its own, and puts its root together itself,
because there a copy of mounts may not be changed. A process cannot come back from a user namespace, so another
process goes in between: it enters, forks process 1, and ends.
"""

from __future__ import annotations

import fcntl
import gc
import os
import platform
import select
import signal
import socket
import sys
from typing import NoReturn

from runtime.sandbox import inside, libc, mounts, seccomp, user_namespace
from runtime.sandbox.recipe import UID, Recipe, receive

_CONTROL = 3
"""The descriptor that the control channel of a process 1 becomes."""


def main() -> None:
    """Fork a process 1 for each control channel that comes through the door, until the door closes."""
    door = socket.socket(fileno=int(sys.argv[1]))
    door.set_inheritable(False)
    message, zygote_door = receive(door)
    if not message:
        return
    recipe = Recipe(**message)
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)  # the parent of what a process in between leaves
    own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY)
    # What is made in a root must be readable inside, however cautious the runtime's own user is.
    os.umask(0o022)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bell = inside.ring_when_children_end()
    for has_duties in {False, recipe.has_duties}:
        seccomp.program(platform.machine(), has_duties=has_duties)  # once, for all that are forked
    if not _has_root(door, recipe, zygote_door):
        return
    gc.collect()
    gc.freeze()
    poll = select.poll()
    poll.register(bell, select.POLLIN)
    poll.register(door, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if bell in ready:
            os.read(bell, 4096)
            inside.ended_children()
        if door.fileno() in ready:
            message, descriptors = receive(door)
            match message:
                case {"fork": True}:
                    _fork(descriptors[0], own_namespace, recipe)
                case _:
                    return


def _has_root(door: socket.socket, recipe: Recipe, zygote_door: list[int]) -> bool:
    """Put the common root together, if sandboxes may change copies of it; say whether all is well."""
    try:
        if not recipe.in_user_namespace:
            libc.unshare(libc.CLONE_NEWNS)
            mounts.build_root(recipe)
            if recipe.zygote:
                _start_zygote(recipe, zygote_door[0])
            if recipe.hands_over_mounts:
                mounts.close_outside()
    except OSError as error:
        inside.report_failure(door, error)
        return False
    return True


def _fork(control: int, own_namespace: int, recipe: Recipe) -> None:
    fork = _fork_in_user_namespace if recipe.in_user_namespace else _fork_process_one
    fork(control, own_namespace, recipe)


def _start_zygote(recipe: Recipe, zygote_door: int) -> None:
    """Start an interpreter in the common root; it may need the host's files until it has loaded everything."""
    loaded, loading = os.pipe()
    if os.fork() == 0:
        try:
            moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 16) for descriptor in (zygote_door, loading)]
            for target, source in enumerate(moved, start=3):
                os.dup2(source, target)
            os.closerange(5, 1 << 20)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.execve(recipe.zygote[0], recipe.zygote, recipe.zygote_environment)
        except OSError as error:
            inside.report_failure(socket.socket(fileno=3), error)
        finally:
            os._exit(127)
    os.close(zygote_door)
    os.close(loading)
    os.read(loaded, 1)  # it never writes, so this ends when it has closed the pipe, or ended
    os.close(loaded)


def _fork_process_one(control: int, own_namespace: int, recipe: Recipe) -> None:
    libc.unshare(libc.CLONE_NEWPID)  # for the next child; this process stays where it is
    try:
        pid = os.fork()
        if pid == 0:
            _leave_launcher(control, recipe)
    except OSError as error:
        print(f"sandbox launcher: {error}", file=sys.stderr)
    finally:
        libc.setns(own_namespace, libc.CLONE_NEWPID)
        os.close(control)


def _fork_in_user_namespace(control: int, own_namespace: int, recipe: Recipe) -> None:
    try:
        if os.fork() == 0:
            _stand_between(control, own_namespace, recipe)
    except OSError as error:
        print(f"sandbox launcher: {error}", file=sys.stderr)
    finally:
        os.close(control)


def _stand_between(control: int, own_namespace: int, recipe: Recipe) -> NoReturn:
    """Enter a user namespace, fork process 1 in it, and end."""
    try:
        user_namespace.enter(UID, recipe.gid)
        libc.unshare(libc.CLONE_NEWPID)
        if os.fork() == 0:
            os.close(own_namespace)
            _leave_launcher(control, recipe)
    except OSError as error:
        inside.report_failure(socket.socket(fileno=control), error)
    finally:
        os._exit(0)


def _leave_launcher(control: int, recipe: Recipe) -> NoReturn:
    """Go on as process 1 with nothing of the launcher but the control channel."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if control != _CONTROL:  # to duplicate a descriptor onto itself is an error
        os.dup2(control, _CONTROL, inheritable=False)
    os.closerange(_CONTROL + 1, 1 << 20)
    inside.be_process_one(socket.socket(fileno=_CONTROL), recipe)


if __name__ == "__main__":
    main()
