"""What a runtime in this process holds of the host, as numbers that can be compared: before and after a soak."""

from __future__ import annotations

import gc
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.sandbox.holdings import descriptors, groups, loops, mounts, offspring

MEMORY_GROWTH_BYTES = 24 << 20
"""What a longer journal, its indexes, and the caches of an interpreter may cost; a leak of 4 KB an invocation costs
40 MB in a soak of ten thousand."""
_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")


@dataclass(frozen=True)
class Counts:
    """How many of each there are."""

    processes: int
    mounts: int
    cgroups: int
    loop_devices: int
    namespaces: int
    descriptors: int
    files: int
    threads: int

    def differences(self, before: Counts) -> dict[str, str]:
        """Say of what there is more, or less, than before."""
        now, then = asdict(self), asdict(before)
        return {name: f"{then[name]} -> {now[name]}" for name in now if now[name] != then[name]}


def count(state: Path) -> Counts:
    """Count now; ``state`` is the directory under which the runtime keeps its files."""
    family = offspring(os.getpid())
    return Counts(
        processes=len(family),
        mounts=len(mounts()),
        cgroups=len(groups(os.getpid())),
        loop_devices=len(loops(state)),
        namespaces=len({space for pid in family for space in _namespaces(pid)}),
        descriptors=descriptors(),
        files=sum(1 for _ in state.rglob("*")),
        threads=sum(1 for _ in Path("/proc/self/task").iterdir()),
    )


def resident_bytes() -> int:
    """Return the memory that this process holds, rubbish left aside."""
    gc.collect()
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0]) * 1024


def _namespaces(pid: int) -> set[str]:
    directory = Path(f"/proc/{pid}/ns")
    found = set()
    for name in _NAMESPACES:
        try:
            found.add(str((directory / name).readlink()))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has ended meanwhile
    return found
