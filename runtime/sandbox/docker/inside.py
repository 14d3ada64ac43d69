"""Process 1 of a container: ``python -m runtime.sandbox.docker.inside``.

It knocks at the door, a Unix socket of the runtime, and waits until the runtime has moved it out of the container's
cgroup, where the generation of cgroups lets it: what it is then made of anew is charged to nobody's function. So it
executes itself once more, with the channel that it has got. From there on it is the process 1 of ``runtime/sandbox/
inside.py``, but that Docker has built the walls: it makes the listeners, and then starts the program, reaps, and tells
how it ended. When the runtime lets go of the channel it ends, and with it the container.
"""

from __future__ import annotations

import os
import socket
import sys

from runtime.sandbox.docker.places import DOOR, SOCKET

ARGV = ("/usr/bin/python3", "-S", "-s", "-P", "-B", "-m", "runtime.sandbox.docker.inside")


def main() -> None:
    """Knock; or, with the number of a channel, be process 1."""
    if len(sys.argv) == 1:
        _knock()
    else:
        _be_process_one(socket.socket(fileno=int(sys.argv[1])))


def _knock() -> None:
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    channel.connect(f"{DOOR}/{SOCKET}")
    if channel.recv(1):  # now it is no longer in the group
        channel.set_inheritable(True)
        os.execv(ARGV[0], [*ARGV, str(channel.fileno())])


def _be_process_one(channel: socket.socket) -> None:
    from runtime.sandbox import inside
    from runtime.sandbox.docker.first_process import FirstProcess
    from runtime.sandbox.recipe import Particulars, Recipe, receive

    channel.set_inheritable(False)
    try:
        message, descriptors = receive(channel)
        if message:
            recipe, particulars = Recipe(**message["recipe"]), Particulars(**message["particulars"])
            FirstProcess(channel, recipe, particulars, descriptors).serve()
    except Exception as error:  # noqa: BLE001  whatever it is, the runtime has to be told
        inside.report_failure(channel, error)


if __name__ == "__main__":
    main()
