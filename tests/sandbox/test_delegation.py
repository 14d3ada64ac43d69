"""Delegating on the second generation: on the kernel's own tree as far as this host lets it, else on a drawn one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.sandbox import delegation, hierarchies
from tests.sandbox.unprivileged import REPOSITORY

USER, UID = "daemon", 1

pytestmark = [pytest.mark.isolation, pytest.mark.skipif(os.geteuid() != 0, reason="only root delegates")]


@pytest.fixture
def second_generation(tmp_path: Path) -> Iterator[tuple[Path, Path, str]]:
    """Return a list of mounts with nothing but the second generation, its place, and a controller that it offers."""
    lines = [line for line in hierarchies.MOUNTS.read_text().splitlines() if " - cgroup2 " in line]
    if not lines:
        pytest.skip("the second generation of cgroups is not mounted here")
    place = Path(lines[0].split()[4])
    offered = (place / "cgroup.controllers").read_text().split()
    if not offered or delegation.SYSTEMD.is_dir():
        pytest.skip("the second generation has no controller here, or systemd rules it")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(lines[0] + "\n")
    tmp_path.chmod(0o755)
    before = (place / "cgroup.subtree_control").read_text().split()
    (place / "cgroup.subtree_control").write_text(f"+{offered[0]}")
    yield mounts, place, offered[0]
    if offered[0] not in before:
        (place / "cgroup.subtree_control").write_text(f"-{offered[0]}")


def test_a_user_makes_enters_and_freezes_his_own_groups_on_the_kernels_second_generation(
    second_generation: tuple[Path, Path, str],
) -> None:
    mounts, place, controller = second_generation
    reachable = (sys.base_prefix, sys.prefix, str(REPOSITORY), str(mounts.parent))
    program = str(REPOSITORY / "tests/sandbox/programs/use_second_generation.py")
    with subprocess.Popen(
        [sys.executable, str(REPOSITORY / "tests/sandbox/as_nobody.py"), f"--user={USER}", *reachable, "--",
         sys.executable, program, str(mounts), controller],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
        env={"PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
    ) as shell:  # fmt: skip
        until_it_is(UID, shell.pid)
        said = list(delegation.delegate(USER, shell.pid, mounts))
        answer, _ = shell.communicate("go on\n", timeout=30)

    seen = json.loads(answer)
    top = hierarchies.belonging_to(UID, place)
    assert any("Moved process" in line for line in said)
    assert seen == {
        "mechanism": "cgroup v2",
        "top": str(top),
        "passed on": [controller],
        "entered": True,
        "ticks while frozen": 0,
        "goes on": True,
        "left": ["shells"],
    }
    assert [line for line in delegation.withdraw(USER, mounts) if "Removed" in line]
    assert not top.exists()


def until_it_is(uid: int, pid: int) -> None:
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").stat().st_uid != uid:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def drawn(tmp_path: Path, *, options: str = "rw", **files: str) -> Path:
    """Draw a second generation as files; return its list of mounts."""
    place = tmp_path / "unified"
    place.mkdir()
    usual = {"cgroup.controllers": "cpu io memory pids\n", "cgroup.subtree_control": "memory\n", "cgroup.procs": ""}
    for name, text in (usual | {key.replace("_", "."): text for key, text in files.items()}).items():
        (place / name).write_text(text)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"41 31 0:38 / {place} {options},relatime - cgroup2 cgroup2 rw\n")
    return mounts


def test_what_is_not_passed_on_yet_is_passed_on_and_the_user_owns_what_the_kernel_lets_him(tmp_path: Path) -> None:
    mounts = drawn(tmp_path)
    place = tmp_path / "unified"
    top = place / f"lambda-lab.{UID}"
    top.mkdir()
    for name in ("cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "memory.max"):
        (top / name).write_text("")

    said = list(delegation.delegate(USER, mounts=mounts, systemd=tmp_path / "none"))

    assert (place / "cgroup.subtree_control").read_text() == "+cpu +pids"
    owners = {file.name: file.stat().st_uid for file in (top, *top.iterdir())}
    assert owners == {
        top.name: UID, "cgroup.procs": UID, "cgroup.threads": UID, "cgroup.subtree_control": UID, "memory.max": 0,
        "shells": UID,
    }  # fmt: skip
    assert any("No process of daemon was moved" in line and "--process" in line for line in said)
    assert any("until this machine is restarted" in line for line in said)


def test_where_systemd_rules_nothing_is_touched_and_it_is_said_what_to_tell_it(tmp_path: Path) -> None:
    mounts = drawn(tmp_path)

    with pytest.raises(PlatformError, match=r"(?s)Delegate=cpu memory pids.*systemd-run --user --scope"):
        list(delegation.delegate(USER, mounts=mounts, systemd=tmp_path))

    assert not (tmp_path / "unified" / f"lambda-lab.{UID}").exists()


def test_a_process_of_somebody_else_is_not_moved(tmp_path: Path) -> None:
    mounts = drawn(tmp_path)

    with pytest.raises(PlatformError, match=f"no process {os.getpid()} of daemon"):
        list(delegation.delegate(USER, os.getpid(), mounts, tmp_path / "none"))


def test_where_no_hierarchy_is_there_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "mountinfo").write_text("22 1 0:20 / /proc rw - proc proc rw\n")

    with pytest.raises(PlatformError, match="No cgroup hierarchy can be written to here"):
        list(delegation.delegate(USER, mounts=tmp_path / "mountinfo"))
