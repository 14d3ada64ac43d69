"""The process that forks guardians: ``python -m runtime.sandbox.confined.launcher FD``.

As the launcher of the namespaces backend it stays small and has one thread, so forking it is cheap and safe; each
message on its door brings a control channel for a new guardian. Who becomes its child without being a guardian has lost
his: such a process, and what descends from it, is ended. When its door closes it waits until nobody is left, and ends.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from runtime.sandbox import inside, libc
from runtime.sandbox.confined import guardian
from runtime.sandbox.recipe import receive
from runtime.sandbox.tree import offspring


def main() -> None:
    """Fork a guardian for each control channel that comes through the door, until the door closes."""
    door = socket.socket(fileno=int(sys.argv[1]))
    door.set_inheritable(False)
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    os.umask(0o022)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    bell = inside.ring_when_children_end()
    gc.collect()
    gc.freeze()
    guardians: set[int] = set()
    is_open = True
    while is_open or guardians:
        ready, _, _ = select.select([bell, *([door.fileno()] if is_open else [])], [], [])
        if bell in ready:
            os.read(bell, 4096)
            guardians -= _end_orphans(guardians)
        if door.fileno() in ready:
            message, descriptors = receive(door)
            is_open = bool(message)
            guardians |= {_fork(control) for control in descriptors}


def _fork(control: int) -> int:
    pid = os.fork()
    if pid == 0:
        _leave_launcher(control)
    os.close(control)
    return pid


def _leave_launcher(control: int) -> NoReturn:
    """Go on as a guardian with nothing of the launcher but the control channel."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(control, 3, inheritable=False)
    os.closerange(4, 1 << 20)
    guardian.be_guardian(socket.socket(fileno=3))


def _end_orphans(guardians: set[int]) -> set[int]:
    """Reap, and kill every child that is no guardian with its descendants; return the guardians that have ended."""
    ended: set[int] = set()
    while True:
        ended |= {pid for pid, _ in inside.ended_children()}
        orphans = set(_children()) - guardians
        if not orphans:
            return ended & guardians
        for orphan in orphans:
            for pid in (orphan, *offspring(orphan)):
                _kill(pid)


def _children() -> list[int]:
    """List the own children; this process has one thread."""
    with open(f"/proc/self/task/{os.getpid()}/children", "rb") as file:  # noqa: PTH123
        return [int(pid) for pid in file.read().split()]


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    main()
