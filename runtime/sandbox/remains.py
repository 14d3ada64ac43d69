"""What sandboxes hold of a host: found from outside, by looking at everything that there is.

:func:`of_owners` finds processes, their namespaces, and cgroups by the mark of the runtime that made them
(``owner.py``): on the command line of a launcher, which each process 1 that it forks has too, and in the names of
groups. What descends from such a process belongs to it. :func:`of_directory` finds loop devices, mounts and files by
the state directory that they lie in. Both only look. A runtime that was killed should leave nothing but empty cgroups,
which the next one removes; ``doctor`` shows what is there all the same, and the tests count with the same functions.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from runtime.sandbox import hierarchies, owner
from runtime.sandbox.cgroup import PARENT, owner_of

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")
_LAUNCHERS = (b"runtime.sandbox.launcher", b"runtime.sandbox.confined.launcher")
_TEMPLATE, _KEPT = ".ext4", ("root", "confined", "docker")
"""What a state directory keeps on purpose."""


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is, by kind; each a name by which it can be removed."""

    processes: tuple[int, ...] = ()
    namespaces: tuple[str, ...] = ()
    groups: tuple[Path, ...] = ()
    loop_devices: tuple[Path, ...] = ()
    mounts: tuple[Path, ...] = ()
    files: tuple[Path, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind."""
        return {name: len(getattr(self, name)) for name in self.__slots__}

    def remedies(self) -> Iterator[str]:
        """Say, kind by kind, what is there and how it goes."""
        if self.processes:
            yield f"processes: kill -9 {_listed(self.processes)}"
        if self.namespaces:
            yield f"namespaces: {len(self.namespaces)}; they go with the processes"
        if self.groups:
            owners = tuple(dict.fromkeys(owner_of(group.name).partition("-")[0] for group in self.groups))
            whose = f"{len(self.groups)} of what were processes {_listed(owners)}, for example {self.groups[0]}"
            yield f"cgroups: {whose}; the next runtime that starts removes them"
        if self.mounts:
            yield f"mounts: umount {_listed(self.mounts)}"
        if self.loop_devices:
            yield f"loop devices: losetup --detach {_listed(self.loop_devices)}"
        if self.files:
            yield f"files: rm {_listed(self.files)}"


class _Task(NamedTuple):
    parent: int
    mark: str | None
    """The mark on its command line, if it is a launcher or was forked from one."""


def of_owners(belongs: Callable[[str], bool] = owner.has_gone) -> Remains:
    """Return what runtimes with certain marks hold: of those that have ended, unless told otherwise."""
    tasks = _tasks()
    marked = ((pid, _mark_above(pid, tasks)) for pid in sorted(tasks))
    processes = tuple(pid for pid, mark in marked if mark and belongs(mark) and _is_ours(pid))
    tops = {top / PARENT: None for top in hierarchies.find().tops.values()}
    groups = (group for top in tops if top.is_dir() for group in top.iterdir() if group.is_dir())
    ours = tuple(group for group in groups if owner.is_mark(owner_of(group.name)) and belongs(owner_of(group.name)))
    return Remains(processes=processes, namespaces=_namespaces(processes), groups=ours)


def of_directory(state: Path) -> Remains:
    """Return what sandboxes of a state directory hold, or held, if no runtime uses it."""
    devices = tuple(
        Path("/dev") / file.parent.parent.name
        for file in Path("/sys/block").glob("loop*/loop/backing_file")
        if (text := _read(file)) and text.decode().startswith(f"{state.resolve()}/")
    )
    kept = state / "sandbox"
    files = tuple(kept.rglob("*")) if kept.is_dir() else ()
    return Remains(
        loop_devices=devices,
        mounts=tuple(_mounts(kept.resolve(), devices)),
        files=tuple(file for file in files if file.suffix != _TEMPLATE and file.name not in _KEPT),
    )


def _tasks() -> dict[int, _Task]:
    tasks = {}
    for directory in Path("/proc").glob("[0-9]*"):
        status = _read(directory / "stat").rpartition(b")")[2].split()
        if status and status[0] != b"Z":  # one that has ended is about to be reaped
            tasks[int(directory.name)] = _Task(int(status[1]), _mark(_read(directory / "cmdline").split(b"\0")))
    return tasks


def _mark(command: list[bytes]) -> str | None:
    if not any(launcher in command for launcher in _LAUNCHERS):
        return None
    return next((word.decode() for word in command if owner.is_mark(word.decode(errors="replace"))), None)


def _mark_above(pid: int, tasks: Mapping[int, _Task]) -> str | None:
    """Return the mark of the highest process above this one that has any, or its own.

    A program may write any mark on its own command line, but not on that of the launcher from which it descends.
    """
    mark, passed = None, set[int]()
    while pid in tasks and pid not in passed:  # while one looked, a number may have been given again, to a descendant
        passed.add(pid)
        mark = tasks[pid].mark or mark
        pid = tasks[pid].parent
    return mark


def _is_ours(pid: int) -> bool:
    """Say whether we may end a process; those of other users are theirs to remove."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _namespaces(processes: tuple[int, ...]) -> tuple[str, ...]:
    """List the namespaces that processes are in and we are not, as far as we may look."""
    found: set[str] = set()
    own = {_link(Path(f"/proc/self/ns/{kind}")) for kind in NAMESPACES}
    for pid in processes:
        found |= {_link(Path(f"/proc/{pid}/ns/{kind}")) for kind in NAMESPACES}
    return tuple(sorted(found - own - {""}))


def _mounts(kept: Path, devices: tuple[Path, ...]) -> Iterator[Path]:
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        left, _, right = line.partition(" - ")
        place, source = Path(left.split()[4]), Path(right.split()[1])
        if source in devices or place.is_relative_to(kept):
            yield place


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _listed(things: tuple[object, ...]) -> str:
    return " ".join(map(str, things))
