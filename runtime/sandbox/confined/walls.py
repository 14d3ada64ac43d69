"""What a sandbox without namespaces may not ask of the kernel, beyond what none may (``runtime/sandbox/seccomp.py``).

Where no namespace stands between, processes of the same user can be reached by their number, sockets and queues by
their name, and the network is the machine's own. So these calls are denied as far as they reach outside:

* sockets: only TCP, whose ports Landlock restricts; Unix sockets only in pairs, which have no name; netlink only to
  list interfaces. UDP would reach everybody, and the way to Landlock's ports by another protocol is closed;
* System V and POSIX queues and semaphores, which have names of the whole machine;
* another process's limits, priorities and processors: a program may change its own;
* where Landlock does not restrict signals: those to everybody, and to the guardian.

The second filter gives no verdict on calls that name files: they wait for the guardian's (``verdicts.py``).
"""

from __future__ import annotations

import errno
import signal
from collections.abc import Sequence

from runtime.sandbox.seccomp import (
    ALLOW,
    AND,
    ARGUMENT,
    EQUAL,
    ERRNO,
    LOAD,
    NUMBER,
    NUMBERS,
    RETURN,
    SOCK_TYPE_MASK,
    step,
    when,
)

REACHING_OUT = {
    "x86_64": {
        "socket": 41, "socketpair": 53, "msgget": 68, "semget": 64, "mq_open": 240, "ioprio_set": 251,
        "truncate": 76,
        **{name: NUMBERS["x86_64"][name] for name in ("kill", "setpriority")},
    },
    "aarch64": {
        "socket": 198, "socketpair": 199, "msgget": 186, "semget": 190, "mq_open": 180, "ioprio_set": 30,
        "truncate": 45,
        **{name: NUMBERS["aarch64"][name] for name in ("kill", "setpriority")},
    },
}  # fmt: skip
DENIED = ("msgget", "semget", "mq_open", "ioprio_set")
OF_ONESELF = ("prlimit64", "sched_setparam", "sched_setscheduler", "sched_setaffinity", "sched_setattr")
"""Calls whose first argument is a process: 0 is the one that calls."""

_WAIT = 0x7FC00000  # SECCOMP_RET_USER_NOTIF
_AF_UNIX, _AF_INET, _AF_INET6, _AF_NETLINK = 1, 2, 10, 16
_SOCK_STREAM, _SOCK_SEQPACKET = 1, 5
_IPPROTO_TCP = 6
_EVERYBODY = 0xFFFFFFFF  # -1
_REFUSE = step(RETURN, ERRNO | errno.EPERM)
_PASS = step(RETURN, ALLOW)


def program(machine: str, guardian: int, *, may_signal: bool, may_truncate: bool) -> bytes:
    """Assemble the filter of what reaches outside.

    ``may_signal`` and ``may_truncate``: Landlock restricts that.
    """
    numbers = REACHING_OUT[machine]
    code = [step(LOAD, NUMBER)]
    code += when(numbers["socket"], _judge_socket())
    code += when(numbers["socketpair"], _judge_socketpair())
    for name in (*DENIED, *(() if may_truncate else ("truncate",))):
        code += when(numbers[name], [_REFUSE])
    for name in OF_ONESELF:
        code += when(NUMBERS[machine][name], [step(LOAD, ARGUMENT), *when(0, [_PASS]), _REFUSE])
    code += when(numbers["setpriority"], [step(LOAD, ARGUMENT + 8), *when(0, [_PASS]), _REFUSE])
    if not may_signal:
        for name in ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_open"):
            spared = [line for target in (_EVERYBODY, guardian) for line in when(target, [_REFUSE])]
            code += when(NUMBERS[machine][name], [step(LOAD, ARGUMENT), *spared, _PASS])
    return b"".join([*code, _PASS])


def waiting(numbers: Sequence[int], action: int) -> bytes:
    """Assemble the filter that lets calls wait for the guardian's verdict; ``action``, if it is about children."""
    code = [step(LOAD, NUMBER)]
    for number in numbers:
        code += when(number, [step(RETURN, _WAIT)])
    code += when(action, [step(LOAD, ARGUMENT), *when(signal.SIGCHLD, [step(RETURN, _WAIT)]), _PASS])
    return b"".join([*code, _PASS])


def _judge_socket() -> list[bytes]:
    tcp = [
        step(LOAD, ARGUMENT + 8),
        step(AND, SOCK_TYPE_MASK),
        step(EQUAL, _SOCK_STREAM, 1, 0),
        _REFUSE,
        step(LOAD, ARGUMENT + 16),
        *when(0, [_PASS]),
        *when(_IPPROTO_TCP, [_PASS]),
        _REFUSE,
    ]
    code = [step(LOAD, ARGUMENT)]
    for family in (_AF_INET, _AF_INET6):
        code += when(family, tcp)
    return [*code, *when(_AF_NETLINK, [_PASS]), step(RETURN, ERRNO | errno.EAFNOSUPPORT)]


def _judge_socketpair() -> list[bytes]:
    """Allow pairs that are connected for good; a pair of datagram sockets could be connected to somebody else."""
    return [
        step(LOAD, ARGUMENT + 8),
        step(AND, SOCK_TYPE_MASK),
        *when(_SOCK_STREAM, [_PASS]),
        *when(_SOCK_SEQPACKET, [_PASS]),
        _REFUSE,
    ]
