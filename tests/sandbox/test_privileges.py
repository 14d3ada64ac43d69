"""A function is nobody: no capabilities, no way to gain any, and few questions that the kernel answers."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.sandbox.attacks import Attack, document

pytestmark = pytest.mark.isolation
UNMAPPED_GROUP = () if os.geteuid() == 0 else (65_534,)
"""What the caller's further groups look like in a user namespace, where the kernel does not let go of them."""


@pytest.fixture
async def answers(attack: Attack) -> dict[str, Any]:
    return await document(await attack("try_privileges.py"))


async def test_there_are_no_capabilities_and_none_can_be_gained(answers: dict[str, Any]) -> None:
    assert set(answers["capabilities"].values()) == {"0" * 16}
    assert answers["no new privileges"] == "1"
    assert answers["seccomp"] == "2"
    assert set(answers["groups"]) <= {60990, *UNMAPPED_GROUP}


@pytest.mark.parametrize(
    "attempt",
    [
        "unshare user", "unshare network", "clone user", "clone mount", "mount", "unmount", "chroot",
        "ptrace process 1", "ptrace parent", "kill process 1", "device", "raw socket",
    ],
)  # fmt: skip
async def test_what_needs_privileges_is_not_permitted(answers: dict[str, Any], attempt: str) -> None:
    assert answers[attempt] == "EPERM"


async def test_nobody_becomes_root(answers: dict[str, Any]) -> None:
    assert answers["become root"] in ("EPERM", "EINVAL")  # EINVAL: in a user namespace there is no root at all


async def test_sockets_that_reach_past_the_network_namespace_do_not_exist(answers: dict[str, Any]) -> None:
    assert answers["packet socket"] == "EAFNOSUPPORT"
    assert answers["vsock"] == "EAFNOSUPPORT"


async def test_the_kernels_settings_cannot_be_written(answers: dict[str, Any]) -> None:
    assert answers["sysctl"] in ("EROFS", "EACCES")
    assert answers["oom score"] == "EROFS"


async def test_only_the_sandboxs_own_processes_are_seen(answers: dict[str, Any]) -> None:
    assert answers["processes"] == [answers["me"]]


async def test_ordinary_things_still_work(answers: dict[str, Any]) -> None:
    assert answers["fifo"] == "allowed"
