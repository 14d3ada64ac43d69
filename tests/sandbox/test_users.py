"""Each sandbox is a user of its own, so what the kernel counts by user it counts for each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtime.sandbox import users
from runtime.sandbox.contract import Program, SandboxSpec
from tests.sandbox.attacks import AnyBackend, Attack, document, line

pytestmark = [
    pytest.mark.isolation,
    pytest.mark.skipif(os.geteuid() != 0, reason="without root all sandboxes are the runtime's own user"),
]
MOST_INSTANCES = int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())


async def test_who_uses_up_what_a_user_may_have_takes_it_from_nobody_else(attack: Attack) -> None:
    greedy = await attack("use_up_inotify.py")
    assert int(await line(greedy)) == MOST_INSTANCES

    other = await attack("use_up_inotify.py")

    assert int(await line(other)) == MOST_INSTANCES


async def test_each_is_another_user_and_finds_its_own_name(attack: Attack) -> None:
    one, other = [await document(await attack("try_files.py", "/mine", "/mine")) for _ in range(2)]

    assert one["user"] == other["user"] == "sbx_user1051"
    assert one["uid"] != other["uid"]


async def test_the_user_of_the_next_is_not_that_of_one_that_has_ended(backend: AnyBackend, spec: SandboxSpec) -> None:
    seen = []
    for _ in range(5):
        sandbox = await backend.create(spec)
        await sandbox.start(Program(("/usr/bin/id", "-u"), {}, "/"))
        seen.append(int(await line(sandbox)))
        await sandbox.destroy()

    assert len(set(seen)) == 5
    assert 0 not in seen


@pytest.mark.parametrize(
    ("ids", "are_there"),
    [
        ("         0          0 4294967295\n", True),
        ("         0     100000      65536\n", False),
        ("         0       1000          1\n         1     100000 2147483647\n", True),
        (f"{users.FIRST + 1} 0 {users.LAST}\n", False),
        ("", False),
    ],
)
def test_ids_are_drawn_only_where_the_user_namespace_has_them(ids: str, are_there: bool) -> None:
    assert users.exist_here(ids) is are_there
