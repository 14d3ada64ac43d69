"""Try what this process may do to make a sandbox, and print the result as JSON: ``python -m runtime.sandbox.probe``.

It runs as a process of its own, because what it tries cannot be undone in the process that tries it. For each attempt
it prints an empty string, or the kernel's reason.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable

from runtime.sandbox import libc, seccomp

ATTEMPTS: dict[str, Callable[[], None]] = {
    "mount namespace": lambda: libc.unshare(libc.CLONE_NEWNS),
    "process namespace": lambda: libc.unshare(libc.CLONE_NEWPID),
    "IPC namespace": lambda: libc.unshare(libc.CLONE_NEWIPC),
    "UTS namespace": lambda: libc.unshare(libc.CLONE_NEWUTS),
    "network namespace": lambda: libc.unshare(libc.CLONE_NEWNET),
    "unprivileged user": lambda: os.setresuid(65_534, 65_534, 65_534),
    "seccomp": lambda: _try_seccomp(),
    "ext4": lambda: _try_mount(),
}


def attempt(action: Callable[[], None]) -> str:
    """Run one attempt in a child of its own; return the reason for which it failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
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


def _try_mount() -> None:
    """Mount the device that was named on the command line, where nobody else sees it."""
    if len(sys.argv) > 1:
        libc.unshare(libc.CLONE_NEWNS)
        libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
        libc.mount(sys.argv[1], "/mnt", "ext4")


if __name__ == "__main__":
    print(json.dumps({name: attempt(action) for name, action in ATTEMPTS.items()}))
