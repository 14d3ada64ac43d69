"""Which limit a sandbox has exceeded, by what the kernel counted and by looking from outside.

Memory and processes are counted by the kernel, so no breach is missed. Storage and file descriptors are looked at: a
breach is seen while it lasts. What is reported as observed was observed, not derived from the limit.

A program whose memory is full is not always killed at once. As long as anything can be given back, the kernel takes
the program's own code from memory, page by page, and the program reads it from disk again; with a sixteenth of a
processor that can go on for minutes. That is a breach too: a program that has no room left for its code.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from runtime.sandbox.cgroup import Group, Reading
from runtime.sandbox.contract import ALL_LIMITS, Breach, Limit, Limits

_MIB = 1 << 20
_FULL_BYTES = 2 * _MIB
"""A file system with less than this left is full: ext4 refuses a large write although there is room for a small one.
Disks are made large enough that the limit itself fits in before."""
_CODE_BYTES = 4 * _MIB
"""A program that has less than this for its code and for files, and keeps reading, has no room."""
_TAKEN_AT_ONCE = 2
"""A pipe takes so many descriptors, and is refused where there is room for one: a call that is refused leaves the
process with as many as it may have, or with one less."""
_READ_AGAIN = 100
"""So many pages a program without room has to read again; one that has just started reads fewer."""


class Storage(Protocol):
    """What is in ``/tmp``."""

    def breach(self, limits: Limits) -> Breach | None:
        """Look whether it is too much."""


@dataclass(frozen=True, slots=True)
class FileSystem:
    """A file system that has the size of the limit; ``directory`` is open on it."""

    directory: int
    mechanism: str

    def breach(self, limits: Limits) -> Breach | None:
        state = os.fstatvfs(self.directory)
        used = (state.f_blocks - state.f_bfree) * state.f_frsize
        if state.f_bavail * state.f_frsize < _FULL_BYTES:
            return Breach(Limit.STORAGE, limits.storage_mib * _MIB, used, "bytes", self.mechanism)
        if state.f_files and not state.f_favail:
            files = state.f_files - state.f_ffree
            return Breach(Limit.STORAGE, state.f_files, files, "files", self.mechanism)
        return None


class Watch:
    """Looks for breaches, and remembers the first one of each limit."""

    def __init__(self, limits: Limits, group: Group, storage: Storage) -> None:
        self._limits = limits
        self._group = group
        self._storage = storage
        self._found: dict[Limit, Breach] = {}
        self._faults_with_room = 0

    def first(self, among: Collection[Limit]) -> Breach | None:
        """Return the first breach found so far of one of these limits."""
        return next((breach for limit, breach in self._found.items() if limit in among), None)

    def look(self, reading: Reading, among: Collection[Limit] = ALL_LIMITS) -> None:
        """Look once: at what was counted, and at what has to be looked for if it is among these limits."""
        for breach in (
            self._memory(reading),
            self._processes(reading),
            self._storage.breach(self._limits) if Limit.STORAGE in among else None,
            self._file_descriptors() if Limit.FILE_DESCRIPTORS in among else None,
        ):
            if breach is not None:
                self._found.setdefault(breach.limit, breach)

    def _memory(self, reading: Reading) -> Breach | None:
        if not reading.oom_kills and not self._has_no_room_for_code(reading):
            return None
        mechanism = self._group.named("memory")
        return Breach(Limit.MEMORY, self._limits.memory_mib * _MIB, reading.peak_bytes, "bytes", mechanism)

    def _has_no_room_for_code(self, reading: Reading) -> bool:
        if self._limits.memory_mib * _MIB - reading.held_bytes >= _CODE_BYTES:
            self._faults_with_room = reading.major_faults
        return reading.major_faults - self._faults_with_room >= _READ_AGAIN

    def _processes(self, reading: Reading) -> Breach | None:
        if not reading.refused_forks:
            return None
        mechanism = self._group.named("pids")
        unit = "processes and threads"
        return Breach(Limit.PROCESSES, self._limits.processes, reading.most_processes, unit, mechanism)

    def _file_descriptors(self) -> Breach | None:
        limit = self._limits.file_descriptors
        most = self._group.most_descriptors(limit if self._limits.remembers_descriptors else 0)
        if most <= limit - _TAKEN_AT_ONCE:
            return None
        return Breach(Limit.FILE_DESCRIPTORS, limit, most, "file descriptors", "RLIMIT_NOFILE")
