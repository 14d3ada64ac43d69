"""Touch so many MiB of memory of one kind, in several processes that share it; then say so. Arguments: kind, MiB."""

# ruff: noqa: PTH123

import ctypes
import errno
import mmap
import os
import sys
import time

MIB = 1 << 20
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p


def anonymous(size):
    return mmap.mmap(-1, size)


def file_without_a_name(size):
    descriptor = os.memfd_create("mine")
    os.ftruncate(descriptor, size)
    return mmap.mmap(descriptor, size)


def unmapped_file_without_a_name(size):
    descriptor = os.memfd_create("mine")
    for _ in range(size // MIB):
        os.write(descriptor, b"x" * MIB)
    return


def system_v(size):
    identifier = libc.shmget(0, ctypes.c_size_t(size), 0o1600)
    if identifier < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    address = libc.shmat(identifier, None, 0)
    return (ctypes.c_char * size).from_address(address)


def posix(size):
    with open("/dev/shm/mine", "w+b") as file:
        file.truncate(size)
        return mmap.mmap(file.fileno(), size)


def pipes(size):
    held = []
    for _ in range(size // 65536):
        reader, writer = os.pipe()
        held.append((reader, writer))
        os.write(writer, b"x" * 65536)
    return


KINDS = {
    "anonymous": anonymous,
    "memfd": file_without_a_name,
    "unmapped memfd": unmapped_file_without_a_name,
    "System V": system_v,
    "POSIX": posix,
    "pipes": pipes,
}
try:
    shared = KINDS[sys.argv[1]](int(sys.argv[2]) * MIB)
    half = os.fork() == 0
    if shared is not None:
        middle = int(sys.argv[2]) // 2
        for number in range(middle) if half else range(middle, 2 * middle):
            shared[number * MIB : (number + 1) * MIB] = b"x" * MIB
    if half:
        time.sleep(30)
    time.sleep(1)
    print("touched", flush=True)
except OSError as error:
    print(errno.errorcode[error.errno], flush=True)
    time.sleep(30)
