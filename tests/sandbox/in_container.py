"""Run a command as in a default container: ``in_container.py [--user=NAME] PATH... -- COMMAND``; paths are reachable.

What a default Docker or Kubernetes container forbids is forbidden: namespaces and mounts by a seccomp filter, and by
the lack of CAP_SYS_ADMIN; cgroups by a read-only mount. What it allows stays allowed, ``ptrace`` of one's own for
example. Without ``--user`` the command runs as the container's root. Source: Docker's default profile, and the table of
capabilities in its documentation.
"""

from __future__ import annotations

import errno
import os
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from runtime.sandbox import libc
from runtime.sandbox.seccomp import ALLOW, ARGUMENT, ERRNO, LOAD, NUMBER, NUMBERS, RETURN, denied_names, step, when
from tests.sandbox import as_nobody

CAPABILITIES = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
"""CHOWN, DAC_OVERRIDE, FOWNER, FSETID, KILL, SETGID, SETUID, SETPCAP, NET_BIND_SERVICE, NET_RAW, SYS_CHROOT, MKNOD,
AUDIT_WRITE, SETFCAP."""
ALLOWED = {"ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "chroot", "pidfd_getfd", "process_madvise"}
_NEW_NAMESPACES = (
    libc.CLONE_NEWNS | libc.CLONE_NEWCGROUP | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC | libc.CLONE_NEWUSER
    | libc.CLONE_NEWPID | libc.CLONE_NEWNET
)  # fmt: skip
_ANY_BIT = 0x45


def profile() -> bytes:
    """Return a filter that denies what the default profile denies to who lacks CAP_SYS_ADMIN."""
    numbers = NUMBERS[platform.machine()]
    refuse, allow = step(RETURN, ERRNO | errno.EPERM), step(RETURN, ALLOW)
    code = [step(LOAD, NUMBER), *when(numbers["clone3"], [step(RETURN, ERRNO | errno.ENOSYS)])]
    code += when(numbers["clone"], [step(LOAD, ARGUMENT), step(_ANY_BIT, _NEW_NAMESPACES, 0, 1), refuse, allow])
    for name in set(denied_names()) - ALLOWED:
        if name in numbers:
            code += when(numbers[name], [refuse])
    return b"".join([*code, allow])


def main() -> None:
    border = sys.argv.index("--")
    user = sys.argv[1].removeprefix("--user=") if sys.argv[1].startswith("--user=") else ""
    as_nobody.show([Path(path).resolve() for path in sys.argv[1 + bool(user) : border]])
    libc.bind_tree_read_only("/sys/fs/cgroup", "/sys/fs/cgroup")
    libc.install_seccomp_filter(profile())
    for capability in range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1):
        if capability not in CAPABILITIES:
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
    if user:
        as_nobody.become(user)
    command = sys.argv[border + 1 :]
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
