"""What this host can enforce, limit by limit: the mechanism in use, and what is lacking where there is none.

It tries, it does not guess: namespaces are made, a cgroup gets its limits, a disk is attached and mounted. Each promise
names the best mechanism that is there; where a better one is lacking, the remark says which and what would bring it.
Without root everything happens in user namespaces, and process 1 stands in for the cgroup ("emulated").
"""

from __future__ import annotations

import functools
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox import hierarchies, users
from runtime.sandbox.cgroup import Hierarchies
from runtime.sandbox.contract import Limits, Promise
from runtime.sandbox.means import Means
from runtime.sandbox.nursery import PROJECT, isolated_python
from runtime.sandbox.recipe import KEEPER_UID
from runtime.sandbox.storage import DEFAULT_MIB, Storage

MACHINES = ("x86_64", "aarch64")
REMEDY = "Run the runtime on Linux, as root (sudo)."
FIRST_WITH_DETACHED_MOUNTS = (5, 12)
OLDEST_WITHOUT_ROOT = (5, 14)
"""Since then the kernel counts a user's processes for each user namespace by itself."""

_ALLOW_NAMESPACES = "A container needs CAP_SYS_ADMIN, and a seccomp profile and a /proc that let namespaces be made."
_ALLOW_USER_NAMESPACES = (
    "An administrator allows them with sysctl: user.max_user_namespaces above 0, on Ubuntu "
    "kernel.apparmor_restrict_unprivileged_userns=0, on old Debian kernel.unprivileged_userns_clone=1; a container "
    "needs a seccomp profile that lets unshare and mount pass."
)
_DELEGATE = (
    f"a cgroup of your own (sudo {sys.executable} -m runtime delegate USER), or root, would let the kernel keep it"
)
_SHARED_WITH_TMP = "/tmp is memory here, so the kernel's own limit ({mechanism}) is that of both together"

_WALLS = {
    "files": ("mount namespace", "process namespace", "mounting /proc", "IPC namespace", "UTS namespace"),
    "privileges": ("unprivileged user", "seccomp"),
    "network": ("network namespace",),
}
_WALL_MECHANISMS = {
    "files": "mount, process, IPC and UTS namespaces on a read-only root",
    "privileges": "unprivileged user, no capabilities, no new privileges, seccomp",
    "network": "network namespace with loopback alone",
}
_EMULATIONS = {
    "memory": "sampled every 20 ms, then the tree is killed (emulated)",
    "CPU share": "stopped and continued every 20 ms, by the CPU time of the tree (emulated)",
    "processes and threads": "RLIMIT_NPROC in a user namespace, breaches found by counting (emulated)",
}
_ACCURACY = {
    "memory": "anonymous and shared memory only, and a peak of less than 20 ms is missed",
    "CPU share": "kept within 10 % over 5 s",
    "processes and threads": "concluded by counting: being full is taken for a breach, a lone refusal may be missed",
}
_GROUP_MECHANISMS = {
    "memory": ("memory", "memory, swap included"),
    "CPU share": ("cpu", "cpu, quota every 20 ms"),
    "processes and threads": ("pids", "pids"),
}


def require() -> None:
    """Raise :class:`PlatformError` with the remedy if this host cannot make a sandbox at all."""
    if reason := obstacle():
        raise PlatformError(f"Sandboxes cannot be made here: {reason}. {REMEDY}")


def means(found: Hierarchies) -> Means:
    """Decide by which means sandboxes are made here, given the cgroups that were found."""
    in_user_namespace = os.geteuid() != 0
    # Process 1 of root's sandboxes does not stand in for ``pids``: the kernel would count by user, and where root has
    # too few ids (``users.py``) the user is the same in all of them.
    # Without root /tmp is memory: the kernel's own limit has to have room for both, and what is not /tmp is sampled.
    lacking = {*found.lacking, "memory"} if in_user_namespace else set(found.lacking) - {"pids"}
    has_own_keeper = not in_user_namespace and not lacking
    return Means(
        in_user_namespace=in_user_namespace,
        emulated=frozenset(lacking),
        hands_over_mounts=not in_user_namespace and _release() >= FIRST_WITH_DETACHED_MOUNTS,
        has_own_users=not in_user_namespace and users.exist_here(),
        keeper_uid=KEEPER_UID if has_own_keeper else None,
    )


def promises(directory: Path) -> tuple[Promise, ...]:
    """Say for each promise which mechanism keeps it on this host; ``directory`` is for the disks that are tried."""
    if reason := obstacle():
        names = (*_GROUP_MECHANISMS, "file descriptors", "storage", "time", *_WALLS)
        return tuple(Promise(name, None, f"{reason}. {REMEDY}") for name in names)
    found = hierarchies.find()
    chosen = means(found)
    storage = Storage(directory, can_mount=not chosen.in_user_namespace)
    attempts = _probe(storage, chosen)
    return (
        *(group_promise(name, found, chosen.emulated) for name in _GROUP_MECHANISMS),
        Promise("file descriptors", "RLIMIT_NOFILE"),
        _storage_promise(storage.lacking or attempts["ext4"], chosen),
        _time_promise(attempts, found, chosen),
        *(_wall_promise(name, attempts, chosen) for name in _WALLS),
    )


def obstacle() -> str:
    """Return why there can be no sandbox whatever is installed; empty if nothing stands in the way."""
    if platform.system() != "Linux":
        return f"namespaces need Linux, and this is {platform.system()}"
    if platform.machine() not in MACHINES:
        return f"the seccomp filter is written for {' and '.join(MACHINES)}, and this is {platform.machine()}"
    return _obstacle_without_root() if os.geteuid() != 0 else _obstacle_of_root()


def _obstacle_of_root() -> str:
    """In a container, root may lack the right to make namespaces."""
    for needed, reason in _attempts("--only", "mount namespace", "mounting /proc").items():
        if reason:
            return f"this root may not make sandboxes ({needed}: {reason}). {_ALLOW_NAMESPACES}"
    return ""


def _release() -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", platform.release())[:2])


def _obstacle_without_root() -> str:
    if _release() < OLDEST_WITHOUT_ROOT:
        needed = ".".join(map(str, OLDEST_WITHOUT_ROOT))
        return f"without root it takes Linux {needed}, and this is {platform.release()}"
    if reason := _attempts("--user-namespace", "--only", "user namespace")["user namespace"]:
        return f"this host forbids user namespaces ({reason}). {_ALLOW_USER_NAMESPACES}"
    return ""


def _probe(storage: Storage, chosen: Means) -> Mapping[str, str]:
    disk = storage.disk(DEFAULT_MIB)
    try:
        options = ["--user-namespace"] if chosen.in_user_namespace else []
        return _attempts(*options, *(["--device", disk.device] if disk.device else []))
    finally:
        disk.release()


@functools.cache
def _attempts(*options: str) -> Mapping[str, str]:
    """Run the probe; return the kernel's reason for each attempt that failed, and nothing for the others."""
    command = isolated_python("runtime.sandbox.probe", *options)
    answer = subprocess.run(
        command, env={"PYTHONPATH": str(PROJECT)}, capture_output=True, text=True, check=True, cwd="/"
    )
    reasons: dict[str, str] = json.loads(answer.stdout)
    return reasons


def group_promise(name: str, found: Hierarchies, emulated: Collection[str]) -> Promise:
    """Say what keeps a limit that a cgroup keeps best."""
    controller, mechanism = _GROUP_MECHANISMS[name]
    best = f"cgroup {mechanism}"
    if controller in emulated:
        way = (
            _SHARED_WITH_TMP.format(mechanism=found.mechanism) if controller in found.tops else f"{_DELEGATE} ({best})"
        )
        remark = f"{_ACCURACY[name]}; {way}"
        return Promise(name, _EMULATIONS[name], remark, (best,))
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


def _storage_promise(lacking: str, chosen: Means) -> Promise:
    best = "loop-mounted ext4 of that size"
    if not lacking:
        return Promise("storage", best)
    whose = "this machine, though not of the function" if "memory" in chosen.emulated else "the function"
    remark = f"{lacking}; what is written to /tmp counts against the memory of {whose}"
    return Promise("storage", "tmpfs of that size", remark, (best,))


def _time_promise(attempts: Mapping[str, str], found: Hierarchies, chosen: Means) -> Promise:
    if reason := attempts["process namespace"]:
        return Promise("time", None, reason)
    remark = ""
    if "freezer" in chosen.emulated:
        remark = "idle environments are stopped by signals (emulated)"
    elif "freezer" not in found.tops:
        remark = "idle environments cannot be frozen: no cgroup freezer"
    return Promise("time", "deadline, then the end of the whole process namespace", remark)


def _wall_promise(name: str, attempts: Mapping[str, str], chosen: Means) -> Promise:
    failed = [f"{needed}: {attempts[needed]}" for needed in _WALLS[name] if attempts[needed]]
    if failed:
        return Promise(name, None, "; ".join(failed))
    if name == "privileges" and chosen.in_user_namespace:
        remark = "outside, the sandbox's user is you: whoever broke out of it could do what you can"
        return Promise(name, f"user namespace, {_WALL_MECHANISMS[name]}", remark)
    if name == "privileges" and not chosen.has_own_users:
        remark = "this root has too few user ids: all sandboxes are one user, and share what the kernel counts by user"
        return Promise(name, _WALL_MECHANISMS[name], remark)
    return Promise(name, _WALL_MECHANISMS[name])
