"""The cgroup that Docker has made for a container, found by its first process, behind the verbs of ``cgroup.py``.

Docker sets the limits; what has to happen within microseconds (the CPU share that begins with the handler, freezing,
counting) is done in the files of the same group, where ``docker update`` and ``docker pause`` would take 50 ms each.

The group ends with its container, at any moment: then nothing is to be limited, and what was counted last remains.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import hierarchies
from runtime.sandbox.cgroup import Assignment, Group, Reading
from runtime.sandbox.cgroup_v1 import GroupV1
from runtime.sandbox.cgroup_v2 import GroupV2
from runtime.sandbox.contract import Limits
from runtime.sandbox.control_files import write

_GONE = (errno.ENOENT, errno.ENODEV)


class ContainerGroup:
    """A group that somebody else has made, and removes."""

    def __init__(self, kept: Group) -> None:
        self._kept = kept
        self._reading = Reading()

    def named(self, controller: str) -> str:
        return self._kept.named(controller)

    def assignment(self) -> Assignment | None:
        return None

    def attach(self, process: int) -> None:
        """Do nothing: the kernel knows who is in the group."""

    def most_descriptors(self, last: int) -> int:
        return self._kept.most_descriptors(last)

    def enter(self) -> list[int]:
        return self._kept.enter()

    def limit(self, limits: Limits) -> None:
        """Do nothing: Docker has set them when it made the container."""

    def throttle(self, cpu_share: float | None) -> None:
        with _while_it_is_there():
            self._kept.throttle(cpu_share)

    def freeze(self, *, frozen: bool) -> bool:
        answers = [True]
        with _while_it_is_there():
            answers = [self._kept.freeze(frozen=frozen)]
        return all(answers)

    def thawing(self) -> tuple[int, str] | None:
        return self._kept.thawing()

    def measure(self) -> Reading:
        with _while_it_is_there():
            self._reading = self._kept.measure()
        return self._reading

    def members(self) -> list[int]:
        return self._kept.members()

    def certain_members(self) -> list[int] | None:
        return self._kept.certain_members()

    def remove(self) -> None:
        """Let go of what is open; the directories have gone with the container."""
        self._kept.remove()


class SharedGroup(ContainerGroup):
    """A group in which process 1 itself is: it cannot leave. Nobody can say who is alone in it."""

    def enter(self) -> list[int]:
        return []

    def thawing(self) -> None:
        """Return nothing: process 1 is frozen with the others, and the next runtime removes what a killed one left."""

    def certain_members(self) -> None:
        """Return nothing, so that always the whole tree is ended."""


def of_process(pid: int) -> ContainerGroup:
    """Find the group of a container's first process, and take that process out of it where that can be."""
    first, second = _directories(pid)
    if {"memory", "pids", "cpu", "freezer"} <= set(first):
        for directory in dict.fromkeys(first.values()):
            write(directory.parent / "cgroup.procs", pid)
        return ContainerGroup(GroupV1(first))
    if {"memory", "pids", "cpu"} <= set(second):
        return SharedGroup(GroupV2(second))
    raise PlatformError("The control groups of Docker Engine's containers cannot be seen or changed from here.")


def _directories(pid: int) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return the directory of each controller, for both generations; those that are not there or not ours are left."""
    paths: dict[str, str] = {}
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        paths |= dict.fromkeys(names.split(","), path)
    first: dict[str, Path] = {}
    second: dict[str, Path] = {}
    for place, is_second, controllers in hierarchies.mounted():
        for controller in controllers:
            path = paths.get("" if is_second else controller, "/")
            directory = place / path.strip("/")
            if path != "/" and os.access(directory, os.W_OK):
                (second if is_second else first)[controller] = directory
    return first, second


@contextmanager
def _while_it_is_there() -> Iterator[None]:
    """Let a group that has gone with its container be no error."""
    try:
        yield
    except OSError as error:
        if error.errno not in _GONE:
            raise
    except PlatformError as error:
        if not isinstance(error.__cause__, OSError) or error.__cause__.errno not in _GONE:
            raise
