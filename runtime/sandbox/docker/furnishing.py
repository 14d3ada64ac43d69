"""What a container needs on this machine before it is made: a door, files of ``/etc``, a mounted disk; their end."""

from __future__ import annotations

import os
import shutil
import socket
from contextlib import suppress
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import libc, mounts, owner
from runtime.sandbox.docker.places import SOCKET
from runtime.sandbox.storage import Disk


def open_door(directory: Path) -> socket.socket:
    """Make the socket at which process 1 knocks. A path of a socket is short, so it is named by its directory."""
    door = directory / "door"
    door.mkdir(mode=0o700)
    held = os.open(door, os.O_RDONLY | os.O_DIRECTORY)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        listener.bind(f"/proc/self/fd/{held}/{SOCKET}")
        listener.listen(1)
        listener.settimeout(0)
    except BaseException:
        listener.close()
        raise
    finally:
        os.close(held)
    return listener


def mount_disk(disk: Disk, directory: Path) -> None:
    """Mount a disk for as long as it takes to start the container, which then has a mount of its own."""
    place = directory / "tmp"
    place.mkdir()
    mounts.mount_disk(disk.device, str(place), is_new=disk.is_new)


def let_go_of_disk(directory: Path) -> None:
    """Leave the disk to the container; nothing is done where none is mounted."""
    place = directory / "tmp"
    if place.is_mount():
        libc.unmount(str(place), libc.MNT_DETACH)


def remove(directory: Path) -> None:
    """Remove what was made for a container."""
    let_go_of_disk(directory)
    with suppress(FileNotFoundError):
        shutil.rmtree(directory)


def name(sandbox_id: str) -> str:
    """Return the name of a sandbox's directory, by which the next runtime knows whose it was."""
    return f"{owner.mark()}-{sandbox_id}"


def remove_stale(directory: Path) -> None:
    """Remove what runtimes that no longer exist have left."""
    for left in directory.iterdir() if directory.is_dir() else ():
        mark = left.name.rpartition("-")[0]
        if owner.is_mark(mark) and owner.has_gone(mark):
            try:
                remove(left)
            except OSError as error:
                raise PlatformError(f"{left}, which a killed runtime left, cannot be removed: {error}") from error
