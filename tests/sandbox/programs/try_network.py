"""Try to reach somebody; print one JSON object of what came back.

Arguments: a port of ours, a port of the host, an abstract name and a socket file of the host.
"""

import errno
import json
import socket
import sys
import time


def connect(address, family=socket.AF_INET):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as speaker:
            speaker.settimeout(3)
            speaker.connect(address)
            return speaker.recv(100).decode()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))


def say(address, family=socket.AF_INET):
    """Send a datagram twice: what the first one met, the second one is told."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as speaker:
            speaker.connect(address)
            speaker.send(b"hello")
            time.sleep(0.1)
            speaker.send(b"hello")
            return "sent"
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))


print(
    json.dumps(
        {
            "listener": connect(("127.0.0.1", int(sys.argv[1]))),
            "host": connect(("127.0.0.1", int(sys.argv[2]))),
            "metadata": connect(("169.254.169.254", 80)),
            "abroad": connect(("192.0.2.1", 80)),
            "abstract": connect("\0" + sys.argv[3], socket.AF_UNIX),
            "abstract datagrams": say("\0" + sys.argv[3], socket.AF_UNIX),
            "socket in a file": connect(sys.argv[4], socket.AF_UNIX),
            "host by IPv6": connect(("::1", int(sys.argv[2])), socket.AF_INET6),
            "host by datagrams": say(("127.0.0.1", int(sys.argv[2]))),
            "everybody": say(("255.255.255.255", 9)),
            "interfaces": [name for _, name in socket.if_nameindex()],
        }
    )
)
