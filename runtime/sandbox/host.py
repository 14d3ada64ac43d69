"""What this host can enforce, limit by limit: the mechanism in use, and what is lacking where there is none.

It tries, it does not guess: namespaces are made, a cgroup gets its limits, a disk is attached and mounted. Each promise
lists its mechanisms best first; those that need no root come in a later version, and until then their absence is said.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import hierarchies
from runtime.sandbox.cgroup import Hierarchies
from runtime.sandbox.contract import Limits, Promise
from runtime.sandbox.nursery import PROJECT, isolated_python
from runtime.sandbox.storage import DEFAULT_MIB, Storage

MACHINES = ("x86_64", "aarch64")
REMEDY = "Run the runtime on Linux, as root (sudo)."

_WALLS = {
    "files": ("mount namespace", "process namespace", "IPC namespace", "UTS namespace"),
    "privileges": ("unprivileged user", "seccomp"),
    "network": ("network namespace",),
}
_WALL_MECHANISMS = {
    "files": "mount, process, IPC and UTS namespaces on a read-only root",
    "privileges": "unprivileged user, no capabilities, no new privileges, seccomp",
    "network": "network namespace with loopback alone",
}
_GROUP_MECHANISMS = {
    "memory": ("memory", "memory, swap included"),
    "CPU share": ("cpu", "cpu, quota every 20 ms"),
    "processes and threads": ("pids", "pids"),
}


def require() -> None:
    """Raise :class:`PlatformError` with the remedy if this host cannot make a sandbox at all."""
    if reason := _obstacle():
        raise PlatformError(f"Sandboxes cannot be made here: {reason}. {REMEDY}")


def promises(directory: Path) -> tuple[Promise, ...]:
    """Say for each promise which mechanism keeps it on this host; ``directory`` is for the disks that are tried."""
    if reason := _obstacle():
        names = (*_GROUP_MECHANISMS, "file descriptors", "storage", "time", *_WALLS)
        return tuple(Promise(name, None, f"{reason}. {REMEDY}") for name in names)
    found = hierarchies.find()
    storage = Storage(directory)
    attempts = _probe(storage)
    return (
        *(_group_promise(name, found) for name in _GROUP_MECHANISMS),
        Promise("file descriptors", "RLIMIT_NOFILE"),
        _storage_promise(storage.lacking or attempts["ext4"]),
        _time_promise(attempts, found),
        *(_wall_promise(name, attempts) for name in _WALLS),
    )


def missing_promises() -> tuple[str, ...]:
    """Name the promises that nothing keeps here, each with the reason; empty on a host that isolates."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-") as directory:
        return tuple(
            f"{promise.name} ({promise.remark})" for promise in promises(Path(directory)) if promise.mechanism is None
        )


def _obstacle() -> str:
    """Return why there can be no sandbox whatever is installed; empty if nothing stands in the way."""
    if platform.system() != "Linux":
        return f"namespaces need Linux, and this is {platform.system()}"
    if platform.machine() not in MACHINES:
        return f"the seccomp filter is written for {' and '.join(MACHINES)}, and this is {platform.machine()}"
    if os.geteuid() != 0:
        return "this version needs root to make namespaces and cgroups"
    return ""


def _probe(storage: Storage) -> Mapping[str, str]:
    disk = storage.disk(DEFAULT_MIB)
    try:
        command = isolated_python("runtime.sandbox.probe", *([disk.device] if disk.device else []))
        answer = subprocess.run(command, env={"PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=True)
    finally:
        disk.release()
    reasons: dict[str, str] = json.loads(answer.stdout)
    return reasons


def _group_promise(name: str, found: Hierarchies) -> Promise:
    controller, mechanism = _GROUP_MECHANISMS[name]
    if controller not in found.tops:
        return Promise(name, None, f"no writable cgroup hierarchy offers the {controller} controller")
    if reason := _refusal(found):
        return Promise(name, None, reason)
    return Promise(name, f"{found.mechanism} {mechanism}")


def _refusal(found: Hierarchies) -> str:
    """Make a group and set its limits; return the kernel's reason if it refuses."""
    try:
        group = found.create("probe")
        try:
            group.limit(Limits(memory_mib=128, cpu_share=0.0625))
            group.throttle(0.0625)
        finally:
            group.remove()
            found.remove_parent()
    except (PlatformError, OSError) as error:
        return str(error)
    return ""


def _storage_promise(lacking: str) -> Promise:
    best = "loop-mounted ext4 of that size"
    if not lacking:
        return Promise("storage", best)
    remark = f"{lacking}; what is written to /tmp counts against the memory of the function"
    return Promise("storage", "tmpfs of that size", remark, (best,))


def _time_promise(attempts: Mapping[str, str], found: Hierarchies) -> Promise:
    if reason := attempts["process namespace"]:
        return Promise("time", None, reason)
    remark = "" if "freezer" in found.tops else "idle environments cannot be frozen: no cgroup freezer"
    return Promise("time", "deadline, then the end of the whole process namespace", remark)


def _wall_promise(name: str, attempts: Mapping[str, str]) -> Promise:
    failed = [f"{needed}: {attempts[needed]}" for needed in _WALLS[name] if attempts[needed]]
    if failed:
        return Promise(name, None, "; ".join(failed))
    return Promise(name, _WALL_MECHANISMS[name])
