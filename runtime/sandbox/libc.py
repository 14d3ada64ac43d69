"""The Linux calls that Python 3.11 has no name for, as plain functions that raise ``OSError`` with what was tried.

They promise only that: no policy lives here. Which namespaces, mounts and privileges a sandbox has is decided in
``inside.py`` and ``mounts.py``. See the man page of each call.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_NOATIME = 1024
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

MOUNT_ATTR_RDONLY = 1
MOUNT_ATTR_NOSUID = 2
MOUNT_ATTR_NODEV = 4

PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_CAPSET = {"x86_64": 126, "aarch64": 91}
_SCHED_SETATTR = {"x86_64": 314, "aarch64": 274}
_SHORT_TURN_NS = 100_000
_RESET_ON_FORK = 1
_OPEN_TREE = 428
_MOVE_MOUNT = 429
_MOUNT_SETATTR = 442
_OPEN_TREE_CLONE = 1
_MOVE_MOUNT_F_EMPTY_PATH = 4
_AT_EMPTY_PATH = 0x1000
_SECCOMP_SET_MODE_FILTER = 1
_MOST_CAPABILITIES = 64
_CAPABILITY_VERSION_3 = 0x20080522
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000

_READ_MEMORY = {"x86_64": 310, "aarch64": 270}
_PTRACE = {"x86_64": 101, "aarch64": 117}
_NEW_LISTENER = 1 << 3
_WAIT_KILLABLE_RECEIVED = 1 << 5

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = ctypes.CDLL(None, use_errno=True).syscall
_syscall.restype = ctypes.c_long


def unshare(flags: int) -> None:
    """Leave namespaces that are shared with the parent, for new ones."""
    _check(_libc.unshare(ctypes.c_int(flags)), f"unshare {flags:#x}")


def setns(descriptor: int, kind: int) -> None:
    """Enter the namespace that the descriptor refers to."""
    _check(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(kind)), f"setns {kind:#x}")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """Attach a file system, or change one that is attached."""
    result = _libc.mount(
        source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), options.encode() or None
    )
    _check(result, f"mount {source} on {target}")


def bind_read_only(source: str, target: str, flags: int = MS_NOSUID | MS_NODEV) -> None:
    """Show a file or directory at a second place, where it cannot be written to."""
    mount(source, target, flags=MS_BIND)
    mount("", target, flags=MS_REMOUNT | MS_BIND | MS_RDONLY | flags)


def bind_tree_read_only(source: str, target: str) -> None:
    """Show a file or directory with all that is mounted below it; what was forbidden before stays forbidden.

    In a user namespace nothing else is allowed: no mount below may be uncovered, and no flag of the host's lifted.
    """
    mount(source, target, flags=MS_BIND | MS_REC)
    change = struct.pack("<QQQQ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0, 0, 0)
    result = _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, target.encode(), _AT_RECURSIVE, change, len(change))
    _check(result, f"mount_setattr {target}")


def detached_copy(source: str) -> int:
    """Return a descriptor of a mount that shows a directory read-only and lies nowhere yet; since Linux 5.12."""
    descriptor: int = _libc.syscall(_OPEN_TREE, _AT_FDCWD, source.encode(), _OPEN_TREE_CLONE | os.O_CLOEXEC)
    _check(min(descriptor, 0), f"open_tree {source}")
    change = struct.pack("<QQQQ", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, 0, 0, 0)
    result = _libc.syscall(_MOUNT_SETATTR, descriptor, b"", _AT_EMPTY_PATH, change, len(change))
    if result != 0:
        os.close(descriptor)
    _check(result, f"mount_setattr {source}")
    return descriptor


def attach_mount(descriptor: int, target: str) -> None:
    """Put a mount that lies nowhere at its place."""
    result = _libc.syscall(_MOVE_MOUNT, descriptor, b"", _AT_FDCWD, target.encode(), _MOVE_MOUNT_F_EMPTY_PATH)
    _check(result, f"move_mount {target}")


def unmount(target: str, flags: int = 0) -> None:
    _check(_libc.umount2(target.encode(), ctypes.c_int(flags)), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make a mount the root of this mount namespace."""
    _check(_libc.syscall(_PIVOT_ROOT[platform.machine()], new.encode(), old.encode()), "pivot_root")


def prctl(option: int, argument: int | bytes = 0, second: int = 0) -> None:
    first = argument if isinstance(argument, bytes) else ctypes.c_ulong(argument)
    result = _libc.prctl(ctypes.c_int(option), first, ctypes.c_ulong(second), ctypes.c_ulong(0), ctypes.c_ulong(0))
    _check(result, f"prctl {option}")


def drop_bounding_set() -> None:
    """Give up every capability that ``exec`` could give."""
    for capability in range(_MOST_CAPABILITIES):
        if _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0:
            number = ctypes.get_errno()
            if number == errno.EINVAL and capability:
                return  # the kernel knows no more
            raise OSError(number, f"prctl PR_CAPBSET_DROP {capability}: {os.strerror(number)}")


def drop_capabilities() -> None:
    """Give up every capability that this process holds; a change of user does so for root alone."""
    header = struct.pack("<Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.syscall(_CAPSET[platform.machine()], header, bytes(24)), "capset")


def schedule_soon() -> None:
    """Ask for short turns, which come sooner, since Linux 6.12; before, the kernel does not mind being asked."""
    attributes = struct.pack(
        "<IIQiIQQQ", 48, 0, _RESET_ON_FORK, os.getpriority(os.PRIO_PROCESS, 0), 0, _SHORT_TURN_NS, 0, 0
    )
    _check(_libc.syscall(_SCHED_SETATTR[platform.machine()], 0, attributes, 0), "sched_setattr")


class _FilterProgram(ctypes.Structure):
    """``struct sock_fprog``: how many BPF instructions, and where they are."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def install_seccomp_filter(instructions: bytes) -> None:
    """Judge every further system call of this process and its children by a BPF program (8 bytes an instruction)."""
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    program = _FilterProgram(len(instructions) // 8, ctypes.addressof(buffer))
    number = _SECCOMP[platform.machine()]
    _check(_libc.syscall(number, _SECCOMP_SET_MODE_FILTER, 0, ctypes.byref(program)), "seccomp")


def install_seccomp_listener(instructions: bytes) -> int:
    """Install a filter some of whose verdicts are given by who holds the descriptor that is returned."""
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    program = _FilterProgram(len(instructions) // 8, ctypes.addressof(buffer))
    number = _SECCOMP[platform.machine()]
    for flags in (_NEW_LISTENER | _WAIT_KILLABLE_RECEIVED, _NEW_LISTENER):  # the first since Linux 5.19
        descriptor = call(number, _SECCOMP_SET_MODE_FILTER, flags, ctypes.addressof(program))
        if descriptor >= 0:
            return descriptor
    _check(descriptor, "seccomp listener")
    return descriptor


def call(number: int, *arguments: int | bytes | None) -> int:
    """Make a system call by its number; return what it returns, -1 for an error."""
    wide = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    return int(_syscall(ctypes.c_long(number), *wide))


def read_memory(thread: int, address: int, size: int) -> bytes:
    """Read the memory of another process (``process_vm_readv``)."""
    buffer = ctypes.create_string_buffer(size)
    own = struct.pack("<QQ", ctypes.addressof(buffer), size)
    theirs = struct.pack("<QQ", address, size)
    number = _READ_MEMORY[platform.machine()]
    length = checked_call("process_vm_readv", number, thread, own, 1, theirs, 1, 0)
    return buffer.raw[:length]


def trace(request: int, thread: int, argument: int | bytes | bytearray = 0) -> bool:
    """Make a request of ``ptrace``; say whether it was granted. A ``bytearray`` is filled with the answer."""
    if isinstance(argument, bytearray):
        view = (ctypes.c_char * len(argument)).from_buffer(argument)
        argument = ctypes.addressof(view)
    return call(_PTRACE[platform.machine()], request, thread, 0, argument) >= 0


def checked_call(attempt: str, number: int, *arguments: int | bytes | None) -> int:
    """Make a system call by its number; raise ``OSError`` if it fails."""
    result = call(number, *arguments)
    if result < 0:
        _check(result, attempt)
    return result


def _check(result: int, attempt: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{attempt}: {os.strerror(number)}")
