"""Two processes that continue each other, and themselves by a timer, as fast as they can; print what was refused."""

import contextlib
import ctypes
import errno
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)


def name(result):
    return "allowed" if result == 0 else errno.errorcode[ctypes.get_errno()]


parent = os.getpid()
first = name(libc.kill(parent, signal.SIGCONT))
print(first, name(libc.setpriority(2, 0, 19)), name(libc.kill(1, signal.SIGCHLD)), flush=True)
child = os.fork()
while True:
    with contextlib.suppress(PermissionError):
        os.kill(child or parent, signal.SIGCONT)
