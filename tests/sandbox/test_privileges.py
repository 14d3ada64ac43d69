"""A function is nobody: no capabilities, no way to gain any, and few questions that the kernel answers."""

from __future__ import annotations

import json
import os
import platform
from typing import Any

import pytest

from runtime.sandbox import seccomp
from tests.sandbox.attacks import Attack, document, line

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
    assert answers[attempt] == "EPERM" or (attempt, answers[attempt]) == ("device", "EACCES")  # the latter: Landlock


@pytest.fixture
async def refusals(attack: Attack) -> dict[str, Any]:
    numbers = seccomp.NUMBERS[platform.machine()]
    denied = {name: numbers[name] for name in seccomp.denied_names() if name in numbers}
    return await document(await attack("try_calls.py", json.dumps({**numbers, "denied": denied})))


async def test_the_filter_is_in_force_for_every_call_that_it_denies(refusals: dict[str, Any]) -> None:
    assert {name for name, answer in refusals["denied"].items() if answer != "EPERM"} == set()
    assert refusals["clone3"] == "ENOSYS"
    assert refusals["type on a terminal"] == ["EPERM", "EPERM"]
    assert (refusals["another personality"], refusals["its own personality"]) == ("EPERM", "allowed")


async def test_no_other_numbering_of_calls_leads_around_the_filter(refusals: dict[str, Any]) -> None:
    assert refusals["32-bit call"] == "SIGSYS"
    assert refusals["x32 call"] == "ENOSYS"


async def test_sockets_are_for_names_tcp_and_udp(refusals: dict[str, Any]) -> None:
    assert set(refusals["sockets"].values()) <= {"EPERM", "EAFNOSUPPORT", "EPROTONOSUPPORT"}
    assert refusals["pair of another family"] == "EAFNOSUPPORT"
    assert set(refusals["ordinary sockets"]) == {"allowed"}


async def test_no_tool_of_the_system_helps(attack: Attack) -> None:
    sandbox = await attack("try_to_escape.sh")

    assert await line(sandbox) == "that was all"


async def test_no_file_gives_its_owners_rights_away_and_none_is_a_device(answers: dict[str, Any]) -> None:
    harmless = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")}

    for allowing in ("mounts that allow setuid", "mounts that allow devices"):
        assert {place for place in answers[allowing] if not place.startswith("/proc/")} <= harmless


async def test_limits_cannot_be_raised(answers: dict[str, Any]) -> None:
    assert answers["limits"] == [[1024, 1024], [0, 0], [0, 0]]


async def test_nobody_becomes_root(answers: dict[str, Any]) -> None:
    assert answers["become root"] in ("EPERM", "EINVAL")  # EINVAL: in a user namespace there is no root at all


async def test_sockets_that_reach_past_the_network_namespace_do_not_exist(answers: dict[str, Any]) -> None:
    assert answers["packet socket"] == "EAFNOSUPPORT"
    assert answers["vsock"] == "EAFNOSUPPORT"


async def test_the_kernels_settings_cannot_be_written(answers: dict[str, Any]) -> None:
    assert answers["sysctl"] in ("EROFS", "EACCES")
    assert answers["oom score"] in ("EROFS", "EACCES")


async def test_only_the_sandboxs_own_processes_are_seen(answers: dict[str, Any]) -> None:
    assert answers["processes"] in ([answers["me"]], "EACCES")  # the latter: not even its own are listed


async def test_ordinary_things_still_work(answers: dict[str, Any]) -> None:
    assert answers["fifo"] == "allowed"
