"""What the docker backend promises, by which mechanism, and what Docker's walls lack beside those of namespaces."""

from __future__ import annotations

from runtime.sandbox.contract import Promise
from runtime.sandbox.docker.container import DockerWorkshop
from runtime.sandbox.storage import Storage

NAMES = (
    "memory", "CPU share", "processes and threads", "file descriptors", "storage", "time", "files", "privileges",
    "network",
)  # fmt: skip
FILES_REMARK = (
    "that it is a container can be seen: /.dockerenv, further devices, the paths that mounts have outside, and the "
    "first process in /proc"
)
PRIVILEGES_REMARK = (
    "mounts would let setuid programs and devices be used, but nothing can be gained by them; a program may say how "
    "soon it is killed where the machine itself has no memory left"
)
_BESIDE = "the first process is counted too (about 10 MB), and what a killed runtime left frozen ends with the next"


def promises(workshop: DockerWorkshop) -> tuple[Promise, ...]:
    """Say for each promise which mechanism keeps it."""
    engine = f"Docker Engine {workshop.engine.version()}"
    beside = _BESIDE if workshop.counts_process_one else ""
    return (
        Promise("memory", f"{engine}: cgroup memory, swap included", beside),
        Promise("CPU share", "cgroup cpu of the container, quota every 20 ms"),
        Promise("processes and threads", f"{engine}: cgroup pids"),
        Promise("file descriptors", "RLIMIT_NOFILE"),
        _storage(workshop.storage),
        Promise("time", "deadline, then the end of the whole container", beside),
        Promise("files", f"{engine}: container with a read-only root", FILES_REMARK),
        Promise(
            "privileges",
            "unprivileged user, no capabilities, no new privileges, Docker's seccomp profile and ours",
            PRIVILEGES_REMARK,
        ),
        Promise("network", f"{engine}: network none, loopback alone"),
    )


def broken(why: str) -> tuple[Promise, ...]:
    """Say of every promise that nothing keeps it."""
    return tuple(Promise(name, None, why) for name in NAMES)


def _storage(storage: Storage) -> Promise:
    best = "loop-mounted ext4 of that size"
    if not storage.lacking:
        return Promise("storage", best)
    remark = f"{storage.lacking}; what is written to /tmp counts against the memory of the function"
    return Promise("storage", "tmpfs of that size", remark, (best,))
