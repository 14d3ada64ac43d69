"""Cgroups, first generation: one hierarchy for each controller, one directory of the group in each."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path

from runtime.sandbox.cgroup import KernelGroup, Reading, kill_and_remove, members_of, open_all, quota
from runtime.sandbox.contract import Limits
from runtime.sandbox.control_files import write

CONTROLLERS = ("cpu", "cpuacct", "memory", "pids", "freezer")

_MIB = 1 << 20


class GroupV1(KernelGroup):
    """The verbs of :class:`~runtime.sandbox.cgroup.Group` on the first generation."""

    mechanism = "cgroup v1"

    def __init__(self, directories: Mapping[str, Path]) -> None:
        super().__init__()
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
        cpu = self._directories.get("cpu")
        if cpu and (self._is_throttled or cpu_share is not None):
            self._is_throttled = cpu_share is not None
            if cpu_share is None:
                write(cpu / "cpu.cfs_quota_us", -1)
            else:
                share, period = quota(cpu_share)
                write(cpu / "cpu.cfs_period_us", period)
                write(cpu / "cpu.cfs_quota_us", share)

    def freeze(self, *, frozen: bool) -> bool:
        freezer = self._directories.get("freezer")
        if freezer is None or not (frozen or self._is_frozen):
            return True
        self._is_frozen = True  # until it was asked whether all have stopped or gone on, nobody knows
        wanted = "FROZEN" if frozen else "THAWED"
        write(freezer / "freezer.state", wanted)
        has_happened = self._files.text(freezer / "freezer.state").strip() == wanted
        self._is_frozen = frozen or not has_happened
        return has_happened

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
        if self._all_members():
            self._let_end()
        self._files.close()
        kill_and_remove(self._directories.values(), self._all_members)

    def _let_end(self) -> None:
        """Let what is frozen go on, which cannot even be killed here, and lift the CPU share, under which many take
        long to end; perhaps it was another runtime that had done that.
        """
        if freezer := self._directories.get("freezer"):
            write(freezer / "freezer.state", "THAWED")
        if cpu := self._directories.get("cpu"):
            write(cpu / "cpu.cfs_quota_us", -1)

    def _all_members(self) -> list[int]:
        files = [directory / "cgroup.procs" for directory in self._directories.values()]
        return sorted({pid for file in files for pid in members_of(file)})

    def _cpu(self) -> dict[str, float]:
        cpu = self._directories.get("cpuacct")
        return {"cpu_seconds": self._files.number(cpu / "cpuacct.usage") / 1e9} if cpu else {}

    def _memory(self) -> dict[str, int]:
        memory = self._directories.get("memory")
        if memory is None:
            return {}
        statistics = self._files.fields(memory / "memory.stat")
        usage = self._files.number(memory / "memory.usage_in_bytes")
        peak = self._files.number(memory / "memory.max_usage_in_bytes")
        return {
            "working_set_bytes": max(0, usage - statistics["total_inactive_file"]),
            "peak_bytes": peak,
            "peak_without_cache_bytes": max(0, peak - statistics["total_cache"]),
            "oom_kills": self._files.fields(memory / "memory.oom_control").get("oom_kill", 0),
            "held_bytes": max(0, usage - statistics["total_inactive_file"] - statistics["total_active_file"]),
            "major_faults": statistics["total_pgmajfault"],
        }

    def _processes(self) -> dict[str, int]:
        pids = self._directories.get("pids")
        if pids is None:
            return {}
        counted = pids / "pids.peak" if _counts_peak(pids.parent) else pids / "pids.current"
        return {
            "refused_forks": self._files.fields(pids / "pids.events")["max"],
            "most_processes": self._files.number(counted),
        }


@functools.cache
def _counts_peak(parent: Path) -> bool:
    return (parent / "pids.peak").exists()
