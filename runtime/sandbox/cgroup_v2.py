"""Cgroups, second generation: one hierarchy, one directory for the group."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from runtime.sandbox.cgroup import KernelGroup, Reading, fields, kill_and_remove, members_of, quota, write
from runtime.sandbox.contract import Limits

CONTROLLERS = ("cpu", "memory", "pids", "freezer")
"""``freezer`` is no controller here but a property of every group; it is listed so that both generations read alike."""

_MIB = 1 << 20


class GroupV2(KernelGroup):
    """The verbs of :class:`~runtime.sandbox.cgroup.Group` on the second generation."""

    mechanism = "cgroup v2"

    def __init__(self, directories: Mapping[str, Path]) -> None:
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
        if "cpu" in self._controllers:
            value = "max" if cpu_share is None else "{} {}".format(*quota(cpu_share))
            write(self._directory / "cpu.max", value)

    def freeze(self, *, frozen: bool) -> bool:
        write(self._directory / "cgroup.freeze", int(frozen))
        return fields(self._directory / "cgroup.events")["frozen"] == int(frozen)

    def thawing(self) -> tuple[int, str] | None:
        return os.open(self._directory / "cgroup.freeze", os.O_WRONLY), "0"

    def measure(self) -> Reading:
        return Reading(**self._cpu(), **self._memory(), **self._processes())  # type: ignore[arg-type]

    def members(self) -> list[int]:
        return members_of(self._directory / "cgroup.procs")

    def remove(self) -> None:
        kill_and_remove([self._directory], self.members)

    def _cpu(self) -> dict[str, float]:
        return {"cpu_seconds": fields(self._directory / "cpu.stat")["usage_usec"] / 1e6}

    def _memory(self) -> dict[str, int]:
        if "memory" not in self._controllers:
            return {}
        statistics = fields(self._directory / "memory.stat")
        usage = int((self._directory / "memory.current").read_text())
        peak_file = self._directory / "memory.peak"  # since Linux 5.19
        peak = int(peak_file.read_text()) if peak_file.exists() else usage
        return {
            "working_set_bytes": max(0, usage - statistics["inactive_file"]),
            "peak_bytes": peak,
            "peak_without_cache_bytes": max(0, peak - statistics["file"]),
            "oom_kills": fields(self._directory / "memory.events")["oom_kill"],
            "held_bytes": max(0, usage - statistics["inactive_file"] - statistics["active_file"]),
            "major_faults": statistics["pgmajfault"],
        }

    def _processes(self) -> dict[str, int]:
        if "pids" not in self._controllers:
            return {}
        peak = self._directory / "pids.peak"  # since Linux 6.11
        counted = peak if peak.exists() else self._directory / "pids.current"
        return {
            "refused_forks": fields(self._directory / "pids.events")["max"],
            "most_processes": int(counted.read_text()),
        }
