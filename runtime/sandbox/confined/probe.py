"""Try what a confined sandbox can be made of here, and print it as JSON: ``python -m runtime.sandbox.confined.probe``.

It runs as a process of its own, because what it tries cannot be undone in the process that tries it. It prints the
version of Landlock, and for each attempt an empty string or the reason for which it failed.
"""

from __future__ import annotations

# Plain calls instead of pathlib: what is tried are the calls.
# ruff: noqa: PTH116
import json
import os
import platform
import socket
from _thread import allocate_lock, start_new_thread
from collections.abc import Callable

from runtime.sandbox import libc, seccomp
from runtime.sandbox.confined import landlock, walls
from runtime.sandbox.confined.names import Names
from runtime.sandbox.confined.verdicts import MACHINE, SIGACTION, WAITING, Verdicts
from runtime.sandbox.probe import attempt
from runtime.sandbox.recipe import GID, UID, receive, send

_NAME = "/lambda-lab-probe"


def main() -> None:
    version = landlock.abi()
    attempts: dict[str, Callable[[], None]] = {
        "seccomp": _try_seccomp,
        "children": lambda: os.close(os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)),
        "user": _try_user,
        "landlock": lambda: _try_landlock(version),
    }
    reasons = {name: attempt(action, is_in_user_namespace=False) for name, action in attempts.items()}
    reasons["names"] = _try_names()
    print(json.dumps({"landlock": 0 if reasons.pop("landlock") else version, **reasons}))


def _try_seccomp() -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    machine = platform.machine()
    libc.install_seccomp_filter(seccomp.program(machine, has_duties=True))
    libc.install_seccomp_filter(walls.program(machine, 1, may_signal=True, may_truncate=True))


def _try_user() -> None:
    os.setgroups([])
    os.setresgid(GID, GID, GID)
    os.setresuid(UID, UID, UID)


def _try_landlock(version: int) -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    landlock.Ruleset(version).enforce()


def _try_names() -> str:
    """Let a child ask for a name that there is not, and change it into one that there is."""
    if platform.machine() != MACHINE:
        return f"names in system calls are changed on {MACHINE} only, and this is {platform.machine()}"
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        _ask(theirs)
    theirs.close()
    message, listeners = receive(ours)
    if not listeners:
        os.waitpid(child, 0)
        return str(message.get("reason", "the child that asks for a verdict ended without a word"))
    verdicts = Verdicts(listeners[0], Names({_NAME: "/"}, {}), allocate_lock())
    start_new_thread(verdicts.serve, ())
    answer, _ = receive(ours)
    os.waitpid(child, 0)
    return str(answer.get("reason", "the child that asked for a verdict ended without a word"))


def _ask(channel: socket.socket) -> None:
    try:
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        listener = libc.install_seccomp_listener(walls.waiting(WAITING, SIGACTION))
        send(channel, {}, [listener])
        os.close(listener)
        os.stat(f"{_NAME}/proc")
        send(channel, {"reason": ""})
    except OSError as error:
        send(channel, {"reason": error.strerror})
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
