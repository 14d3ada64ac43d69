"""What of this machine's files a sandbox without a root of its own may use: the same that would be mounted elsewhere.

The operating system's ``/usr`` without what was added to this machine (``mounts.HIDDEN``), the public part of ``/etc``,
the harmless devices, what ``/proc`` says of the machine and of the program itself, and the sources of the mounts. A
grant is for a directory with all that is below, so where something below is hidden or covered, what lies beside it is
granted piece by piece. The names of what is hidden can be listed all the same; nothing in it can be opened.
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH114, PTH118, PTH207, PTH208
import functools
import glob
import os
from collections.abc import Iterator, Mapping, Sequence

from runtime.sandbox.confined.landlock import LOOK, OWN, READ, RUN, USE, Grant
from runtime.sandbox.mounts import DEVICES, HIDDEN, SHARED_CONFIGURATION, SYSTEM_LINKS

MACHINE_FACTS = (
    "/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/sys/vm",
    "/proc/uptime", "/proc/version", "/proc/sys/kernel/osrelease", "/proc/sys/kernel/cap_last_cap",
)  # fmt: skip
"""What programs ask of ``/proc`` about the machine; nothing there names a process."""

WRITABLE, READABLE = "tmp", ("etc", "empty", "frame")
"""The parts of a sandbox's own directory."""


@functools.cache
def system() -> list[Grant]:
    """Grant the operating system."""
    roots = ["/usr", *(f"/{name}" for name in SYSTEM_LINKS if not os.path.islink(f"/{name}"))]
    return [
        *(grant for root in roots for grant in tree(root, hidden())),
        *(Grant(os.path.realpath(f"/etc/{name}"), READ) for name in SHARED_CONFIGURATION),
        *(Grant(f"/dev/{name}", USE) for name in DEVICES),
        *(Grant(path, READ) for path in MACHINE_FACTS),
    ]


def hidden() -> list[str]:
    """List the directories of the system that a sandbox does not see."""
    return [path for pattern in HIDDEN for path in glob.glob(pattern) if not os.path.islink(path)]


def mounted(mounts: Mapping[str, str]) -> Iterator[Grant]:
    """Grant the sources of mounts, by target, but for what other mounts cover."""
    for target, source in mounts.items():
        below = [other for other in mounts if other.startswith(target + "/")]
        yield from tree(source, [source + other[len(target) :] for other in below])


def own(directory: str) -> list[Grant]:
    """Grant the sandbox's own directory: to write in one part of it, to read the others."""
    return [Grant(f"{directory}/{WRITABLE}", OWN), *(Grant(f"{directory}/{name}", READ) for name in READABLE)]


def oneself() -> list[Grant]:
    """Grant what ``/proc`` says of this process, which is going to be the program."""
    return [Grant(f"/proc/{os.getpid()}", READ)]


def tree(directory: str, excluded: Sequence[str]) -> Iterator[Grant]:
    """Grant a directory or file without what is excluded."""
    inside = [path for path in excluded if path.startswith(directory + "/")]
    if not inside:
        yield Grant(directory, RUN)
        return
    yield Grant(directory, LOOK)
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if path not in inside and not os.path.islink(path):
            yield from tree(path, inside)
