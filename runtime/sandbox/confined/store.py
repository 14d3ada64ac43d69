"""How much is in a sandbox's ``/tmp`` where it is a directory like any other: it is counted, again and again.

A look goes through the directory and adds what was deleted but is still held open. It is followed by a pause that is
nine times as long, and at least 20 ms, so a directory with a million files is counted every few seconds. Nothing is
refused: when there is more than there may be, everything is killed.
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH116, PTH208
import os
import signal
import stat
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from runtime.sandbox.contract import Breach, Limit, Limits
from runtime.sandbox.scoreboard import Scoreboard, Stored
from runtime.sandbox.tree import Family

LOOKING_SECONDS = 0.02
_AT_REST_SECONDS = 0.2
_PAUSE_PER_LOOK = 9
_BLOCK_BYTES = 512
_MIB = 1 << 20
_BYTES_FOR_EACH_FILE = 16_384
_ROOM_FOR_TABLES_BYTES = 1 << 20
MECHANISM = "counted files"


class CountedDirectory(NamedTuple):
    """The runtime's side: what was counted, judged by the limits."""

    stored: Callable[[], Stored]

    def breach(self, limits: Limits) -> Breach | None:
        stored, most = self.stored(), most_stored(limits.storage_mib)
        if stored.bytes > most.bytes:
            return Breach(Limit.STORAGE, limits.storage_mib * _MIB, stored.bytes, "bytes", MECHANISM)
        if stored.files > most.files:
            return Breach(Limit.STORAGE, most.files, stored.files, "files", MECHANISM)
        return None


def most_stored(storage_mib: int) -> Stored:
    """Return how much may be in ``/tmp``: its size and what tables take; as many files as elsewhere."""
    size = storage_mib * _MIB
    return Stored(size + _ROOM_FOR_TABLES_BYTES, size // _BYTES_FOR_EACH_FILE)


class Storekeeper:
    """Counts a directory until the process ends; kills the family whenever there is more than there may be."""

    def __init__(self, directory: str, scoreboard: Scoreboard, most: Stored, family: Family) -> None:
        self._directory = directory
        self._scoreboard = scoreboard
        self._most = most
        self._family = family

    def serve(self) -> None:
        """Count; to be called in a thread of its own."""
        while True:
            if self._scoreboard.orders.frozen:
                time.sleep(_AT_REST_SECONDS)
                continue
            began = time.monotonic()
            stored = self.count()
            before = self._scoreboard.stored
            self._scoreboard.stored = Stored(max(before.bytes, stored.bytes), max(before.files, stored.files))
            if stored.bytes > self._most.bytes or stored.files > self._most.files:
                self._family.signal(signal.SIGKILL)
            time.sleep(max(LOOKING_SECONDS, _PAUSE_PER_LOOK * (time.monotonic() - began)))

    def count(self) -> Stored:
        """Look once."""
        used = files = 0
        seen: set[int] = set()
        for status in self._everything():
            if status.st_ino not in seen:
                seen.add(status.st_ino)
                used += status.st_blocks * _BLOCK_BYTES
                files += 1
        return Stored(used, files)

    def _everything(self) -> Iterator[os.stat_result]:
        device = os.stat(self._directory).st_dev
        open_directories = [self._directory]
        while open_directories:
            try:
                entries = os.scandir(open_directories.pop())
            except OSError:
                continue  # it has been removed meanwhile, or nobody may look into it
            with entries:
                for entry in entries:
                    try:
                        status = entry.stat(follow_symlinks=False)
                    except OSError:
                        continue
                    yield status
                    if stat.S_ISDIR(status.st_mode):
                        open_directories.append(entry.path)
        for status in self._held():
            if not status.st_nlink and status.st_dev == device and stat.S_ISREG(status.st_mode):
                yield status

    def _held(self) -> Iterator[os.stat_result]:
        """Yield what the processes hold open."""
        for pid in self._family.pids():
            try:
                for name in os.listdir(f"/proc/{pid}/fd"):
                    yield os.stat(f"/proc/{pid}/fd/{name}")
            except OSError:
                continue  # it has ended, or closed it
