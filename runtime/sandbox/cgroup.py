"""The cgroup of a sandbox behind a few verbs: enter, limit, throttle, freeze, measure, list, remove.

Both generations of cgroups keep the same promises (``cgroup_v1.py``, ``cgroup_v2.py``). A controller that the host
lacks makes the verbs do nothing for it, so callers have no ``if``; ``Hierarchies.lacking`` says what that means.

The groups lie in ``lambda-lab/`` at the top of what this process sees of the hierarchies, and are named after the
runtime that made them (``owner.py``) and their sandbox, so that the next runtime recognises and
removes what a killed one left. An error of the kernel is never swallowed: a limit that was refused is not a limit.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from runtime.errors import PlatformError
from runtime.sandbox import owner
from runtime.sandbox.contract import Limits
from runtime.sandbox.control_files import ControlFiles, write
from runtime.sandbox.recipe import Duties

PARENT = "lambda-lab"
PERIOD_MICROSECONDS = 20_000
"""AWS's own period seems to be 20 ms; shorter ones lose work to switching, longer ones stutter visibly."""

_SMALLEST_QUOTA_MICROSECONDS = 1_000  # the kernel refuses less, with EINVAL
_LONGEST_PERIOD_MICROSECONDS = 1_000_000
_REMOVAL_SECONDS = 5.0
_ATTEMPTS = 1000


class Reading(NamedTuple):
    """What the kernel has counted for a group."""

    cpu_seconds: float = 0.0
    working_set_bytes: int = 0
    """Memory in use now, without file cache that can be given back."""
    peak_bytes: int = 0
    """The most memory ever charged, file cache included."""
    peak_without_cache_bytes: int = 0
    oom_kills: int = 0
    refused_forks: int = 0
    most_processes: int = 0
    held_bytes: int = 0
    """Memory in use now that cannot be given back: without any file cache."""
    major_faults: int = 0
    """How often something had to be read from disk before the program could go on, its own code for example."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What process 1 does for a group, and with which descriptors, which stay the group's."""

    duties: Duties
    descriptors: Sequence[int]


class Group(Protocol):
    """What limits and counts one sandbox's processes: a cgroup, or what stands in for one."""

    def named(self, controller: str) -> str:
        """Say which mechanism keeps the limit of ``memory`` or ``pids``, for example ``cgroup v1 pids``."""

    def assignment(self) -> Assignment | None:
        """Return what process 1 has to do for this group; ``None`` where the kernel does it all."""

    def attach(self, process: int) -> None:
        """Learn which process 1 belongs to the group, by a process descriptor."""

    def most_descriptors(self, last: int) -> int:
        """Return the most file descriptors that one process holds now, or, of ``last``, once held (0: now only)."""

    def enter(self) -> list[int]:
        """Open the files into which a process writes ``0`` to enter; the caller closes them.

        A process that enters by itself does so in microseconds; being moved can take 15 ms on v1.
        """

    def limit(self, limits: Limits) -> None:
        """Set the limits of memory and of processes and threads."""

    def throttle(self, cpu_share: float | None) -> None:
        """Limit the CPU to a share of one processor from now on; ``None`` lifts the limit."""

    def freeze(self, *, frozen: bool) -> bool:
        """Ask for every process to stop, or to go on; return whether all have. Ask again until they have."""

    def thawing(self) -> tuple[int, str] | None:
        """Open the file that freezes, and say what to write there so that all go on; the caller closes it.

        Process 1 keeps it: when the runtime has been killed, what is frozen must go on in order to end.
        """

    def measure(self) -> Reading:
        """Read the kernel's counters."""

    def members(self) -> list[int]:
        """List the processes in the group."""

    def certain_members(self) -> list[int] | None:
        """List them if the kernel keeps the list, so that nobody can be missing; else return ``None``."""

    def remove(self) -> None:
        """Remove the group, killing what is left in it."""


@dataclass(frozen=True, slots=True)
class Hierarchies:
    """Where this host lets us make groups."""

    mechanism: str
    tops: Mapping[str, Path]
    """Controller -> the topmost directory for it that we see."""
    open: Callable[[Mapping[str, Path]], Group]
    """Make the verbs for a group of the right generation, given its directory for each controller."""
    controllers: tuple[str, ...]

    @property
    def lacking(self) -> tuple[str, ...]:
        """Name the controllers that this host does not offer."""
        return tuple(controller for controller in self.controllers if controller not in self.tops)

    def create(self, sandbox_id: str) -> Group:
        """Make an empty group without limits."""
        return self.open(self._make(f"{owner.mark()}-{sandbox_id}"))

    def remove_stale(self) -> None:
        """Remove the groups of runtimes that no longer exist; one that cannot be removed does not keep the others."""
        with ExitStack() as leaving:
            for name in self.names():
                if owner.has_gone(owner_of(name)):
                    leaving.callback(self.open(self._directories(name)).remove)

    def remove_parent(self) -> None:
        """Remove our own directory, unless another runtime has groups in it."""
        for parent in {top / PARENT for top in self.tops.values() if os.access(top, os.W_OK)}:
            _removed(parent)  # while there is a group in it, the kernel refuses

    def _make(self, name: str) -> dict[str, Path]:
        directories = self._directories(name)
        for directory in dict.fromkeys(directories.values()):
            for _ in range(_ATTEMPTS):
                if self._made(directory):
                    break
                self._make_parent(directory.parent)
            else:
                raise PlatformError(f"The cgroup {directory} cannot be made: {directory.parent} does not stay.")
        return directories

    def _made(self, directory: Path) -> bool:
        try:
            directory.mkdir()
        except FileNotFoundError:
            return False
        return True

    def _make_parent(self, parent: Path) -> None:
        """Make our own directory; another runtime may do the same, or be the last to leave and take it along."""
        with suppress(FileExistsError, FileNotFoundError):
            parent.mkdir(exist_ok=True)
            for above in (parent.parent, parent):
                pass_on(above, self.tops)

    def _directories(self, name: str) -> dict[str, Path]:
        return {controller: top / PARENT / name for controller, top in self.tops.items()}

    def names(self) -> set[str]:
        """Name all groups that there are, of whichever runtime."""
        parents = {top / PARENT for top in self.tops.values()}
        found = {entry.name for parent in parents if parent.is_dir() for entry in parent.iterdir() if entry.is_dir()}
        return {name for name in found if owner.is_mark(owner_of(name))}


def owner_of(name: str) -> str:
    """Return the mark of the runtime that made a group, given the group's name."""
    return name.rpartition("-")[0]


def quota(cpu_share: float) -> tuple[int, int]:
    """Return quota and period in microseconds; the period grows where the quota would be too small for the kernel."""
    period = max(PERIOD_MICROSECONDS, round(_SMALLEST_QUOTA_MICROSECONDS / cpu_share))
    if period > _LONGEST_PERIOD_MICROSECONDS:
        raise PlatformError(f"A CPU share of {cpu_share:.4%} is smaller than the kernel can keep (0.1 %).")
    return max(_SMALLEST_QUOTA_MICROSECONDS, round(cpu_share * period)), period


def pass_on(group: Path, controllers: Iterable[str]) -> None:
    """Let the groups below have these controllers; on the first generation there is nothing to do."""
    control = group / "cgroup.subtree_control"
    if control.exists() and (missing := set(controllers) - {"freezer"} - set(control.read_text().split())):
        write(control, " ".join(f"+{controller}" for controller in sorted(missing)))


def open_all(files: Iterable[Path]) -> list[int]:
    """Open files to be written to, all of them or none."""
    opened: list[int] = []
    try:
        for file in files:
            opened.append(os.open(file, os.O_WRONLY))
    except OSError:
        for descriptor in opened:
            os.close(descriptor)
        raise
    return opened


def members_of(file: Path) -> list[int]:
    """Read the process ids of a group; a group that is gone, also while it was being read, has none."""
    try:
        return [int(line) for line in file.read_text().split()]
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENODEV):
            return []
        raise


def open_descriptors(pid: int, last: int = 0) -> int:
    """Count the descriptors that a process holds, or, of ``last``, once held; one that has gone holds none.

    The kernel gives the lowest number that is free: whoever has a number has once had all below it. Plain calls,
    because this is asked of a thousand processes many times a second.
    """
    directory = f"/proc/{pid}/fd"
    try:
        # The kernel tells the number as the directory's size since Linux 6.2.
        now = os.stat(directory).st_size or len(os.listdir(directory))  # noqa: PTH116, PTH208
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0  # the last: without root, one that has ended and that nobody has read yet
    if not last or not os.path.lexists(f"{directory}/{last - 2}"):
        return now
    return max(now, last if os.path.lexists(f"{directory}/{last - 1}") else last - 1)


class KernelGroup(ABC):
    """What both generations have in common: the kernel does everything, so nothing is left for process 1."""

    mechanism: str

    def __init__(self) -> None:
        self._files = ControlFiles()
        self._is_throttled = False
        self._is_frozen = False

    def named(self, controller: str) -> str:
        return f"{self.mechanism} {controller}"

    def assignment(self) -> Assignment | None:
        return None

    def attach(self, process: int) -> None:  # noqa: B027 - to do nothing is what both want
        """Do nothing: the kernel knows who is in the group."""

    @abstractmethod
    def members(self) -> list[int]:
        """List the processes in the group."""

    def certain_members(self) -> list[int] | None:
        return self.members()

    def most_descriptors(self, last: int) -> int:
        return max((open_descriptors(pid, last) for pid in self.members()), default=0)


def kill_and_remove(directories: Iterable[Path], members: Callable[[], Sequence[int]]) -> None:
    """Kill what is left in a group and remove its directories, waiting until the kernel has let go of them."""
    deadline = time.monotonic() + _REMOVAL_SECONDS
    remaining = list(dict.fromkeys(directories))
    while remaining := [directory for directory in remaining if not _removed(directory)]:
        for pid in members():
            _kill(pid)
        if time.monotonic() > deadline:
            raise PlatformError(f"The cgroup {remaining[0]} could not be removed: {_what_stays(members())}.")
        time.sleep(0.002)


def _what_stays(members: Sequence[int]) -> str:
    """Name what does not end, and what it waits for in the kernel."""
    places = [(pid, Path(f"/proc/{pid}/wchan")) for pid in members]
    waiting = [f"{pid} ({_text(place)})" for pid, place in places if place.exists()]
    return f"these processes in it do not end: {', '.join(waiting)}" if waiting else "the kernel does not let go of it"


def _text(place: Path) -> str:
    try:
        return place.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "ended meanwhile"


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it has ended meanwhile, which is what was wanted


def _removed(directory: Path) -> bool:
    try:
        directory.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False  # EBUSY: a process in it is still ending, or there is a group in it
    return True
