"""Try what this process may do to make a sandbox, and print the result as JSON: ``python -m runtime.sandbox.probe``.

It runs as a process of its own, because what it tries cannot be undone in the process that tries it. For each attempt
it prints an empty string, or the kernel's reason. With ``--user-namespace`` everything is tried in one.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import platform
from collections.abc import Callable

from runtime.sandbox import libc, seccomp, user_namespace
from runtime.sandbox.recipe import GID, UID

ATTEMPTS: dict[str, Callable[[], None]] = {
    "user namespace": lambda: None,  # tried before every attempt, where it is needed
    "mount namespace": lambda: libc.unshare(libc.CLONE_NEWNS),
    "process namespace": lambda: libc.unshare(libc.CLONE_NEWPID),
    "mounting /proc": lambda: _try_proc(),
    "IPC namespace": lambda: libc.unshare(libc.CLONE_NEWIPC),
    "UTS namespace": lambda: libc.unshare(libc.CLONE_NEWUTS),
    "network namespace": lambda: libc.unshare(libc.CLONE_NEWNET),
    "unprivileged user": lambda: os.setresuid(UID, UID, UID),
    "seccomp": lambda: _try_seccomp(),
    "ext4": lambda: _try_mount(),
}


def attempt(action: Callable[[], None], *, is_in_user_namespace: bool) -> str:
    """Run one attempt in a child of its own; return the reason for which it failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if is_in_user_namespace:
                user_namespace.enter(UID, GID)
            action()
        except (OSError, KeyError) as error:
            os.write(writing, (getattr(error, "strerror", None) or str(error)).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        reason = answer.read()
    os.waitpid(child, 0)
    return reason


def _try_seccomp() -> None:
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    libc.install_seccomp_filter(seccomp.program(platform.machine()))


def _try_proc() -> None:
    """Mount the processes of a new namespace: refused where something lies over parts of the host's ``/proc``."""
    libc.unshare(libc.CLONE_NEWNS | libc.CLONE_NEWPID)
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
            libc.mount("proc", "/proc", "proc", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC)
        except OSError as error:
            os.write(writing, bytes([error.errno or errno.EPERM]))
        finally:
            os._exit(0)
    os.close(writing)
    if number := os.read(reading, 1):
        raise OSError(number[0], os.strerror(number[0]))


def _try_mount() -> None:
    """Mount the device that was named on the command line, where nobody else sees it."""
    if options.device:
        libc.unshare(libc.CLONE_NEWNS)
        libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
        libc.mount(options.device, "/mnt", "ext4")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--user-namespace", action="store_true")
    parser.add_argument("--only", choices=ATTEMPTS, nargs="+", default=list(ATTEMPTS))
    parser.add_argument("--device")
    options = parser.parse_args()
    answers = {name: attempt(ATTEMPTS[name], is_in_user_namespace=options.user_namespace) for name in options.only}
    print(json.dumps(answers))
