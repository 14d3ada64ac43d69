"""Landlock: a process gives up, for itself and all its children, every file and port that is not on a list.

It needs no privilege (Linux 5.13 and newer, where it is switched on), and nobody gets anything back. What a kernel can
restrict grew over the years; :func:`abi` says how much this one can, and ``host.py`` what is lacking where it is less.

Not restricted by any version: looking whether a file exists, changing permissions and times of one's own files, UDP.
Source: ``include/uapi/linux/landlock.h``, and the kernel's ``userspace-api/landlock``.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from runtime.sandbox import libc

ABI_TRUNCATE, ABI_NETWORK, ABI_DEVICES, ABI_SCOPES = 3, 4, 5, 6
"""From which version on truncating, TCP, ``ioctl`` on devices, and signals and abstract sockets can be restricted."""

EXECUTE, WRITE_FILE, READ_FILE, READ_DIRECTORY = 1, 2, 4, 8
_MAKE_DEVICES = (1 << 6) | (1 << 11)
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_ALL_OF_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_SINCE_5 = (1 << 16) - 1
_FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | _TRUNCATE | _IOCTL_DEVICE

LOOK = READ_DIRECTORY
READ = READ_FILE | READ_DIRECTORY
RUN = READ | EXECUTE
USE = READ_FILE | WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE
OWN = _ALL_SINCE_5 & ~(_MAKE_DEVICES | _IOCTL_DEVICE)

_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_BENEATH, _PORT = 1, 2
_ASK_VERSION = 1


class Grant(NamedTuple):
    """A file, or a directory with everything below it, and what may be done there."""

    path: str
    rights: int


def abi() -> int:
    """Return the version of Landlock that this kernel offers; 0 if it offers none."""
    return max(0, libc.call(_CREATE_RULESET, None, 0, _ASK_VERSION))


class Ruleset:
    """What will be left; it is made while the files can still be reached."""

    def __init__(self, version: int) -> None:
        self._version = version
        self._handled = _ALL_OF_ABI.get(version, _ALL_SINCE_5)
        attributes = struct.pack("<Q", self._handled)
        if version >= ABI_NETWORK:
            attributes += struct.pack("<Q", _BIND_TCP | _CONNECT_TCP)
        if version >= ABI_SCOPES:
            attributes += struct.pack("<Q", _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS)
        attempt = "landlock_create_ruleset"
        self._descriptor = libc.checked_call(attempt, _CREATE_RULESET, attributes, len(attributes), 0)

    def allow(self, grants: Iterable[Grant]) -> None:
        """Allow what is granted; a path that is not there needs no permission."""
        for grant in grants:
            try:
                place = os.open(grant.path, os.O_PATH | os.O_CLOEXEC)
            except (FileNotFoundError, NotADirectoryError, PermissionError):
                continue
            rights = grant.rights & self._handled
            if not stat.S_ISDIR(os.fstat(place).st_mode):
                rights &= _FOR_FILES
            if rights:
                rule = struct.pack("<Qi", rights, place)
                libc.checked_call("landlock_add_rule", _ADD_RULE, self._descriptor, _BENEATH, rule, 0)
            os.close(place)

    def allow_ports(self, ports: Sequence[int]) -> None:
        """Allow to connect to TCP ports; none may be bound."""
        if self._version < ABI_NETWORK:
            return
        for port in ports:
            rule = struct.pack("<QQ", _CONNECT_TCP, port)
            libc.checked_call("landlock_add_rule", _ADD_RULE, self._descriptor, _PORT, rule, 0)

    def enforce(self) -> None:
        """Give up everything else; the process can gain no privileges any more."""
        libc.checked_call("landlock_restrict_self", _RESTRICT_SELF, self._descriptor, 0)
        os.close(self._descriptor)
