"""What Docker Engine is told about a container, in the words of its API (``POST /containers/create``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.sandbox import configuration, mounts, owner
from runtime.sandbox.cgroup import PERIOD_MICROSECONDS
from runtime.sandbox.contract import SandboxSpec
from runtime.sandbox.docker import places
from runtime.sandbox.docker.inside import ARGV
from runtime.sandbox.nursery import PROJECT

_MIB = 1 << 20
CAPABILITIES = ("SETUID", "SETGID", "SETPCAP")
"""What process 1 needs to make a program nobody; it gives them up itself once the program runs."""
SECRETS = (
    "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/key-users", "/proc/latency_stats", "/proc/kmsg",
    "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/proc/kpagecount", "/sys",
)  # fmt: skip
"""What is covered: Docker's own list, and the whole of ``/sys``."""


def of_container(
    spec: SandboxSpec, sandbox_id: str, directory: Path, *, is_tmp_a_disk: bool, counts_process_one: bool
) -> Mapping[str, Any]:
    """Describe the container of a sandbox whose own files lie in ``directory``."""
    return {
        "Image": places.IMAGE,
        "Entrypoint": list(ARGV),
        "Cmd": [],
        "Env": [f"PYTHONPATH={places.HIDDEN}"],
        "User": "0:0",
        "WorkingDir": "/",
        "Hostname": f"sandbox-{sandbox_id}",
        "Labels": {places.OWNER_LABEL: owner.mark()},
        "HostConfig": {
            **_limits(spec, counts_process_one=counts_process_one),
            **_walls(),
            "Mounts": [
                *(_bound(f"{directory}/etc/{name}", f"/etc/{name}") for name in _names()),
                _bound(str(PROJECT / "runtime"), places.MODULES),
                _bound(f"{directory}/door", places.DOOR),
                *(_bound(str(mount.source.resolve()), mount.target) for mount in (*spec.mold.mounts, *spec.mounts)),
                *([_bound(f"{directory}/tmp", "/tmp", is_read_only=False)] if is_tmp_a_disk else []),
            ],
            "Tmpfs": {} if is_tmp_a_disk else {"/tmp": _in_memory(spec.limits.storage_mib * _MIB)},
        },
    }


def write_names(spec: SandboxSpec, sandbox_id: str, uid: int, gid: int, directory: Path) -> None:
    """Write the files of ``/etc`` in which a sandbox finds its own name and its user, for all to read."""
    directory.mkdir()
    directory.chmod(0o755)
    for name, text in (
        *configuration.of_all(spec.mold.user, gid),
        *configuration.of_each(f"sandbox-{sandbox_id}", spec.mold.user, uid, gid),
    ):
        (directory / name).write_text(text)
        (directory / name).chmod(0o644)


def _names() -> tuple[str, ...]:
    return (*configuration.OF_ALL, *configuration.OF_EACH)


def _limits(spec: SandboxSpec, *, counts_process_one: bool) -> Mapping[str, Any]:
    limits = spec.limits
    return {
        "Memory": limits.memory_mib * _MIB,
        "MemorySwap": limits.memory_mib * _MIB,
        "CpuPeriod": PERIOD_MICROSECONDS,
        "PidsLimit": limits.processes + int(counts_process_one),
        "Ulimits": [
            {"Name": "nofile", "Soft": limits.file_descriptors, "Hard": limits.file_descriptors},
            {"Name": "core", "Soft": 0, "Hard": 0},
        ],
    }


def _walls() -> Mapping[str, Any]:
    return {
        "NetworkMode": "none",
        "IpcMode": "none",
        "CgroupnsMode": "private",
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "CapAdd": list(CAPABILITIES),
        "SecurityOpt": ["no-new-privileges"],
        "MaskedPaths": list(SECRETS),
        "LogConfig": {"Type": "none"},
        "AutoRemove": True,
    }


def _bound(source: str, target: str, *, is_read_only: bool = True) -> Mapping[str, Any]:
    return {
        "Type": "bind",
        "Source": source,
        "Target": target,
        "ReadOnly": is_read_only,
        "BindOptions": {"Propagation": "rprivate"},
    }


def _in_memory(size_bytes: int) -> str:
    return f"rw,exec,nosuid,nodev,noatime,{mounts.memory_disk_options(size_bytes)}"
