"""What this host can enforce is said promise by promise, and what is lacking is said with a remedy."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.sandbox import host, users
from runtime.sandbox.cgroup import Hierarchies
from runtime.sandbox.cgroup_v1 import CONTROLLERS, GroupV1
from runtime.sandbox.means import Means
from runtime.sandbox.recipe import KEEPER_UID

NAMES = (
    "memory", "CPU share", "processes and threads", "file descriptors", "storage", "time",
    "files", "privileges", "network",
)  # fmt: skip


def test_every_promise_is_answered_for(tmp_path: Path) -> None:
    promises = host.promises(tmp_path)

    assert tuple(promise.name for promise in promises) == NAMES
    for promise in promises:
        assert promise.mechanism or promise.remark


def test_where_user_namespaces_are_forbidden_each_promise_is_lacking_and_the_remedy_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(host, "_attempts", lambda *options: {"user namespace": "Operation not permitted"})

    promises = host.promises(tmp_path)

    assert tuple(promise.name for promise in promises) == NAMES
    assert {promise.mechanism for promise in promises} == {None}
    assert all("sudo" in promise.remark and "sysctl" in promise.remark for promise in promises)
    with pytest.raises(PlatformError, match="Sandboxes cannot be made here: this host forbids user namespaces"):
        host.require()


def test_an_old_kernel_is_said_where_there_is_no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(platform, "release", lambda: "5.10.0-30-amd64")

    with pytest.raises(PlatformError, match=r"it takes Linux 5\.14"):
        host.require()


def test_without_root_what_no_cgroup_offers_is_emulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    found = Hierarchies("cgroup v1", {"pids": Path("/pids")}, GroupV1, CONTROLLERS)

    assert host.means(found) == Means(
        in_user_namespace=True,
        emulated=frozenset({"cpu", "cpuacct", "memory", "freezer"}),
        hands_over_mounts=False,
        has_own_users=False,
        keeper_uid=None,
    )


def test_without_root_memory_is_sampled_because_tmp_is_memory_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    found = Hierarchies("cgroup v1", dict.fromkeys(CONTROLLERS, Path("/all")), GroupV1, CONTROLLERS)

    assert host.means(found) == Means(
        in_user_namespace=True,
        emulated=frozenset({"memory"}),
        hands_over_mounts=False,
        has_own_users=False,
        keeper_uid=None,
    )


def test_root_with_every_controller_emulates_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(users, "exist_here", lambda: True)
    found = Hierarchies("cgroup v1", dict.fromkeys(CONTROLLERS, Path("/all")), GroupV1, CONTROLLERS)

    assert host.means(found) == Means(
        in_user_namespace=False, emulated=frozenset(), hands_over_mounts=True, has_own_users=True, keeper_uid=KEEPER_UID
    )


@pytest.mark.skipif(os.geteuid() != 0, reason="without root all sandboxes are the runtime's own user")
def test_a_root_with_too_few_user_ids_is_told_what_its_sandboxes_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if host.obstacle():
        pytest.skip("this root may not make sandboxes")
    monkeypatch.setattr(users, "exist_here", lambda: False)

    (privileges,) = [promise for promise in host.promises(tmp_path) if promise.name == "privileges"]

    assert "all sandboxes are one user" in privileges.remark
