"""What a sandbox used is given back, whatever ended it; also when its owner was killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.sandbox import hierarchies, owner, remains
from runtime.sandbox import users as own_users
from runtime.sandbox.confined import users as confined_users
from runtime.sandbox.namespaces import NamespacesBackend
from runtime.sandbox.remains import Remains
from tests.sandbox.attacks import PROGRAMS, Attack, MakeBackend, line, program, specification
from tests.sandbox.holdings import (
    descriptors,
    groups,
    lives,
    loops,
    made_by,
    offspring,
    parent_of,
    until,
    users_of,
)

pytestmark = pytest.mark.isolation

OWN_USERS = (range(own_users.FIRST, own_users.LAST + 1), range(confined_users.FIRST, confined_users.LAST + 1))
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["tick.py", "detach.py", "bomb.sh", "fill_storage.py"])
async def test_destroying_leaves_nothing(tmp_path: Path, name: str, make_backend: MakeBackend) -> None:
    others = set(offspring(os.getpid()))  # platforms that other tests keep running
    backend = make_backend(tmp_path)
    await (await backend.create(specification())).destroy()  # the launcher and the template exist from here on
    before = descriptors()
    launcher = set(offspring(os.getpid())) - others
    assert len(launcher) == 1

    for _ in range(3):
        sandbox = await backend.create(specification())
        await sandbox.start(program(name, 100))
        await asyncio.sleep(0.1)
        await sandbox.destroy()

    assert descriptors() == before
    assert groups(os.getpid()) == []
    assert loops(tmp_path) == []
    assert remains.of_directory(tmp_path) == Remains()
    assert set(offspring(os.getpid())) - others == launcher

    await backend.close()
    assert set(offspring(os.getpid())) <= others
    assert remains.of_directory(tmp_path) == Remains()


async def test_closing_the_backend_destroys_what_is_left(tmp_path: Path, make_backend: MakeBackend) -> None:
    before = descriptors()
    others = set(offspring(os.getpid()))
    backend = make_backend(tmp_path)
    for name in ("tick.py", "spin.py"):
        await (await backend.create(specification())).start(program(name, 2))
    await backend.create(specification())

    await backend.close()

    assert set(offspring(os.getpid())) <= others
    assert groups(os.getpid()) == []
    assert loops(tmp_path) == []
    assert descriptors() == before


async def test_the_first_sandboxes_may_be_asked_for_at_once(tmp_path: Path, make_backend: MakeBackend) -> None:
    before = descriptors()
    others = set(offspring(os.getpid()))
    backend = make_backend(tmp_path)

    await asyncio.gather(*(backend.create(specification()) for _ in range(4)))

    own = set(offspring(os.getpid())) - others
    assert len([pid for pid in own if parent_of(pid) == os.getpid()]) == 1
    await backend.close()
    assert set(offspring(os.getpid())) <= others
    assert descriptors() == before


async def test_whoever_stops_waiting_for_a_sandbox_leaves_nothing(tmp_path: Path, make_backend: MakeBackend) -> None:
    backend = make_backend(tmp_path)
    await (await backend.create(specification())).destroy()
    before = descriptors()

    for milliseconds in range(0, 20, 2):
        waiting = asyncio.create_task(backend.create(specification()))
        await asyncio.sleep(milliseconds / 1000)
        waiting.cancel()
        for sandbox in await asyncio.gather(waiting, return_exceptions=True):
            if not isinstance(sandbox, BaseException):
                await sandbox.destroy()

    assert until(lambda: loops(tmp_path) == [])
    assert groups(os.getpid()) == []
    assert descriptors() == before
    await backend.close()


async def test_a_sandbox_that_could_not_be_built_leaves_nothing(tmp_path: Path, make_backend: MakeBackend) -> None:
    from runtime.errors import PlatformError
    from runtime.sandbox.contract import Mount

    backend = make_backend(tmp_path)
    await (await backend.create(specification())).destroy()
    before = descriptors()
    impossible = replace(specification(), mounts=(Mount(PROGRAMS, "/usr/no/such/place"),))

    with pytest.raises(PlatformError, match="could not be built"):
        await backend.create(impossible)

    assert until(lambda: loops(tmp_path) == [])
    assert groups(os.getpid()) == []
    assert descriptors() == before
    await backend.close()


async def test_a_killed_owner_takes_its_sandboxes_with_it_and_the_next_backend_removes_the_groups(
    tmp_path: Path, make_backend: MakeBackend
) -> None:
    with subprocess.Popen(  # noqa: ASYNC220  a moment's wait harms nobody here
        [sys.executable, str(PROGRAMS / "own_sandboxes.py"), str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={"PYTHONPATH": str(REPOSITORY)},
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"running\n"
        family = offspring(killed.pid)
        users = users_of(family)
        assert os.geteuid() in users or any(user in own for user in users for own in OWN_USERS)
        assert bool(groups(killed.pid)) == bool(hierarchies.find().tops)

        killed.kill()

    assert until(lambda: not any(lives(pid) for pid in family))
    assert until(lambda: loops(tmp_path) == [])

    await make_backend(tmp_path).tidy()

    assert groups(killed.pid) == []


async def test_what_a_killed_owner_could_not_take_with_it_is_found_with_the_remedy(
    tmp_path: Path, make_backend: MakeBackend
) -> None:
    with subprocess.Popen(  # noqa: ASYNC220  a moment's wait harms nobody here
        [sys.executable, str(PROGRAMS / "own_sandboxes.py"), str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={"PYTHONPATH": str(REPOSITORY)},
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == b"running\n"
        family = remains.of_owners(made_by(killed.pid)).processes
        for pid in family:
            os.kill(pid, signal.SIGSTOP)  # so that nobody notices that the owner has gone
        assert not set(remains.of_owners().processes) & set(family)

        killed.kill()

    try:
        assert until(lambda: set(remains.of_owners().processes) >= set(family))
        left = remains.of_owners()
        kills = [word for word in left.remedies() if word.startswith("processes: kill -9")]
        assert str(family[0]) in kills[0].split()
        if make_backend is NamespacesBackend and os.geteuid() == 0:
            assert len(left.namespaces) >= 10
            assert len(loops(tmp_path)) == 2
    finally:
        for pid in filter(lives, family):  # with a process 1 go all others of its namespace
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    await make_backend(tmp_path).tidy()
    assert until(lambda: not set(remains.of_owners().processes) & set(family))
    assert until(lambda: remains.of_directory(tmp_path) == Remains())
    assert groups(killed.pid) == []


@pytest.mark.parametrize("pid", ["1", "\N{SUPERSCRIPT TWO}", "9" * 5000], ids=["a number", "a sign", "a long number"])
async def test_a_program_cannot_pass_for_what_a_killed_owner_left(attack: Attack, pid: str) -> None:
    namespace = owner.mark().rpartition("-")[2]
    sandbox = await attack("tick.py", "runtime.sandbox.launcher", f"{pid}-{10**18}-{namespace}")
    await line(sandbox)

    assert not set(remains.of_owners().processes) & set(offspring(os.getpid()))


async def test_many_processes_of_a_killed_owner_that_were_throttled_are_removed_all_the_same() -> None:
    found = hierarchies.find()
    if "cpu" not in found.tops:
        pytest.skip("without root no cgroup keeps the CPU share here")
    group = found.create("throttled000")
    entrances = group.enter()
    command = [sys.executable, "-S", str(PROGRAMS / "start_processes.py"), "200"]

    def enter() -> None:
        for entrance in entrances:
            os.write(entrance, b"0")
            os.close(entrance)

    with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=enter) as crowd:  # noqa: ASYNC220
        for entrance in entrances:
            os.close(entrance)
        assert crowd.stdout is not None
        assert crowd.stdout.readline() == b"none\n"
        group.throttle(0.002)

        as_the_next_owner_sees_it = found.open(found._directories(f"{owner.mark()}-throttled000"))
        await asyncio.to_thread(as_the_next_owner_sees_it.remove)

    assert groups(os.getpid()) == []
