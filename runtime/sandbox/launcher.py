"""The process that forks sandboxes, so that the runtime, with its threads and its memory, never has to.

*Theory of operation.* ``python -m runtime.sandbox.launcher FD`` stays small and single-threaded: forking it costs well
under a millisecond, and forking is safe in it. Each message on its door brings a control channel; the launcher forks a
process 1 in a new process namespace, hands it that channel, and forgets it but for reaping it. Everything else is
said between the runtime and process 1. When its door closes, because the runtime closed it or died, it ends. The
sandboxes do not depend on it: each of them ends when the runtime lets go of its control channel.

With ``--user-namespace``, for a runtime without root, each process 1 is born in a user namespace of its own. A process
cannot come back from one, so another process goes in between: it enters, forks process 1, and ends.
"""

from __future__ import annotations

import gc
import os
import platform
import select
import signal
import socket
import sys
from typing import NoReturn

from runtime.sandbox import inside, libc, seccomp, user_namespace
from runtime.sandbox.recipe import GID, UID, receive


def main() -> None:
    """Fork a process 1 for each control channel that comes through the door, until the door closes."""
    door = socket.socket(fileno=int(sys.argv[1]))
    fork = _fork_in_user_namespace if "--user-namespace" in sys.argv else _fork_process_one
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)  # the parent of what a process in between leaves
    door.set_inheritable(False)
    own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY)
    bell, ringer = os.pipe()
    os.set_blocking(ringer, False)
    # What is made in a root must be readable inside, however cautious the runtime's own user is.
    os.umask(0o022)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
    for has_duties in (False, True):
        seccomp.program(platform.machine(), has_duties=has_duties)  # once, for all that are forked
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
            if not message:
                return
            fork(descriptors[0], own_namespace)


def _fork_process_one(control: int, own_namespace: int) -> None:
    libc.unshare(libc.CLONE_NEWPID)  # for the next child; this process stays where it is
    try:
        pid = os.fork()
        if pid == 0:
            _leave_launcher(control)
    except OSError as error:
        print(f"sandbox launcher: {error}", file=sys.stderr)
    finally:
        libc.setns(own_namespace, libc.CLONE_NEWPID)
        os.close(control)


def _fork_in_user_namespace(control: int, own_namespace: int) -> None:
    try:
        if os.fork() == 0:
            _stand_between(control, own_namespace)
    except OSError as error:
        print(f"sandbox launcher: {error}", file=sys.stderr)
    finally:
        os.close(control)


def _stand_between(control: int, own_namespace: int) -> NoReturn:
    """Enter a user namespace, fork process 1 in it, and end."""
    try:
        user_namespace.enter(UID, GID)
        libc.unshare(libc.CLONE_NEWPID)
        if os.fork() == 0:
            os.close(own_namespace)
            _leave_launcher(control)
    except OSError as error:
        inside.report_failure(socket.socket(fileno=control), error)
    finally:
        os._exit(0)


def _leave_launcher(control: int) -> NoReturn:
    """Go on as process 1 with nothing of the launcher but the control channel."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(control, 3, inheritable=False)
    os.closerange(4, 1 << 20)
    inside.be_process_one(socket.socket(fileno=3))


if __name__ == "__main__":
    main()
