"""Make system calls by their numbers; print one JSON object of what the kernel answered.

Argument: a JSON object of names and numbers. Every call is made with arguments of 0, with which those that are let
through do nothing, or answer another error than EPERM.
"""

import ctypes
import errno
import json
import mmap
import os
import platform
import signal
import socket
import sys

libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = json.loads(sys.argv[1])
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
NO_RANDOM_ADDRESSES = 0x40000
X32 = 0x40000000
GETPID_AS_32_BITS = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"  # mov eax, 20; int 0x80; ret


def call(number, *arguments):
    ctypes.set_errno(0)
    padded = [ctypes.c_long(argument) for argument in (*arguments, *[0] * (6 - len(arguments)))]
    if libc.syscall(ctypes.c_long(number), *padded) != -1:
        return "allowed"
    return errno.errorcode[ctypes.get_errno()]


def open_socket(*arguments):
    try:
        socket.socket(*arguments).close()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"


def in_a_child(action):
    """Return how a child ended that did something."""
    pid = os.fork()
    if pid == 0:
        action()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def speak_32_bits():
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(GETPID_AS_32_BITS)
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()


is_intel = platform.machine() == "x86_64"
print(
    json.dumps(
        {
            "denied": {name: call(number) for name, number in NUMBERS["denied"].items()},
            "clone3": call(NUMBERS["clone3"]),
            "type on a terminal": [call(NUMBERS["ioctl"], 0, request) for request in (TIOCSTI, TIOCLINUX)],
            "another personality": call(NUMBERS["personality"], NO_RANDOM_ADDRESSES),
            "its own personality": call(NUMBERS["personality"], 0xFFFFFFFF),
            "32-bit call": in_a_child(speak_32_bits) if is_intel else "SIGSYS",
            "x32 call": call(X32 | 39) if is_intel else "ENOSYS",
            "sockets": {
                name: open_socket(*arguments)
                for name, arguments in {
                    "netlink that audits": (16, 3, 9),
                    "netlink that filters": (16, 3, 12),
                    "raw 6": (10, 3, 58),
                    "packet": (17, 3, 0),
                    "vsock": (40, 1, 0),
                    "ciphers": (38, 5, 0),
                    "keys": (15, 3, 2),
                    "XDP": (44, 3, 0),
                    "bluetooth": (31, 3, 1),
                    "SCTP": (2, 1, 132),
                    "DCCP": (2, 6, 33),
                    "L2TP": (2, 2, 115),
                }.items()
            },
            "pair of another family": call(NUMBERS["socketpair"], 30, 1, 0),
            "ordinary sockets": [open_socket(family, kind) for family in (1, 2) for kind in (1, 2)],
        }
    ),
    flush=True,
)
