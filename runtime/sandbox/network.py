"""The network of a sandbox: a loopback of its own, and the listening sockets on it that are served from outside.

A socket belongs for ever to the network namespace in which it was made. So process 1 makes the listening sockets
inside and hands them out, and the runtime accepts on them from outside: no bridge, no veth, no proxy, no root needed.
There is no other interface, and no abstract Unix socket of the host, because those belong to its namespace too.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Sequence

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_IFF_RUNNING = 0x40
_BACKLOG = 128


def raise_loopback() -> None:
    """Set the interface ``lo`` of this network namespace up; 127.0.0.1 and ::1 come with it."""
    request = struct.pack("16sH14x", b"lo", _IFF_UP | _IFF_RUNNING)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


def listen(ports: Sequence[int]) -> list[socket.socket]:
    """Open a listening socket for each port on this namespace's 127.0.0.1."""
    return [socket.create_server(("127.0.0.1", port), backlog=_BACKLOG) for port in ports]
