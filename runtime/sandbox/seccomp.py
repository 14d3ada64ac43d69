"""Which system calls a sandbox may not make: the lists, and the BPF program that enforces them.

The filter denies what reaches past the sandbox or has let people out of one before: new namespaces, mounts, other
processes' memory, the kernel's own machinery. Everything else is allowed, because a function is an ordinary program.
It is the last wall, not the only one: the process has no capabilities and no privileges to gain anyway.

A denied call fails with ``EPERM``. ``clone3`` fails with ``ENOSYS``, because a filter cannot look at its flags behind
the pointer and every C library then falls back to ``clone``, whose flags are looked at. A call in another
architecture's numbering (32-bit code) kills the process: its numbers would mean something else.
"""

from __future__ import annotations

import errno
import functools
import struct

from runtime.sandbox import libc

DENIED = {
    "leaving the sandbox": (
        "unshare setns mount umount2 pivot_root chroot fsopen fsconfig fsmount fspick open_tree move_mount "
        "mount_setattr open_tree_attr name_to_handle_at open_by_handle_at fanotify_init quotactl quotactl_fd"
    ),
    "reading and steering other processes": (
        "ptrace process_vm_readv process_vm_writev process_madvise pidfd_getfd kcmp move_pages migrate_pages"
    ),
    "the kernel's machinery": (
        "bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register init_module finit_module "
        "delete_module kexec_load kexec_file_load lookup_dcookie nfsservctl iopl ioperm modify_ldt uselib sysfs"
    ),
    "keys": "add_key request_key keyctl",
    "its own walls": "lsm_set_self_attr sethostname setdomainname",
    "the machine": (
        "reboot swapon swapoff syslog acct vhangup settimeofday clock_settime clock_adjtime adjtimex "
        "mbind set_mempolicy set_mempolicy_home_node"
    ),
}

AROUND_PROCESS_ONE = "memfd_create memfd_secret shmget timer_create mq_notify"
"""Denied where process 1 stands in for the cgroup: memory that no process maps is not sampled, and a process that lets
itself be sent ``SIGCONT`` would not stay stopped."""

SIGNALLING = {
    "kill": 1, "tkill": 1, "tgkill": 2, "rt_sigqueueinfo": 1, "rt_tgsigqueueinfo": 2, "pidfd_send_signal": 1,
}  # fmt: skip
"""Calls that send a signal, and which argument is its number: it may not be ``SIGCONT`` then either."""

ABOUT_PROCESS_ONE = (
    "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open prlimit64 sched_setparam sched_setscheduler "
    "sched_setaffinity sched_setattr"
)
"""Calls whose first argument is a process: process 1 may not be it, also where it has the same user as the program."""

NUMBERS = {
    "x86_64": {
        "kill": 62, "tkill": 200, "tgkill": 234, "rt_sigqueueinfo": 129, "rt_tgsigqueueinfo": 297, "pidfd_open": 434,
        "prlimit64": 302, "sched_setparam": 142, "sched_setscheduler": 144, "sched_setaffinity": 203,
        "sched_setattr": 314, "setpriority": 141, "timer_create": 222, "mq_notify": 244, "pidfd_send_signal": 424,
        "fcntl": 72, "memfd_create": 319, "memfd_secret": 447, "shmget": 29,
        "clone": 56, "clone3": 435, "socket": 41, "socketpair": 53, "ioctl": 16, "personality": 135,
        "close": 3, "close_range": 436,
        "lsm_set_self_attr": 460, "sethostname": 170, "setdomainname": 171, "open_tree_attr": 467,
        "unshare": 272, "setns": 308, "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "fsopen": 430,
        "fsconfig": 431, "fsmount": 432, "fspick": 433, "open_tree": 428, "move_mount": 429, "mount_setattr": 442,
        "name_to_handle_at": 303, "open_by_handle_at": 304, "fanotify_init": 300, "quotactl": 179, "quotactl_fd": 443,
        "ptrace": 101, "process_vm_readv": 310, "process_vm_writev": 311, "process_madvise": 440, "pidfd_getfd": 438,
        "kcmp": 312, "move_pages": 279, "migrate_pages": 256, "bpf": 321, "perf_event_open": 298, "userfaultfd": 323,
        "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "init_module": 175,
        "finit_module": 313, "delete_module": 176, "kexec_load": 246, "kexec_file_load": 320, "lookup_dcookie": 212,
        "nfsservctl": 180, "iopl": 172, "ioperm": 173, "modify_ldt": 154, "uselib": 134, "sysfs": 139,
        "add_key": 248, "request_key": 249, "keyctl": 250, "reboot": 169, "swapon": 167, "swapoff": 168,
        "syslog": 103, "acct": 163, "vhangup": 153, "settimeofday": 164, "clock_settime": 227, "clock_adjtime": 305,
        "adjtimex": 159, "mbind": 237, "set_mempolicy": 238, "set_mempolicy_home_node": 450,
    },
    "aarch64": {
        "kill": 129, "tkill": 130, "tgkill": 131, "rt_sigqueueinfo": 138, "rt_tgsigqueueinfo": 240, "pidfd_open": 434,
        "prlimit64": 261, "sched_setparam": 118, "sched_setscheduler": 119, "sched_setaffinity": 122,
        "sched_setattr": 274, "setpriority": 140, "timer_create": 107, "mq_notify": 184, "pidfd_send_signal": 424,
        "fcntl": 25, "memfd_create": 279, "memfd_secret": 447, "shmget": 194,
        "clone": 220, "clone3": 435, "socket": 198, "socketpair": 199, "ioctl": 29, "personality": 92,
        "close": 57, "close_range": 436,
        "lsm_set_self_attr": 460, "sethostname": 161, "setdomainname": 162, "open_tree_attr": 467,
        "unshare": 97, "setns": 268, "mount": 40, "umount2": 39, "pivot_root": 41, "chroot": 51, "fsopen": 430,
        "fsconfig": 431, "fsmount": 432, "fspick": 433, "open_tree": 428, "move_mount": 429, "mount_setattr": 442,
        "name_to_handle_at": 264, "open_by_handle_at": 265, "fanotify_init": 262, "quotactl": 60, "quotactl_fd": 443,
        "ptrace": 117, "process_vm_readv": 270, "process_vm_writev": 271, "process_madvise": 440, "pidfd_getfd": 438,
        "kcmp": 272, "move_pages": 239, "migrate_pages": 238, "bpf": 280, "perf_event_open": 241, "userfaultfd": 282,
        "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427, "init_module": 105,
        "finit_module": 273, "delete_module": 106, "kexec_load": 104, "kexec_file_load": 294, "lookup_dcookie": 18,
        "nfsservctl": 42, "add_key": 217, "request_key": 218, "keyctl": 219, "reboot": 142, "swapon": 224,
        "swapoff": 225, "syslog": 116, "acct": 89, "vhangup": 58, "settimeofday": 170, "clock_settime": 112,
        "clock_adjtime": 266, "adjtimex": 171, "mbind": 235, "set_mempolicy": 237, "set_mempolicy_home_node": 450,
    },
}  # fmt: skip
"""System call numbers, from the kernel's ``asm/unistd_64.h`` and ``asm-generic/unistd.h``."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_NEW_NAMESPACES = (
    libc.CLONE_NEWNS | libc.CLONE_NEWCGROUP | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC
    | libc.CLONE_NEWUSER | libc.CLONE_NEWPID | libc.CLONE_NEWNET
)  # fmt: skip
_SOCKET_FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}
_AF_NETLINK = 16
_NETLINK_ROUTE = 0
_AF_UNIX = 1
_PROTOCOLS = {"whatever goes with the type": 0, "TCP": 6, "UDP": 17}
_PERSONALITIES = {"Linux": 0, "which is it?": 0xFFFFFFFF}
_TERMINAL_REQUESTS = {"TIOCSTI": 0x5412, "TIOCLINUX": 0x541C}
"""Type on somebody else's terminal."""
SOCK_TYPE_MASK = 0xF
_SOCK_RAW = 3
_PRIO_USER = 2
_SIGCONT = 18
_EXIT_SIGNAL_MASK = 0xFF
_F_SETSIG = 10

# Offsets in struct seccomp_data; arguments are 64 bits wide and their low half comes first on both architectures.
NUMBER, _ARCHITECTURE, ARGUMENT = 0, 4, 16

LOAD, AND, EQUAL, _AT_LEAST, _ANY_BIT, RETURN = 0x20, 0x54, 0x15, 0x35, 0x45, 0x06
ALLOW, _KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000


def denied_names() -> tuple[str, ...]:
    """Return the names of all calls that fail with ``EPERM`` whatever their arguments."""
    return tuple(name for names in DENIED.values() for name in names.split())


@functools.cache
def program(machine: str, *, has_duties: bool = False, kept_open: int = 0) -> bytes:
    """Assemble the filter for an architecture.

    ``has_duties``: process 1 stands in for the cgroup. ``kept_open``: a process may have so many descriptors, and the
    last two of them stay open, so that it can be told that it once had them.
    """
    numbers = NUMBERS[machine]
    code = [
        step(LOAD, _ARCHITECTURE),
        step(EQUAL, _ARCHITECTURES[machine], 1, 0),
        step(RETURN, _KILL),
        step(LOAD, NUMBER),
        step(_AT_LEAST, _X32_BIT, 0, 1),
        step(RETURN, ERRNO | errno.ENOSYS),
    ]
    code += when(numbers["clone3"], [step(RETURN, ERRNO | errno.ENOSYS)])
    code += when(numbers["clone"], _judge_clone())
    code += when(numbers["socket"], _judge_socket())
    code += when(numbers["socketpair"], _allow_only(0, (_AF_UNIX,), errno.EAFNOSUPPORT))
    code += when(numbers["personality"], _allow_only(0, tuple(_PERSONALITIES.values()), errno.EPERM))
    code += when(numbers["ioctl"], _judge_arguments(*((1, request) for request in _TERMINAL_REQUESTS.values())))
    code += when(numbers["setpriority"], _judge_setpriority())
    if kept_open:
        code += when(numbers["close"], _pretend(kept_open - 1, kept_open - 2))
        code += when(numbers["close_range"], _judge_close_range(kept_open))
    signalling = SIGNALLING if has_duties else {}
    for name in dict.fromkeys((*ABOUT_PROCESS_ONE.split(), *signalling)):
        refused = [(0, 1)] if name in ABOUT_PROCESS_ONE.split() else []
        if name in signalling:
            refused.append((signalling[name], _SIGCONT))
        code += when(numbers[name], _judge_arguments(*refused))
    if has_duties:
        code += when(numbers["fcntl"], _judge_arguments((1, _F_SETSIG)))
    for name in (*denied_names(), *(AROUND_PROCESS_ONE.split() if has_duties else ())):
        if name in numbers:
            code += when(numbers[name], [step(RETURN, ERRNO | errno.EPERM)])
    code.append(step(RETURN, ALLOW))
    return b"".join(code)


def _judge_clone() -> list[bytes]:
    """Allow processes and threads, deny namespaces, and children whose end would continue a stopped parent."""
    return [
        step(LOAD, ARGUMENT),
        step(_ANY_BIT, _NEW_NAMESPACES, 0, 1),
        step(RETURN, ERRNO | errno.EPERM),
        step(AND, _EXIT_SIGNAL_MASK),
        *when(_SIGCONT, [step(RETURN, ERRNO | errno.EPERM)]),
        step(RETURN, ALLOW),
    ]


def _judge_arguments(*refused: tuple[int, int]) -> list[bytes]:
    """Deny certain values of certain arguments: pairs of position and value."""
    code = []
    for position, value in refused:
        code.append(step(LOAD, ARGUMENT + 8 * position))
        code += when(value, [step(RETURN, ERRNO | errno.EPERM)])
    return [*code, step(RETURN, ALLOW)]


def _allow_only(position: int, values: tuple[int, ...], error: int) -> list[bytes]:
    """Allow certain values of an argument and no others."""
    code = [step(LOAD, ARGUMENT + 8 * position)]
    for value in values:
        code += when(value, [step(RETURN, ALLOW)])
    return [*code, step(RETURN, ERRNO | error)]


def _pretend(*values: int) -> list[bytes]:
    """Do nothing for certain values of the first argument, and answer that all is well."""
    code = [step(LOAD, ARGUMENT)]
    for value in values:
        code += when(value, [step(RETURN, ERRNO)])
    return [*code, step(RETURN, ALLOW)]


def _judge_close_range(most: int) -> list[bytes]:
    """Answer that there is no such call, as old kernels do, if it would close the last two; one by one they stay."""
    return [
        step(LOAD, ARGUMENT + 8),
        step(_AT_LEAST, most - 2, 0, 1),
        step(RETURN, ERRNO | errno.ENOSYS),
        step(RETURN, ALLOW),
    ]


def _judge_setpriority() -> list[bytes]:
    """Allow a process to be nice itself, but not to make process 1 or all that have its user so."""
    return [
        step(LOAD, ARGUMENT),
        *when(_PRIO_USER, [step(RETURN, ERRNO | errno.EPERM)]),
        *_judge_arguments((1, 1)),
    ]


def _judge_socket() -> list[bytes]:
    """Allow TCP, UDP, Unix sockets and the netlink that lists interfaces; deny raw sockets, and all other families and
    protocols, many of which are modules of the kernel that are loaded when somebody asks for them.
    """
    internet = [
        step(LOAD, ARGUMENT + 8),
        step(AND, SOCK_TYPE_MASK),
        step(EQUAL, _SOCK_RAW, 0, 1),
        step(RETURN, ERRNO | errno.EPERM),
        *_allow_only(2, tuple(_PROTOCOLS.values()), errno.EPROTONOSUPPORT),
    ]
    netlink = [
        step(LOAD, ARGUMENT + 16),
        step(EQUAL, _NETLINK_ROUTE, 1, 0),
        step(RETURN, ERRNO | errno.EPERM),
        step(RETURN, ALLOW),
    ]
    code = [step(LOAD, ARGUMENT)]
    for family in _SOCKET_FAMILIES.values():
        code += when(family, internet)
    code += when(_AF_NETLINK, netlink)
    code.append(step(RETURN, ERRNO | errno.EAFNOSUPPORT))
    return code


def when(value: int, then: list[bytes]) -> list[bytes]:
    """Run some steps, which must end in a verdict, if what was loaded has this value."""
    return [step(EQUAL, value, 0, len(then)), *then]


def step(operation: int, operand: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", operation, if_true, if_false, operand)
