"""What the processes inside a sandbox are told, and how both sides of the wall speak to each other.

Messages are JSON objects, one per datagram of a ``SOCK_SEQPACKET`` pair, with file descriptors beside them. This module
is imported by the launcher and forked into every sandbox, so it imports little.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

LARGEST_MESSAGE = 180_000
"""What fits in one datagram with the kernel's default socket buffers (``net.core.wmem_default`` is 212,992)."""

UID, GID, KEEPER_UID = 60_993, 60_990, 60_994
"""Ids that no host gives to a user (above Debian's and below systemd's dynamic ones): of the program, where it cannot
have a user of its own (``users.py``), and of process 1."""

_MOST_DESCRIPTORS = 64
_LONGEST_NAME = 500
_CLOSE_ON_EXEC = 0x40000000  # MSG_CMSG_CLOEXEC, which Python 3.11 does not name


class Duties(NamedTuple):
    """What process 1 does for the limits that the kernel does not keep on this host; see ``keeper.py``."""

    memory_bytes: int
    """More than that, and everything is killed; 0: somebody else counts."""
    processes: int
    """So many processes and threads are the most there can be; 0: somebody else counts."""
    last_descriptors: int = 0
    """Whoever has the last but one of so many descriptors open has once had all of them; 0: nobody wants to know."""


class Recipe(NamedTuple):
    """What the sandboxes of one launcher have in common."""

    user: str
    """What the user is called inside."""
    gid: int
    keeper_uid: int | None
    """The user that process 1 itself becomes, so that the program can do nothing to it; if there is none, it
    becomes that of the program, which it has to send signals to."""
    mounts: list[list[str]]
    """Pairs of source outside and target inside."""
    ports: list[int]
    has_duties: bool
    """Whether process 1 stands in for a cgroup."""
    counts_processes: bool
    """Whether an rlimit counts the processes, because no cgroup does."""
    in_user_namespace: bool
    """Whether each sandbox lies in a user namespace: then mounts can only be shown with all that is mounted below them,
    the kernel does not let go of supplementary groups, and each sandbox puts its root together itself."""
    hands_over_mounts: bool
    """Whether a sandbox's own mounts come as descriptors, so that it never needs a way to the host's files."""
    zygote: list[str]
    """The command of the zygote; empty if there is none."""
    zygote_environment: dict[str, str]
    bootstrap: str
    """The file that the zygote loads, as the launcher sees it."""
    scaffold: str
    """An empty directory of the host: the new root is put together on it, in a mount namespace of its own."""


class Particulars(NamedTuple):
    """What makes one sandbox different from its siblings before anybody asks for it.

    Beside it come descriptors: those that enter the cgroup, the disk, the one that thaws, the scoreboard, the bell.
    """

    hostname: str
    uid: int
    """The user that its programs are."""
    has_disk: bool
    """Whether a block device becomes ``/tmp``; if not, it is a tmpfs of ``disk_bytes``."""
    disk_bytes: int
    is_disk_new: bool
    """Whether the disk must be empty; if not, another sandbox had it before."""
    thaw: str
    """What to write into the descriptor that thaws, so that frozen processes go on; empty if there is none."""


class Order(NamedTuple):
    """Which program is to run, and what it may not exceed by its own rlimits."""

    argv: list[str]
    environment: Mapping[str, str]
    working_directory: str
    file_descriptors: int
    processes: int
    """Set as an rlimit only where no cgroup counts them."""
    remembers_descriptors: bool


EXECUTE = "execute"
"""The step of a start in which it is the program, and nothing of the sandbox, that is not as it should be."""


def why_not(step: str, order: Order, error: Exception) -> bytes:
    """Write down why there is no program, as the message that the runtime gets."""
    program, words = order.argv[0][:_LONGEST_NAME], str(error)[:_LONGEST_NAME]
    answer: dict[str, Any] = {"error": f"cannot {step} {program}: {words}"}
    if step == EXECUTE and isinstance(error, OSError):
        answer["errno"] = error.errno
    return json.dumps(answer).encode()


def send(channel: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()) -> None:
    """Send one message."""
    socket.send_fds(channel, [json.dumps(message).encode()], list(descriptors))


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Take the next message; an empty one means that the other side has gone."""
    text, descriptors, _, _ = socket.recv_fds(channel, LARGEST_MESSAGE + 20_000, _MOST_DESCRIPTORS, _CLOSE_ON_EXEC)
    return (json.loads(text) if text else {}), descriptors
