"""The floor: a small process that forks children which do what any sandbox must have the kernel do, and no more.

``python -m tests.benchmarks.floor_process DESCRIPTOR [--network]``: for every byte on the socket it forks a child in
new process, mount, host name and IPC namespaces (and with ``--network`` a new network namespace with loopback up). The
child gives itself a root of its own: a tmpfs, ``/usr`` read-only with the links that lead into it, the devices' null,
``/proc``, and a tmpfs as ``/tmp``; it moves into it, becomes an unprivileged user and says so by one byte, which goes
back when the child has been reaped.

It has no cgroup, no disk, no seccomp filter, no listeners, no program: nothing is executed in it. That is why it is the
floor. It is Python, because a compiler is not on everybody's machine; C takes about half a millisecond less.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from typing import NoReturn

from runtime.sandbox import libc, network
from runtime.sandbox.recipe import GID, UID

LINKS = ("bin", "sbin", "lib", "lib64")
FLAGS = libc.MS_NOSUID | libc.MS_NODEV


def main() -> None:
    """Fork for every byte until the socket closes."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    kinds = libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC
    if "--network" in sys.argv:
        kinds |= libc.CLONE_NEWNET
    own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY)
    report, reporter = os.pipe()
    gc.freeze()
    while channel.recv(1):
        libc.unshare(libc.CLONE_NEWPID)
        child = os.fork()
        if child == 0:
            _enclose(kinds, reporter)
        libc.setns(own_namespace, libc.CLONE_NEWPID)
        said = os.read(report, 1)
        os.waitpid(child, 0)
        channel.send(said)


def _enclose(kinds: int, reporter: int) -> NoReturn:
    said = b"!"
    try:
        libc.unshare(kinds)
        if kinds & libc.CLONE_NEWNET:
            network.raise_loopback()
        _move_into_new_root("/mnt")
        os.setgroups([])
        os.setresgid(GID, GID, GID)
        os.setresuid(UID, UID, UID)
        said = b"."
    finally:
        os.write(reporter, said)
        os._exit(0)


def _move_into_new_root(root: str) -> None:
    libc.mount("", "/", flags=libc.MS_REC | libc.MS_PRIVATE)
    libc.mount("root", root, "tmpfs", FLAGS, "mode=755,size=1m")
    for place in ("usr", "dev", "proc", "tmp"):
        os.mkdir(f"{root}/{place}")  # noqa: PTH102
    libc.bind_read_only("/usr", f"{root}/usr")
    for link in LINKS:
        os.symlink(f"usr/{link}", f"{root}/{link}")  # noqa: PTH211
    os.close(os.open(f"{root}/dev/null", os.O_CREAT | os.O_WRONLY))
    libc.mount("/dev/null", f"{root}/dev/null", flags=libc.MS_BIND)
    libc.mount("tmp", f"{root}/tmp", "tmpfs", FLAGS, "mode=1777,size=512m")
    libc.mount("proc", f"{root}/proc", "proc", libc.MS_RDONLY | FLAGS | libc.MS_NOEXEC)
    os.chdir(root)
    libc.pivot_root(".", ".")
    libc.unmount(".", libc.MNT_DETACH)
    libc.mount("", "/", flags=libc.MS_REMOUNT | libc.MS_BIND | libc.MS_RDONLY | FLAGS)


if __name__ == "__main__":
    main()
