"""Cgroups, second generation: one hierarchy, one directory for the group."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from runtime.sandbox.cgroup import KernelGroup, Reading, kill_and_remove, members_of, quota
from runtime.sandbox.contract import Limits
from runtime.sandbox.control_files import write

CONTROLLERS = ("cpu", "memory", "pids", "freezer")
"""``freezer`` is no controller here but a property of every group; it is listed so that both generations read alike."""

_MIB = 1 << 20


class GroupV2(KernelGroup):
    """The verbs of :class:`~runtime.sandbox.cgroup.Group` on the second generation."""

    mechanism = "cgroup v2"

    def __init__(self, directories: Mapping[str, Path]) -> None:
        super().__init__()
        self._controllers = frozenset(directories)
        self._directory = next(iter(directories.values()))

    def enter(self) -> list[int]:
        return [os.open(self._directory / "cgroup.procs", os.O_WRONLY)]

    def limit(self, limits: Limits) -> None:
        if "memory" in self._controllers:
            write(self._directory / "memory.max", limits.memory_mib * _MIB)
            if (self._directory / "memory.swap.max").exists():
                write(self._directory / "memory.swap.max", 0)
        if "pids" in self._controllers:
            write(self._directory / "pids.max", limits.processes)

    def throttle(self, cpu_share: float | None) -> None:
        if "cpu" in self._controllers and (self._is_throttled or cpu_share is not None):
            self._is_throttled = cpu_share is not None
            value = "max" if cpu_share is None else "{} {}".format(*quota(cpu_share))
            write(self._directory / "cpu.max", value)

    def freeze(self, *, frozen: bool) -> bool:
        if not (frozen or self._is_frozen):
            return True
        write(self._directory / "cgroup.freeze", int(frozen))
        has_happened = self._files.fields(self._directory / "cgroup.events")["frozen"] == int(frozen)
        self._is_frozen = frozen or not has_happened
        return has_happened

    def thawing(self) -> tuple[int, str] | None:
        return os.open(self._directory / "cgroup.freeze", os.O_WRONLY), "0"

    def measure(self) -> Reading:
        return Reading(**self._cpu(), **self._memory(), **self._processes())  # type: ignore[arg-type]

    def members(self) -> list[int]:
        return members_of(self._directory / "cgroup.procs")

    def remove(self) -> None:
        if "cpu" in self._controllers and self.members():
            # Under a small share many processes take long to end; perhaps it was another runtime that throttled them.
            write(self._directory / "cpu.max", "max")
        self._files.close()
        kill_and_remove([self._directory], self.members)

    def _cpu(self) -> dict[str, float]:
        return {"cpu_seconds": self._files.fields(self._directory / "cpu.stat")["usage_usec"] / 1e6}

    def _memory(self) -> dict[str, int]:
        if "memory" not in self._controllers:
            return {}
        statistics = self._files.fields(self._directory / "memory.stat")
        usage = self._files.number(self._directory / "memory.current")
        peak_file = self._directory / "memory.peak"  # since Linux 5.19
        peak = self._files.number(peak_file) if peak_file.exists() else usage
        return {
            "working_set_bytes": max(0, usage - statistics["inactive_file"]),
            "peak_bytes": peak,
            "peak_without_cache_bytes": max(0, peak - statistics["file"]),
            "oom_kills": self._files.fields(self._directory / "memory.events")["oom_kill"],
            "held_bytes": max(0, usage - statistics["inactive_file"] - statistics["active_file"]),
            "major_faults": statistics["pgmajfault"],
        }

    def _processes(self) -> dict[str, int]:
        if "pids" not in self._controllers:
            return {}
        peak = self._directory / "pids.peak"  # since Linux 6.11
        counted = peak if peak.exists() else self._directory / "pids.current"
        return {
            "refused_forks": self._files.fields(self._directory / "pids.events")["max"],
            "most_processes": self._files.number(counted),
        }
