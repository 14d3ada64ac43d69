"""What a runtime holds on the host, seen from outside: processes, groups, mounts, loop devices, descriptors."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from runtime.sandbox import remains


def loops(state: Path) -> list[Path]:
    """List the loop devices whose file lies under a directory."""
    return list(remains.of_directory(state).loop_devices)


def groups(pid: int) -> list[Path]:
    """List the cgroups that a process has made."""
    return list(remains.of_owners(made_by(pid)).groups)


def made_by(pid: int) -> Callable[[str], bool]:
    return lambda mark: mark.startswith(f"{pid}-")


def offspring(owner: int) -> list[int]:
    """List a process's children and what those started; one that has ended is not counted: it is about to be reaped."""
    found = []
    for task in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = task.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == owner:
            pid = int(task.parent.name)
            found += [pid] * (state != "Z") + offspring(pid)
    return found


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def users_of(pids: list[int]) -> set[int]:
    return {Path(f"/proc/{pid}").stat().st_uid for pid in pids if Path(f"/proc/{pid}").exists()}


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def mounts() -> list[str]:
    """List the mounts of the host that belong to sandboxes."""
    return [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if "loop" in line.split(" - ")[1]]


def lives(pid: int) -> bool:
    """Tell whether a process is more than an entry that nobody has read yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
