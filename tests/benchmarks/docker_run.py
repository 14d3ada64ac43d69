"""Yardstick: ``docker run`` of the same program with the same interpreter, limits and files, and no network.

Used if an engine answers. Its image is made here and holds nothing but empty directories and links: what is in it,
``/usr`` and the parts of the runtime, is mounted from the host read-only, as it is in a sandbox. So nothing is
downloaded, and both run the same binaries.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.invocation.runtimes import Runtime
from runtime.sandbox.contract import Mount
from runtime.sandbox.mounts import PLACES, SYSTEM_LINKS
from runtime.sandbox.recipe import GID, UID
from tests.benchmarks.selection import DOCKER
from tests.benchmarks.subprocesses import Command
from tests.benchmarks.trivial import LIMITS, program, specification
from tests.benchmarks.variant import Variant

IMAGE = "lambda-lab-bench:empty"


@asynccontextmanager
async def docker_runs(runtimes: Iterable[Runtime]) -> AsyncIterator[Sequence[Variant]]:
    """Yield one variant for each runtime, or none if there is no engine."""
    lacking = _lacking()
    if lacking:
        print(f"Without docker: {lacking}.", file=sys.stderr)
        yield []
        return
    _docker("import", "-", IMAGE, given=_empty_root())
    try:
        yield [_variant(runtime) for runtime in runtimes]
    finally:
        _docker("image", "rm", "--force", IMAGE)


def _variant(runtime: Runtime) -> Variant:
    return Variant(DOCKER, runtime.identifier, "docker run", Command(command(runtime)).once, is_quick=False)


def command(runtime: Runtime) -> list[str]:
    """Return the command that runs the handler of a runtime in a container."""
    inside = program(runtime)
    variables = [f"--env={name}={value}" for name, value in inside.environment.items()]
    spec = specification(runtime)
    mounts = [_mount(mount) for mount in (Mount(Path("/usr"), "/usr"), *spec.mold.mounts, *spec.mounts)]
    confinement = [
        "--network=none", "--read-only", f"--tmpfs=/tmp:size={LIMITS.storage_mib}m,mode=1777,exec",
        f"--memory={LIMITS.memory_mib}m", f"--memory-swap={LIMITS.memory_mib}m", f"--cpus={LIMITS.cpu_share}",
        f"--pids-limit={LIMITS.processes}", f"--ulimit=nofile={LIMITS.file_descriptors}",
        f"--user={UID}:{GID}", "--cap-drop=ALL", "--security-opt=no-new-privileges",
    ]  # fmt: skip
    return ["docker", "run", "--rm", *confinement, *variables, *mounts, IMAGE, *inside.argv]


def _mount(mount: Mount) -> str:
    return f"--mount=type=bind,readonly,source={mount.source.resolve()},target={mount.target}"


def _lacking() -> str:
    """Return why docker cannot be measured; empty if it can."""
    if shutil.which("docker") is None:
        return "it is not installed"
    answered = subprocess.run(["docker", "version"], capture_output=True, text=True, check=False)
    return answered.stderr.strip() if answered.returncode else ""


def _docker(*arguments: str, given: bytes = b"") -> None:
    subprocess.run(["docker", *arguments], input=given, stdout=subprocess.DEVNULL, check=True, timeout=60)


def _empty_root() -> bytes:
    """Return an archive of a root directory in which everything is still to be mounted."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as root:
        for member in _members():
            root.addfile(member)
    return archive.getvalue()


def _members() -> Iterator[tarfile.TarInfo]:
    for place in dict.fromkeys(("/usr", "/etc", "/dev", "/proc", "/sys", "/var", *PLACES)):
        directory = tarfile.TarInfo(place.lstrip("/"))
        directory.type, directory.mode = tarfile.DIRTYPE, 0o755
        yield directory
    for name in SYSTEM_LINKS:
        if (host := Path("/", name)).is_symlink():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, str(host.readlink())
            yield link
