"""Only /tmp can be written to, it begins empty, and nothing of the host's users is there to be read."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.sandbox.contract import Mold, Mount, Program, SandboxSpec
from tests.sandbox.attacks import AnyBackend, Attack, MakeBackend, document, line, specification

pytestmark = pytest.mark.isolation

DEVICES = sorted(["fd", "full", "null", "random", "stderr", "stdin", "stdout", "urandom", "zero"])
REFUSED = ("EROFS", "EACCES")
"""A read-only mount, or Landlock."""
ELSEWHERE = (
    "/mine", "/var/task/mine", "/var/task/tick.py", "/usr/bin/mine", "/usr/local/mine", "/etc/passwd", "/var/mine",
    "/dev/mine", "/dev/shm/mine", "/proc/mine", "/opt/mine", "/var/tmp/mine", "/run/mine", "/proc/sysrq-trigger",
)  # fmt: skip
SECRETS = (
    "/etc/shadow", "/etc/gshadow", "/etc/ssl/private", "/root/.bashrc", "/home", "/root", "/boot", "/sys/kernel",
    "/proc/kcore", "/proc/1/environ", "/dev/vda", "/dev/mem", "/dev/loop-control", "/var/lib/dpkg/status",
    "/mnt", "/mnt/host", "/mnt/host/etc/passwd",
)  # fmt: skip


async def test_writing_is_refused_everywhere_but_in_tmp(attack: Attack) -> None:
    seen = await document(await attack("try_files.py", ":".join((*ELSEWHERE, "/tmp/mine")), "/etc/passwd"))

    assert seen["writes"].pop("/tmp/mine") == "written"
    assert set(seen["writes"].values()) <= {"EROFS", "EACCES", "ENOENT"}
    assert seen["writes"]["/mine"] in REFUSED
    assert seen["writes"]["/var/task/mine"] in REFUSED
    assert set(seen["writable"]) <= {"/tmp"}


async def test_no_secret_and_no_home_of_the_host_can_be_read(attack: Attack) -> None:
    seen = await document(await attack("try_files.py", "/mine", ":".join(SECRETS)))

    assert set(seen["reads"].values()) <= {"ENOENT", "EACCES", 0}  # 0: covered by /dev/null
    assert seen["root"] == "EACCES" or set(seen["root"]) <= {
        "bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "mnt", "opt", "proc", "run", "sbin", "tmp", "usr",
        "var",
    }  # fmt: skip


async def test_what_was_installed_on_this_machine_for_python_is_hidden(attack: Attack) -> None:
    seen = await document(await attack("try_files.py", "/mine", "/etc/passwd"))

    assert seen["names"]["/usr/local"] == []
    assert seen["names"]["/usr/lib/python3/dist-packages"] in ([], "ENOENT")
    assert seen["names"]["/var"] in (["lang", "runtime", "task"], "EACCES")
    assert seen["names"]["/dev"] in (DEVICES, "EACCES")


async def test_the_user_has_the_name_that_lambda_gives_and_no_neighbours(attack: Attack) -> None:
    seen = await document(await attack("try_files.py", "/mine", "/etc/passwd"))

    assert seen["user"] == "sbx_user1051"
    assert seen["users"] == ["root", "sbx_user1051", "nobody"]


async def test_tmp_is_empty_in_the_next_sandbox(attack: Attack) -> None:
    first = await document(await attack("try_files.py", "/tmp/left", "/tmp/left"))
    second = await document(await attack("try_files.py", "/mine", "/tmp/left"))

    assert first["reads"]["/tmp/left"] == 4
    assert second["tmp before"] == []
    assert second["reads"]["/tmp/left"] == "ENOENT"


async def test_a_mount_below_a_private_directory_is_readable_inside(attack: Attack, tmp_path: Path) -> None:
    private = tmp_path / "private"
    package = private / "package"
    package.mkdir(parents=True)
    (package / "index.js").write_text("code")
    package.chmod(0o755)
    private.chmod(0o700)
    spec = specification()

    seen = await document(
        await attack(
            "try_files.py",
            "/opt/mine",
            "/opt/index.js",
            spec=replace(spec, mounts=(*spec.mounts, Mount(package, "/opt"))),
        )
    )

    assert seen["reads"]["/opt/index.js"] == 4
    assert seen["writes"]["/opt/mine"] in REFUSED


async def test_a_mount_that_the_user_inside_could_not_read_is_refused_with_the_remedy(
    backend: AnyBackend, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    spec = replace(specification(), mounts=(Mount(private, "/opt"),))

    with pytest.raises(PlatformError, match="chmod"):
        await backend.create(spec)


async def test_a_mount_point_behind_a_symbolic_link_is_refused(backend: AnyBackend, tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    package.chmod(0o755)
    (package / "escape").symlink_to("/etc")
    mold = Mold(mounts=(Mount(package, "/opt/a"), Mount(package, "/opt/a/escape")))
    spec = replace(specification(), mold=mold)

    with pytest.raises(PlatformError, match="symbolic link"):
        await backend.create(spec)


async def test_a_cautious_umask_of_the_runtime_hides_nothing_inside(
    state: Path, spec: SandboxSpec, make_backend: MakeBackend
) -> None:
    before = os.umask(0o077)
    try:
        backend = make_backend(state)
        sandbox = await backend.create(spec)
    finally:
        os.umask(before)

    await sandbox.start(Program(("/bin/cat", "/etc/passwd"), {"PATH": "/usr/bin:/bin"}, "/var/task"))

    assert (await line(sandbox)).startswith("root:")
    await backend.close()
