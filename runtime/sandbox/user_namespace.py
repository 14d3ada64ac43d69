"""The user namespace: how a runtime without root gets the right to build a sandbox, and in nothing else.

Inside it the process holds every capability until it drops them, but only over what belongs to that namespace. One
user and one group exist in it: the sandbox's own, and outside they are the caller's. So what is written inside belongs
to the caller, and the kernel counts processes for the namespace alone (since Linux 5.14).
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH123
import os

from runtime.sandbox import libc


def enter(uid: int, gid: int) -> None:
    """Go on in a new user namespace as this user and group; the process must have one thread."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    libc.unshare(libc.CLONE_NEWUSER)
    _write("setgroups", "deny")  # the kernel wants to be sure that nobody drops a group that was to lock him out
    _write("uid_map", f"{uid} {outside_uid} 1")
    _write("gid_map", f"{gid} {outside_gid} 1")


def _write(name: str, text: str) -> None:
    with open(f"/proc/self/{name}", "wb", buffering=0) as file:
        file.write(text.encode())
