"""The guardian's verdicts: names in system calls are changed, so that ``/tmp`` is the sandbox's own, and forks counted.

*Theory of operation.* A seccomp filter lets every system call that names a file, and ``connect``, wait for a verdict of
this process, which is an ancestor of the program and has its user. For a name that stands for itself the verdict is "go
on". For any other the thread that calls is stopped with ``ptrace`` for a moment, the real name is written below its
stack, the argument is made to point there, and the call begins again. A port is changed in place. Who starts a process
or thread waits too, and is refused where there are as many as there may be (``forks.py``).

A call that waits can be interrupted by a signal, as it could not without us. A handler can ask for the call to begin
again, and for the signal that children send all the time (each time they are stopped for the CPU share) every handler
is made to ask for it.

No file is opened here on behalf of the program, and nothing is decided: what the program may reach, Landlock alone
says, whatever it is called. So a program that changes a name while it is being looked at gains nothing. A name that
could not be changed stays what it was.

Not changed are names behind symbolic links of a package, the interpreter in the first line of a script, and what
``/proc`` says. Only on x86-64. Source: ``seccomp_unotify(2)``, ``ptrace(2)``, the kernel's ``arch/x86/entry``.
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH115, PTH123
import errno
import fcntl
import os
import signal
import struct
from _thread import LockType

from runtime.sandbox import libc
from runtime.sandbox.confined import forks
from runtime.sandbox.confined.forks import Forks
from runtime.sandbox.confined.names import Names

MACHINE = "x86_64"
NAMING = {
    "open": (2, 0), "stat": (4, 0), "lstat": (6, 0), "access": (21, 0), "execve": (59, 0), "truncate": (76, 0),
    "chdir": (80, 0), "rename": (82, 0, 1), "mkdir": (83, 0), "rmdir": (84, 0), "creat": (85, 0), "link": (86, 0, 1),
    "unlink": (87, 0), "symlink": (88, 0, 1), "readlink": (89, 0), "chmod": (90, 0), "chown": (92, 0),
    "lchown": (94, 0), "utime": (132, 0), "mknod": (133, 0), "statfs": (137, 0), "setxattr": (188, 0),
    "lsetxattr": (189, 0), "getxattr": (191, 0), "lgetxattr": (192, 0), "listxattr": (194, 0), "llistxattr": (195, 0),
    "removexattr": (197, 0), "lremovexattr": (198, 0), "utimes": (235, 0), "inotify_add_watch": (254, 1),
    "openat": (257, 1), "mkdirat": (258, 1), "mknodat": (259, 1), "fchownat": (260, 1), "futimesat": (261, 1),
    "newfstatat": (262, 1), "unlinkat": (263, 1), "renameat": (264, 1, 3), "linkat": (265, 1, 3),
    "symlinkat": (266, 0, 2), "readlinkat": (267, 1), "fchmodat": (268, 1), "faccessat": (269, 1),
    "utimensat": (280, 1), "renameat2": (316, 1, 3), "execveat": (322, 1), "statx": (332, 1), "openat2": (437, 1),
    "faccessat2": (439, 1), "fchmodat2": (452, 1),
}  # fmt: skip
"""Calls that name files: their number, and which arguments are names."""
CONNECT, GETCWD, SIGACTION = 42, 79, 13
WAITING = (*(number for number, *_ in NAMING.values()), CONNECT, GETCWD, *forks.CALLS.values())
"""The numbers of all calls that wait for a verdict."""

_FORKS = frozenset(forks.CALLS.values())
_ARGUMENTS = {number: positions for number, *positions in NAMING.values()}
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_GO_ON = 1
_REQUEST_BYTES = 80
_SEIZE, _INTERRUPT, _GET_REGISTERS, _SET_REGISTERS, _DETACH = 0x4206, 0x4207, 12, 13, 17
_ALL_THREADS = 0x40000000  # __WALL
_RESTART = 512  # ERESTARTSYS: the kernel begins the call again, and no program ever sees it
_REGISTERS = struct.Struct("<27Q")
_REGISTER_OF_ARGUMENT = (14, 13, 12, 7, 9, 8)
_RETURNED, _STACK = 10, 19
_BELOW_STACK_BYTES = 256  # the red zone of 128 bytes, and some
_PAGE, _LONGEST_NAME = 4096, 4096
_ADDRESS = struct.Struct("<H2sB")
_AF_INET, _LOOPBACK = 2, 127
_FLAGS_AT, _SA_RESTART = 8, 0x10000000


class Verdicts:
    """Gives the verdicts for one program and all its children, until they are gone."""

    def __init__(self, listener: int, names: Names, waiting: LockType, limit: Forks | None = None) -> None:
        self._listener = listener
        self._limit = limit
        self._names = names
        self._waiting = waiting
        self.ended: list[tuple[int, int]] = []
        """Processes that have ended while they were looked at, with their wait status: nobody else will be told."""

    def serve(self) -> None:
        """Give verdicts; to be called in a thread of its own."""
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            request = bytearray(_REQUEST_BYTES)
            try:
                fcntl.ioctl(self._listener, _RECEIVE, request)
            except OSError as error:
                if error.errno in (errno.ENOENT, errno.EINTR):  # who asked has ended, or was sent a signal
                    continue
                return
            identity, thread = struct.unpack_from("<QI", request)
            number, *arguments = struct.unpack_from("<i12x6Q", request, 16)
            self._judge(identity, thread, number, arguments)

    def _judge(self, identity: int, thread: int, number: int, arguments: list[int]) -> None:
        if number in _FORKS:
            if self._limit is not None and not self._limit.allows(thread):
                self._answer(identity, error=-errno.EAGAIN)
                return
        elif number == SIGACTION:
            _let_calls_begin_again(thread, arguments[1])
        elif number == CONNECT:
            self._change_port(thread, arguments[1], arguments[2])
        elif number == GETCWD:
            if answer := self._tell_directory(thread, arguments[0], arguments[1]):
                self._answer(identity, value=answer)
                return
        elif changes := self._changes(thread, number, arguments):
            self._redirect(identity, thread, changes)
            return
        self._answer(identity, flags=_GO_ON)

    def _answer(self, identity: int, *, value: int = 0, error: int = 0, flags: int = 0) -> None:
        try:
            fcntl.ioctl(self._listener, _SEND, bytearray(struct.pack("<QqiI", identity, value, error, flags)))
        except OSError as gone:
            if gone.errno != errno.ENOENT:  # who asked is not waiting any more
                raise

    def _changes(self, thread: int, number: int, arguments: list[int]) -> dict[int, bytes]:
        """Return the real names by the position of the argument that they belong to."""
        changes = {}
        for position in _ARGUMENTS[number]:
            name = _text(thread, arguments[position])
            if name[:1] == b"/" and (real := self._names.real(name)) is not None:
                changes[position] = real
        return changes

    def _redirect(self, identity: int, thread: int, changes: dict[int, bytes]) -> None:
        with self._waiting:
            if not libc.trace(_SEIZE, thread) or not libc.trace(_INTERRUPT, thread):
                self._answer(identity, flags=_GO_ON)
                return
            self._answer(identity, error=-_RESTART)
            try:
                _, status = os.waitpid(thread, _ALL_THREADS)
            except ChildProcessError:
                return  # it has been killed, and another of its threads told so
            if not os.WIFSTOPPED(status):
                self.ended.append((thread, status))
                return
            try:
                _point_elsewhere(thread, changes)
            finally:
                # A signal that came first is passed on; the trap that we asked for is none.
                libc.trace(_DETACH, thread, 0 if status >> 16 else os.WSTOPSIG(status))

    def _change_port(self, thread: int, address: int, length: int) -> None:
        try:
            family, port, first = _ADDRESS.unpack(libc.read_memory(thread, address, _ADDRESS.size))
        except (OSError, struct.error):
            return
        real = self._names.ports.get(int.from_bytes(port, "big"))
        if real is not None and (family, first) == (_AF_INET, _LOOPBACK) and length >= _ADDRESS.size:
            _write(thread, address + 2, real.to_bytes(2, "big"))

    def _tell_directory(self, thread: int, buffer: int, size: int) -> int:
        """Answer where a process is, by the name inside; return how long the answer is, 0 if there is none."""
        try:
            real = os.readlink(f"/proc/{thread}/cwd").encode()
            inside = self._names.inside(real)
            if inside == real or len(inside) >= size:
                return 0
            _write(thread, buffer, inside + b"\0")
        except OSError:
            return 0
        return len(inside) + 1


def _let_calls_begin_again(thread: int, action: int) -> None:
    """Add ``SA_RESTART`` to a ``struct kernel_sigaction``, if there is one."""
    place = action + _FLAGS_AT
    try:
        (flags,) = struct.unpack("<Q", libc.read_memory(thread, place, 8)) if action else (_SA_RESTART,)
        if not flags & _SA_RESTART:
            _write(thread, place, struct.pack("<Q", flags | _SA_RESTART))
    except (OSError, struct.error):
        return  # it points nowhere, as the kernel is going to say


def _point_elsewhere(thread: int, changes: dict[int, bytes]) -> None:
    """Write names below the stack of a stopped thread, and let the arguments of its call point to them."""
    registers = bytearray(_REGISTERS.size)
    if not libc.trace(_GET_REGISTERS, thread, registers):
        return
    values = list(_REGISTERS.unpack(registers))
    if values[_RETURNED] != (1 << 64) - _RESTART:
        return  # it is not about to begin again
    place = values[_STACK] - _BELOW_STACK_BYTES
    for position, name in changes.items():
        place -= (len(name) + 16) & ~15
        _write(thread, place, name + b"\0")
        values[_REGISTER_OF_ARGUMENT[position]] = place
    libc.trace(_SET_REGISTERS, thread, _REGISTERS.pack(*values))


def _text(thread: int, address: int) -> bytes:
    """Read a text that ends with a zero; empty if it cannot be read."""
    text = b""
    while len(text) < _LONGEST_NAME:
        place = address + len(text)
        try:
            part = libc.read_memory(thread, place, min(256, _PAGE - place % _PAGE))
        except OSError:
            return b""
        head, zero, _ = part.partition(b"\0")
        text += head
        if zero:
            return text
    return b""


def _write(thread: int, address: int, content: bytes) -> None:
    """Write into a process, also where its stack has not grown to yet and where it may not write itself."""
    with open(f"/proc/{thread}/mem", "r+b", buffering=0) as memory:
        os.pwrite(memory.fileno(), content, address)
