"""Find the cgroup hierarchies of this host: which generation, which controllers, and where they are mounted."""

from __future__ import annotations

import os
from pathlib import Path

from runtime.sandbox import cgroup_v1, cgroup_v2
from runtime.sandbox.cgroup import PARENT, Hierarchies

MOUNTS = Path("/proc/self/mountinfo")
GROUPS = Path("/proc/self/cgroup")


def find(mounts: Path = MOUNTS, groups: Path = GROUPS) -> Hierarchies:
    """Take the first generation where it has any controller we need, else the second; perhaps it has none for us.

    Directories that we may not write to count as absent: what cannot be used cannot keep a promise. Without root there
    may be one that is ours: ``lambda-lab/``, prepared by root (first generation), or the one above our own group, as
    systemd gives its users (second generation).
    """
    own = _own_second_generation(groups)
    first: dict[str, Path] = {}
    second: dict[str, Path] = {}
    for line in mounts.read_text().splitlines():
        left, _, right = line.partition(" - ")
        place = Path(left.split()[4])
        kind, _, options = right.split(maxsplit=2)
        if kind == "cgroup" and _is_ours(place):
            controllers = set(options.split(",")) & set(cgroup_v1.CONTROLLERS)
            first |= dict.fromkeys(controllers, place)
        elif kind == "cgroup2" and (top := _delegated(place, own)):
            offered = {*(top / "cgroup.controllers").read_text().split(), "freezer"}
            second = dict.fromkeys(offered & set(cgroup_v2.CONTROLLERS), top)
    if {"cpu", "memory", "pids"} & set(first) or not second:
        return Hierarchies(cgroup_v1.GroupV1.mechanism, first, cgroup_v1.GroupV1, cgroup_v1.CONTROLLERS)
    return Hierarchies(cgroup_v2.GroupV2.mechanism, second, cgroup_v2.GroupV2, cgroup_v2.CONTROLLERS)


def _is_ours(place: Path) -> bool:
    return os.access(place, os.W_OK) or os.access(place / PARENT, os.W_OK)


def _delegated(place: Path, own: str) -> Path | None:
    """Return where groups can be made and entered: both need rights in a group above our own."""
    if os.access(place, os.W_OK):
        return place
    above = place / own.strip("/")
    if own.strip("/") and os.access(above.parent, os.W_OK) and os.access(above.parent / "cgroup.procs", os.W_OK):
        return above.parent
    return None


def _own_second_generation(groups: Path) -> str:
    for line in groups.read_text().splitlines():
        if line.startswith("0::"):
            return line[3:]
    return ""
