"""Find the cgroup hierarchies of this host: which generation, which controllers, and where they are mounted."""

from __future__ import annotations

import os
from pathlib import Path

from runtime.sandbox import cgroup_v1, cgroup_v2
from runtime.sandbox.cgroup import Hierarchies

MOUNTS = Path("/proc/self/mountinfo")


def find(mounts: Path = MOUNTS) -> Hierarchies:
    """Take the first generation where it has any controller we need, else the second.

    Directories that we may not write to count as absent: what cannot be used cannot keep a promise.
    """
    first: dict[str, Path] = {}
    second: dict[str, Path] = {}
    for line in mounts.read_text().splitlines():
        left, _, right = line.partition(" - ")
        place = Path(left.split()[4])
        kind, _, options = right.split(maxsplit=2)
        if not os.access(place, os.W_OK):
            continue
        if kind == "cgroup":
            controllers = set(options.split(",")) & set(cgroup_v1.CONTROLLERS)
            first |= dict.fromkeys(controllers, place)
        elif kind == "cgroup2":
            offered = {*(place / "cgroup.controllers").read_text().split(), "freezer"}
            second = dict.fromkeys(offered & set(cgroup_v2.CONTROLLERS), place)
    if {"cpu", "memory", "pids"} & set(first):
        return Hierarchies(cgroup_v1.GroupV1.mechanism, first, cgroup_v1.GroupV1, cgroup_v1.CONTROLLERS)
    return Hierarchies(cgroup_v2.GroupV2.mechanism, second, cgroup_v2.GroupV2, cgroup_v2.CONTROLLERS)
