"""The few files of a sandbox's ``/etc`` that are its own: they name its user and itself, and nobody of the host."""

from __future__ import annotations

from collections.abc import Iterator

OF_ALL = ("group", "nsswitch.conf", "resolv.conf")
OF_EACH = ("hostname", "hosts", "passwd")


def of_all(user: str, gid: int) -> Iterator[tuple[str, str]]:
    """Yield names and texts of what is the same for all sandboxes whose user has that name and group."""
    yield "group", f"root:x:0:\n{user}:x:{gid}:\nnogroup:x:65534:\n"
    yield "nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"
    yield "resolv.conf", ""


def of_each(hostname: str, user: str, uid: int, gid: int) -> Iterator[tuple[str, str]]:
    """Yield names and texts of the files in which a sandbox finds its own name and that of its user."""
    yield "hostname", f"{hostname}\n"
    yield "hosts", f"127.0.0.1 localhost {hostname}\n::1 localhost\n"
    root = "" if uid == 0 else "root:x:0:0:root:/:/bin/sh\n"
    nobody = "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"
    yield "passwd", f"{root}{user}:x:{uid}:{gid}::/:/bin/sh\n{nobody}"
