"""Find the cgroup hierarchies of this host: which generation, which controllers, and where groups can be made.

Without root that is a directory which root has prepared for this user (``delegation.py``), or on the second generation
the group above our own, as systemd gives its users.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from runtime.sandbox import cgroup_v1, cgroup_v2
from runtime.sandbox.cgroup import PARENT, Hierarchies

MOUNTS = Path("/proc/self/mountinfo")
GROUPS = Path("/proc/self/cgroup")


class Mounted(NamedTuple):
    """A hierarchy that is mounted here."""

    place: Path
    is_second_generation: bool
    controllers: frozenset[str]
    """Those of ours that it has; ``freezer`` is in the second generation always."""


def find(mounts: Path = MOUNTS, groups: Path = GROUPS) -> Hierarchies:
    """Take the first generation where it has any controller we need, else the second; perhaps it has none for us.

    Directories that we may not write to count as absent: what cannot be used cannot keep a promise.
    """
    own = _own_second_generation(groups)
    first: dict[str, Path] = {}
    second: dict[str, Path] = {}
    for place, is_second_generation, controllers in mounted(mounts):
        if not is_second_generation and (top := _writable(place)):
            first |= dict.fromkeys(controllers, top)
        elif is_second_generation and (top := _delegated(place, own)):
            second = dict.fromkeys(controllers & _passed_on(top), top)
    if {"cpu", "memory", "pids"} & set(first) or not second:
        return Hierarchies(cgroup_v1.GroupV1.mechanism, first, cgroup_v1.GroupV1, cgroup_v1.CONTROLLERS)
    return Hierarchies(cgroup_v2.GroupV2.mechanism, second, cgroup_v2.GroupV2, cgroup_v2.CONTROLLERS)


def mounted(mounts: Path = MOUNTS) -> Iterator[Mounted]:
    """List the hierarchies that have anything for us."""
    for line in mounts.read_text().splitlines():
        left, _, right = line.partition(" - ")
        place = Path(left.split()[4])
        kind, _, options = right.split(maxsplit=2)
        if kind == "cgroup" and (ours := frozenset(options.split(",")) & set(cgroup_v1.CONTROLLERS)):
            yield Mounted(place, is_second_generation=False, controllers=ours)
        elif kind == "cgroup2":
            offered = {*(place / "cgroup.controllers").read_text().split(), "freezer"}
            ours = frozenset(offered & set(cgroup_v2.CONTROLLERS))
            yield Mounted(place, is_second_generation=True, controllers=ours)


def belonging_to(uid: int, place: Path) -> Path:
    """Return where in a hierarchy a user has his groups, if root has delegated one to him."""
    return place / f"{PARENT}.{uid}"


def _writable(place: Path) -> Path | None:
    """Return where groups can be made on the first generation, where the right to write is all that it takes."""
    return next((top for top in (place, belonging_to(os.getuid(), place)) if os.access(top, os.W_OK)), None)


def _delegated(place: Path, own: str) -> Path | None:
    """Return where groups can be made and entered: both need rights in a group above our own."""
    if os.access(place, os.W_OK):
        return place
    above = place / own.strip("/")
    if own.strip("/") and os.access(above.parent, os.W_OK) and os.access(above.parent / "cgroup.procs", os.W_OK):
        return above.parent
    return None


def _passed_on(top: Path) -> frozenset[str]:
    """Return the controllers that groups below can have: none further while processes are in this one directly.

    That is the kernel's rule for every group but the very first, which alone has no ``cgroup.events``.
    """
    already = {*(top / "cgroup.subtree_control").read_text().split(), "freezer"}
    is_first = not (top / "cgroup.events").exists()
    if is_first or not (top / "cgroup.procs").read_text().strip():
        return frozenset({*already, *(top / "cgroup.controllers").read_text().split()})
    return frozenset(already)


def _own_second_generation(groups: Path) -> str:
    for line in groups.read_text().splitlines():
        if line.startswith("0::"):
            return line[3:]
    return ""
