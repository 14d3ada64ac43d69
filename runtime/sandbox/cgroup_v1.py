"""Cgroups, first generation: one hierarchy for each controller, one directory of the group in each."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from runtime.sandbox.cgroup import KernelGroup, Reading, fields, kill_and_remove, members_of, open_all, quota, write
from runtime.sandbox.contract import Limits

CONTROLLERS = ("cpu", "cpuacct", "memory", "pids", "freezer")

_MIB = 1 << 20


class GroupV1(KernelGroup):
    """The verbs of :class:`~runtime.sandbox.cgroup.Group` on the first generation."""

    mechanism = "cgroup v1"

    def __init__(self, directories: Mapping[str, Path]) -> None:
        self._directories = directories

    def enter(self) -> list[int]:
        # ``tasks``, not ``cgroup.procs``: moving a single thread avoids a lock of the whole machine.
        tasks = dict.fromkeys(directory / "tasks" for directory in self._directories.values())
        return open_all(tasks)

    def limit(self, limits: Limits) -> None:
        if memory := self._directories.get("memory"):
            size = limits.memory_mib * _MIB
            write(memory / "memory.limit_in_bytes", size)
            if (memory / "memory.memsw.limit_in_bytes").exists():
                write(memory / "memory.memsw.limit_in_bytes", size)
        if pids := self._directories.get("pids"):
            write(pids / "pids.max", limits.processes)

    def throttle(self, cpu_share: float | None) -> None:
        if cpu := self._directories.get("cpu"):
            if cpu_share is None:
                write(cpu / "cpu.cfs_quota_us", -1)
            else:
                share, period = quota(cpu_share)
                write(cpu / "cpu.cfs_period_us", period)
                write(cpu / "cpu.cfs_quota_us", share)

    def freeze(self, *, frozen: bool) -> bool:
        freezer = self._directories.get("freezer")
        if freezer is None:
            return True
        wanted = "FROZEN" if frozen else "THAWED"
        write(freezer / "freezer.state", wanted)
        return (freezer / "freezer.state").read_text().strip() == wanted

    def thawing(self) -> tuple[int, str] | None:
        freezer = self._directories.get("freezer")
        return (os.open(freezer / "freezer.state", os.O_WRONLY), "THAWED") if freezer else None

    def measure(self) -> Reading:
        return Reading(**self._cpu(), **self._memory(), **self._processes())  # type: ignore[arg-type]

    def members(self) -> list[int]:
        for directory in self._directories.values():
            return members_of(directory / "cgroup.procs")
        return []

    def remove(self) -> None:
        freezer = self._directories.get("freezer")
        if freezer and freezer.is_dir():
            self.freeze(frozen=False)  # a frozen process cannot even be killed here
        kill_and_remove(self._directories.values(), self._all_members)

    def _all_members(self) -> list[int]:
        files = [directory / "cgroup.procs" for directory in self._directories.values()]
        return sorted({pid for file in files for pid in members_of(file)})

    def _cpu(self) -> dict[str, float]:
        cpu = self._directories.get("cpuacct")
        return {"cpu_seconds": int((cpu / "cpuacct.usage").read_text()) / 1e9} if cpu else {}

    def _memory(self) -> dict[str, int]:
        memory = self._directories.get("memory")
        if memory is None:
            return {}
        statistics = fields(memory / "memory.stat")
        usage = int((memory / "memory.usage_in_bytes").read_text())
        peak = int((memory / "memory.max_usage_in_bytes").read_text())
        return {
            "working_set_bytes": max(0, usage - statistics["total_inactive_file"]),
            "peak_bytes": peak,
            "peak_without_cache_bytes": max(0, peak - statistics["total_cache"]),
            "oom_kills": fields(memory / "memory.oom_control").get("oom_kill", 0),
            "held_bytes": max(0, usage - statistics["total_inactive_file"] - statistics["total_active_file"]),
            "major_faults": statistics["total_pgmajfault"],
        }

    def _processes(self) -> dict[str, int]:
        pids = self._directories.get("pids")
        if pids is None:
            return {}
        peak = pids / "pids.peak"
        counted = peak if peak.exists() else pids / "pids.current"
        return {
            "refused_forks": fields(pids / "pids.events")["max"],
            "most_processes": int(counted.read_text()),
        }
