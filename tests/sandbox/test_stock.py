"""Sandboxes that are made ahead keep every promise, and nobody can tell them from others but by the time they take."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import PlatformError
from runtime.sandbox import channel, shell
from runtime.sandbox.contract import Exit, Limit, Mold, Mount, Program, SandboxSpec, Zygote
from runtime.sandbox.namespaces import NamespacesBackend
from runtime.sandbox.sandbox import LinuxSandbox
from runtime.sandbox.shell import Shell
from runtime.sandbox.stock import Stock
from tests.sandbox.attacks import PROGRAMS, document, line, program, specification
from tests.sandbox.holdings import descriptors, groups, lives, offspring, until

pytestmark = pytest.mark.isolation

OURS = Mount(PROGRAMS, "/var/runtime")
PARKED = Mold(
    "parked",
    (OURS,),
    (9001,),
    parked=Program(("/usr/bin/python3", "-I", "-S", "/var/runtime/parked.py"), {"AHEAD": "yes"}, "/"),
)
FORKED = Mold(
    "forked", (OURS,), (9001,), parked=Zygote(("/usr/bin/python3", "-S"), {"AHEAD": "yes"}, PROGRAMS / "forked.py")
)
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="without root nothing is forked from a zygote")
MOLDS = [pytest.param(PARKED, id="parked"), pytest.param(FORKED, id="forked", marks=needs_root)]
either = pytest.mark.parametrize("mold", MOLDS)


@pytest.fixture
async def stocked(state: Path) -> AsyncIterator[NamespacesBackend]:
    backend = NamespacesBackend(state)
    yield backend
    await backend.close()


async def ready(backend: NamespacesBackend, mold: Mold, count: int = 1) -> Stock:
    """Wait until a stock is full."""
    backend.stock(mold, count)
    stock = backend._stocks[mold]
    async with asyncio.timeout(30):
        while len(stock._ready) < count:  # noqa: ASYNC110  nobody tells when it is full: nobody needs to know
            await asyncio.sleep(0.01)
    return stock


def of(mold: Mold, **limits: Any) -> SandboxSpec:
    return replace(specification(**limits), mold=mold)


async def started(backend: NamespacesBackend, spec: SandboxSpec, name: str, *arguments: object) -> LinuxSandbox:
    sandbox = await backend.create(spec)
    await sandbox.start(program(name, *arguments))
    return sandbox


def without_what_differs(seen: dict[str, Any]) -> dict[str, Any]:
    """Drop what differs between any two sandboxes, and what a mold mounts."""
    own_places = {"/var/runtime", "/var"}
    different = ("writable", "mounts", "process", "parent", "uid")
    seen = {key: value for key, value in seen.items() if key not in different}
    seen["names"] = {place: names for place, names in seen.get("names", {}).items() if place not in own_places}
    return seen


@either
async def test_what_is_made_ahead_is_handed_out_and_made_anew(stocked: NamespacesBackend, mold: Mold) -> None:
    stock = await ready(stocked, mold, 2)
    waiting = [shell.id for shell in stock._ready]

    sandbox = await started(stocked, of(mold), "tick.py")

    assert await line(sandbox) == "tick"
    assert sandbox.id == waiting[0]
    await ready(stocked, mold, 2)
    assert waiting[0] not in [shell.id for shell in stock._ready]


@either
@pytest.mark.parametrize(
    ("name", "arguments"),
    [("try_privileges.py", ()), ("try_files.py", ("/mine:/etc/passwd:/tmp/mine", "/etc/shadow:/mnt/host/etc/passwd"))],
)
async def test_a_program_that_was_started_ahead_can_do_no_more_and_no_less(
    stocked: NamespacesBackend, mold: Mold, name: str, arguments: tuple[str, ...]
) -> None:
    await ready(stocked, mold)

    ahead = await document(await started(stocked, of(mold), name, *arguments))
    usual = await document(await started(stocked, replace(of(mold), may_start_early=False), name, *arguments))

    assert without_what_differs(ahead) == without_what_differs(usual)


@either
async def test_nothing_of_the_start_ahead_is_seen_in_the_environment(stocked: NamespacesBackend, mold: Mold) -> None:
    await ready(stocked, mold)
    sandbox = await stocked.create(of(mold))

    script = "import os, json; print(json.dumps([dict(os.environ), os.getcwd(), sorted(os.listdir('/proc/self/fd'))]))"
    await sandbox.start(Program(("/usr/bin/python3", "-S", "/var/task/say.py", script), {"MINE": "1"}, "/tmp"))
    environment, place, descriptors = json.loads(await line(sandbox))

    environment.pop("LC_CTYPE", None)  # the interpreter sets it for itself when it is told nothing
    assert environment == {"MINE": "1"}
    assert place == "/tmp"
    assert descriptors == ["0", "1", "2", "3"]  # 3 is the directory that is read


@either
async def test_each_sees_its_own_package_alone(stocked: NamespacesBackend, mold: Mold, tmp_path: Path) -> None:
    await ready(stocked, mold, 2)
    for number in (1, 2):
        package = tmp_path / str(number)
        package.mkdir()
        (package / "say.py").write_text(f"print('package {number}')")
        package.chmod(0o755)
        sandbox = await stocked.create(replace(of(mold), mounts=(Mount(package, "/var/task"),)))
        await sandbox.start(Program(("/usr/bin/python3", "-S", "/var/task/say.py"), {}))

        assert await line(sandbox) == f"package {number}"


@either
async def test_the_limits_are_those_that_were_asked_for(stocked: NamespacesBackend, mold: Mold) -> None:
    await ready(stocked, mold)

    sandbox = await started(stocked, of(mold, memory_mib=64), "touch_memory.py", 200)
    breach = await asyncio.wait_for(sandbox.breach(), 20)

    assert (breach.limit, breach.configured) == (Limit.MEMORY, 64 << 20)


@either
async def test_the_cpu_time_of_the_start_ahead_is_nobodys(stocked: NamespacesBackend, mold: Mold) -> None:
    await ready(stocked, mold)

    sandbox = await stocked.create(of(mold))

    assert sandbox.usage().cpu_seconds < 0.005


@either
async def test_the_end_of_a_program_that_was_started_ahead_is_told(stocked: NamespacesBackend, mold: Mold) -> None:
    await ready(stocked, mold, 2)
    for script, ended in (
        ("raise SystemExit(3)", Exit(status=3)),
        ("import os; os.kill(os.getpid(), 11)", Exit(signal=11)),
    ):
        sandbox = await stocked.create(of(mold))
        await sandbox.start(Program(("/usr/bin/python3", "-S", "/var/task/say.py", script), {}))

        assert await asyncio.wait_for(sandbox.exited(), 10) == ended


@either
async def test_one_that_has_ended_while_it_waited_is_not_handed_out(stocked: NamespacesBackend, mold: Mold) -> None:
    stock = await ready(stocked, mold)
    dead = stock._ready[0]
    for pid in dead.group.members():
        os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.1)

    sandbox = await started(stocked, of(mold), "tick.py")

    assert sandbox.id != dead.id
    assert await line(sandbox) == "tick"


@either
async def test_a_sandbox_made_ahead_can_be_killed_before_and_after_its_start(
    stocked: NamespacesBackend, mold: Mold
) -> None:
    await ready(stocked, mold, 2)
    unused, used = await stocked.create(of(mold)), await started(stocked, of(mold), "detach.py")
    await line(used)

    await asyncio.gather(unused.kill("not wanted"), used.kill("over"))

    assert unused._group.members() == used._group.members() == []
    with pytest.raises(PlatformError):
        await unused.start(program("tick.py"))


async def test_a_program_that_cannot_be_parked_is_said_with_its_reason(stocked: NamespacesBackend) -> None:
    mold = Mold("broken", parked=Program(("/bin/sh", "-c", "echo no such bootstrap; exit 1"), {}, "/"))
    stocked.stock(mold, 2)

    with pytest.raises(PlatformError, match="ended before it was ready: no such bootstrap"):
        await stocked.create(of(mold))


async def test_a_stock_that_is_closed_while_it_gives_something_up_leaves_nothing(state: Path) -> None:
    mold = Mold("broken", parked=Program(("/bin/sh", "-c", "exit 1"), {}, "/"))
    before = descriptors()

    for milliseconds in range(0, 40, 4):
        backend = NamespacesBackend(state)
        backend.stock(mold, 2)
        with pytest.raises(PlatformError, match="ended before it was ready"):
            await backend.create(of(mold))
        await asyncio.sleep(milliseconds / 1000)
        await backend.close()

    assert groups(os.getpid()) == []
    assert descriptors() == before


@needs_root
async def test_a_sandbox_that_ends_while_something_is_forked_into_it_harms_no_other(stocked: NamespacesBackend) -> None:
    await ready(stocked, FORKED)
    other = await started(stocked, of(FORKED), "tick.py")
    zygote = zygote_of(stocked)
    ended = await Shell.build(FORKED, 512, await stocked._furnished())
    ended.kill()
    await channel.readable(ended.process)

    with pytest.raises(PlatformError, match="nothing can be forked into the sandbox"):
        await ended.park()

    await ended.dismantle()
    assert await line(other) == "tick"
    assert not other._program_ended.is_set()
    assert zygote_of(stocked) == zygote


@either
async def test_a_program_that_ends_before_it_has_its_order_is_said(stocked: NamespacesBackend, mold: Mold) -> None:
    await ready(stocked, mold)
    sandbox = await stocked.create(of(mold))
    for pid in sandbox._group.members():
        os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.1)

    with pytest.raises(PlatformError, match="what was started ahead has ended"):
        await sandbox.start(program("tick.py"))

    await sandbox.destroy()
    assert await sandbox.exited() == Exit(signal=signal.SIGKILL)


@needs_root
async def test_when_the_zygote_dies_what_it_forked_is_over_and_the_next_has_another(
    stocked: NamespacesBackend,
) -> None:
    await ready(stocked, FORKED)
    sandbox = await started(stocked, of(FORKED), "tick.py")
    assert await line(sandbox) == "tick"
    await ready(stocked, FORKED)
    os.kill(zygote_of(stocked), signal.SIGKILL)
    time.sleep(0.1)  # noqa: ASYNC251  nothing else is to happen meanwhile

    others = [await started(stocked, of(FORKED), "tick.py") for _ in range(3)]

    assert await asyncio.wait_for(sandbox.exited(), 10) == Exit(signal=signal.SIGKILL)
    assert sandbox._group.members() == []
    for other in others:
        assert await line(other) == "tick"


@either
async def test_when_the_launcher_dies_what_runs_goes_on_and_the_next_has_another(
    stocked: NamespacesBackend, mold: Mold
) -> None:
    await ready(stocked, mold)
    sandbox = await started(stocked, of(mold), "tick.py")
    family = set(offspring(launcher_of(stocked, mold).pid))
    launcher_of(stocked, mold).kill()
    launcher_of(stocked, mold).wait()

    others = [await started(stocked, of(mold), "tick.py") for _ in range(3)]

    for each in (sandbox, *others):
        each.drain()
        assert await line(each) == "tick"
    await stocked.close()
    assert until(lambda: not any(lives(pid) for pid in family))


async def test_a_launcher_that_hangs_is_given_up_and_the_next_has_another(
    stocked: NamespacesBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await stocked.create(of(PARKED))).destroy()
    launcher_of(stocked, PARKED).send_signal(signal.SIGSTOP)

    with monkeypatch.context() as impatient:
        impatient.setattr(shell, "PATIENCE_SECONDS", 0.1)
        with pytest.raises(PlatformError, match="did not answer"):
            await stocked.create(of(PARKED))
    launcher_of(stocked, PARKED).wait()

    assert await line(await started(stocked, of(PARKED), "tick.py")) == "tick"


async def test_a_launcher_that_hangs_is_ended_with_its_backend(stocked: NamespacesBackend) -> None:
    await ready(stocked, PARKED)
    launcher = launcher_of(stocked, PARKED)
    launcher.send_signal(signal.SIGSTOP)

    await asyncio.wait_for(stocked.close(), 20)

    assert launcher.returncode == -signal.SIGKILL


def zygote_of(backend: NamespacesBackend) -> int:
    """Return the process that forks the programs of the mold."""
    launcher = launcher_of(backend, FORKED)
    children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()
    (zygote,) = [pid for pid in children if b"runtime.sandbox.zygote" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    return int(zygote)


def launcher_of(backend: NamespacesBackend, mold: Mold) -> subprocess.Popen[bytes]:
    assert backend._opened is not None
    launcher = backend._opened.nursery(mold)._process
    assert launcher is not None
    return launcher
