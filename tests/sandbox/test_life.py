"""The life of a sandbox, and what happens under misuse."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.sandbox import remains
from runtime.sandbox.contract import Exit, NotExecutable, Program, SandboxSpec
from runtime.sandbox.docker.backend import DockerBackend
from runtime.sandbox.sandbox import LinuxSandbox
from runtime.sandbox.shell import PATIENCE_SECONDS, Shell
from tests.sandbox.attacks import MOLD, AnyBackend, Attack, line, program

pytestmark = pytest.mark.isolation
BLOCK_GROUPS = Path("/sys/fs/cgroup/blkio/blkio.throttle.write_bps_device")
SLOW_BYTES_PER_SECOND = 4_096
"""A MiB takes four minutes, and nobody who waits for it can be killed meanwhile."""
LOOKS = 50
"""So often, one after another, a process is seen to wait before it is taken to wait for long."""


async def run(backend: AnyBackend, spec: SandboxSpec, script: str) -> tuple[Exit, bytes]:
    sandbox = await backend.create(spec)
    await sandbox.start(Program(("/bin/sh", "-c", script), {"GREETING": "hello"}))
    output = await asyncio.wait_for(sandbox.output.read(), 10)
    return await asyncio.wait_for(sandbox.exited(), 10), output


async def test_the_program_has_its_environment_and_nothing_else(backend: AnyBackend, spec: SandboxSpec) -> None:
    ended, output = await run(backend, spec, "echo $GREETING; echo to stderr >&2; /usr/bin/env; pwd; exit 3")

    assert ended == Exit(status=3)
    assert output.decode().splitlines() == ["hello", "to stderr", "GREETING=hello", "PWD=/var/task", "/var/task"]


async def test_a_program_that_dies_of_a_signal_says_which(backend: AnyBackend, spec: SandboxSpec) -> None:
    ended, _ = await run(backend, spec, "kill -SEGV $$")

    assert ended == Exit(signal=signal.SIGSEGV)


async def test_a_broken_pipe_ends_a_program_as_it_should(backend: AnyBackend, spec: SandboxSpec) -> None:
    ended, output = await run(backend, spec, "yes | head -n 1")

    assert (ended, output) == (Exit(status=0), b"y\n")


async def test_nothing_of_the_runtime_is_left_open_in_the_program(backend: AnyBackend, spec: SandboxSpec) -> None:
    _, output = await run(backend, spec, "ls /proc/self/fd")

    assert output.split() == [b"0", b"1", b"2", b"3"]  # 3 is the directory that ls reads


@pytest.mark.parametrize(
    ("argv", "directory", "reason"),
    [
        (("/usr/bin/no-such-program",), "/tmp", "cannot execute /usr/bin/no-such-program: .*No such file"),
        (("/var/task/tick.py",), "/tmp", "Permission denied"),
        (("/bin/sh",), "/no/such/place", "cannot enter the working directory"),
    ],
)
async def test_a_program_that_cannot_be_executed_is_said_with_the_reason(
    backend: AnyBackend, spec: SandboxSpec, argv: tuple[str, ...], directory: str, reason: str
) -> None:
    sandbox = await backend.create(spec)

    with pytest.raises(PlatformError, match=reason):
        await sandbox.start(Program(argv, {}, directory))


@pytest.mark.parametrize(
    ("path", "number"),
    [("/usr/bin/no-such-program", errno.ENOENT), ("/var/task/tick.py", errno.EACCES), ("/tmp", errno.EACCES)],
)
async def test_what_the_kernel_does_not_execute_is_told_with_its_number(
    backend: AnyBackend, spec: SandboxSpec, path: str, number: int
) -> None:
    sandbox = await backend.create(spec)

    with pytest.raises(NotExecutable) as caught:
        await sandbox.start(Program((path,), {}, "/tmp"))

    assert caught.value.errno == number


async def test_a_working_directory_that_is_not_there_is_no_fault_of_the_program(
    backend: AnyBackend, spec: SandboxSpec
) -> None:
    sandbox = await backend.create(spec)

    with pytest.raises(PlatformError) as caught:
        await sandbox.start(Program(("/bin/sh",), {}, "/no/such/place"))

    assert not isinstance(caught.value, NotExecutable)


async def test_starting_twice_or_after_the_end_is_our_own_fault(attack: Attack) -> None:
    sandbox = await attack("tick.py")

    with pytest.raises(PlatformError):
        await sandbox.start(program("tick.py"))
    await sandbox.destroy()
    with pytest.raises(PlatformError):
        await sandbox.start(program("tick.py"))


@pytest.mark.slow
async def test_a_first_process_that_hangs_is_given_up_and_leaves_nothing(
    backend: AnyBackend, spec: SandboxSpec
) -> None:
    sandbox = await backend.create(spec)
    signal.pidfd_send_signal(sandbox._shell.process, signal.SIGSTOP)

    with pytest.raises(PlatformError, match="could not be started"):
        await asyncio.wait_for(sandbox.start(program("tick.py")), 2 * PATIENCE_SECONDS)
    await asyncio.wait_for(sandbox.destroy(), 5)

    assert sandbox.is_removed
    assert sandbox.id not in str(remains.of_owners(lambda mark: True).groups)


async def test_killing_before_the_start_forbids_it(backend: AnyBackend, spec: SandboxSpec) -> None:
    sandbox = await backend.create(spec)

    await sandbox.kill("no longer wanted")

    with pytest.raises(PlatformError):
        await sandbox.start(program("tick.py"))


async def test_killing_during_the_start_ends_both(backend: AnyBackend, spec: SandboxSpec) -> None:
    sandbox = await backend.create(spec)

    starting = asyncio.create_task(sandbox.start(program("tick.py")))
    await asyncio.sleep(0)
    await sandbox.kill("changed our mind")
    results = await asyncio.gather(starting, return_exceptions=True)

    assert results[0] is None or isinstance(results[0], PlatformError)
    assert (await asyncio.wait_for(sandbox.exited(), 5)).signal == signal.SIGKILL


async def test_destroying_during_the_start_leaves_no_error_behind(backend: AnyBackend, spec: SandboxSpec) -> None:
    sandbox = await backend.create(spec)

    starting = asyncio.create_task(sandbox.start(program("tick.py")))
    await asyncio.sleep(0)
    await sandbox.destroy()
    results = await asyncio.gather(starting, return_exceptions=True)

    assert results[0] is None or isinstance(results[0], PlatformError)


async def test_killing_and_destroying_twice_keeps_the_first_reason(attack: Attack) -> None:
    sandbox = await attack("tick.py")

    await asyncio.gather(sandbox.kill("timed out after 3 s"), sandbox.kill("again"))
    await sandbox.kill("and again")
    await asyncio.gather(sandbox.destroy(), sandbox.destroy())
    await sandbox.destroy()

    assert sandbox.reason == "timed out after 3 s"
    assert await sandbox.exited() == Exit(signal=signal.SIGKILL)


async def test_a_frozen_and_throttled_sandbox_can_be_killed(attack: Attack) -> None:
    sandbox = await attack("spin.py", 4)
    sandbox.throttle()
    await sandbox.freeze()

    await asyncio.wait_for(sandbox.kill("frozen"), 5)

    assert (await sandbox.exited()).signal == signal.SIGKILL


async def test_stopped_processes_are_killed_too(backend: AnyBackend, spec: SandboxSpec) -> None:
    sandbox = await backend.create(spec)
    await sandbox.start(Program(("/bin/sh", "-c", "sleep 100 & kill -STOP $!; echo stopped; kill -STOP $$"), {}))
    await line(sandbox)

    await asyncio.wait_for(sandbox.kill("stopped"), 5)

    assert (await sandbox.exited()).signal == signal.SIGKILL


async def test_who_is_killed_twice_and_destroyed_is_not_killed_once_more_later(attack: Attack) -> None:
    sandbox = await attack("tick.py")

    await sandbox.kill("once")
    await sandbox.kill("twice")
    await sandbox.destroy()

    scheduled = asyncio.get_running_loop()._scheduled  # type: ignore[attr-defined]  # nobody else knows
    assert [handle for handle in scheduled if not handle.cancelled() and "_send" in repr(handle)] == []


async def test_after_the_end_the_last_figures_remain_and_nothing_raises(attack: Attack) -> None:
    sandbox = await attack("touch_memory.py", 20)
    await sandbox.output.read()
    await sandbox.exited()
    await sandbox.destroy()

    sandbox.throttle()
    sandbox.unthrottle()
    await sandbox.freeze()
    await sandbox.thaw()

    assert sandbox.usage().peak_memory_bytes > 20 << 20
    assert sandbox.usage().cpu_seconds > 0
    assert sandbox.breached() is None
    assert sandbox.drain() == b""


async def test_a_tree_that_vanishes_ends_the_program_and_nothing_else(attack: Attack) -> None:
    sandbox = await attack("tick.py")
    await line(sandbox)
    await asyncio.sleep(0.1)

    for pid in sandbox._group.members():
        os.kill(pid, signal.SIGKILL)

    assert await asyncio.wait_for(sandbox.exited(), 5) == Exit(signal=signal.SIGKILL)
    assert b"tick" in sandbox.drain()


async def test_a_frozen_tree_whose_first_process_was_killed_has_ended(attack: Attack) -> None:
    sandbox = await attack("tick.py")
    await line(sandbox)
    await sandbox.freeze()

    signal.pidfd_send_signal(sandbox._shell.process, signal.SIGKILL)

    assert await asyncio.wait_for(sandbox.exited(), 5) == Exit(signal=signal.SIGKILL)
    await sandbox.destroy()


async def test_when_the_launcher_dies_its_sandboxes_go_on_and_new_ones_can_be_made(
    backend: AnyBackend, attack: Attack
) -> None:
    sandbox = await attack("tick.py")
    assert backend._opened is not None
    assert not isinstance(backend, DockerBackend), "there is no launcher"
    launcher = backend._opened.nursery(MOLD)._process
    assert launcher is not None

    launcher.kill()
    launcher.wait()

    assert await line(await attack("tick.py")) == "tick"
    assert await line(sandbox) == "tick"


async def test_output_is_drained_without_waiting_and_a_flood_is_held_back(attack: Attack) -> None:
    sandbox = await attack("flood.py")
    await asyncio.sleep(0.3)

    began = time.monotonic()
    drained = sandbox.drain()

    assert len(drained) > 65536
    assert len(drained) < 4 << 20
    assert time.monotonic() - began < 1


async def test_breach_waits_for_ever_when_there_is_none(attack: Attack) -> None:
    sandbox = await attack("tick.py")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sandbox.breach(), 0.2)
    await sandbox.kill("done")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sandbox.breach(), 0.2)


@pytest.mark.skipif(not os.access(BLOCK_GROUPS, os.W_OK), reason="only root can make a disk hang, by blkio")
async def test_a_process_that_waits_for_the_kernel_cannot_be_frozen_and_that_is_an_answer(
    backend: AnyBackend, spec: SandboxSpec
) -> None:
    sandbox = await backend.create(spec)
    script = "echo begun; read go < /tmp/go; dd if=/dev/zero of=/tmp/file bs=1M count=4 oflag=direct"
    await sandbox.start(Program(("/bin/sh", "-c", f"mkfifo /tmp/go; {script}"), {}, "/tmp"))
    await line(sandbox)
    with hanging(sandbox):
        await go_on(sandbox)
        is_frozen = await sandbox.freeze()

    assert not is_frozen
    assert await sandbox.thaw()
    await asyncio.wait_for(sandbox.destroy(), 5)


async def go_on(sandbox: LinuxSandbox) -> None:
    """Have the script write, and wait until a process of it waits for the disk: for long, as it does not where a page
    of a program is read.
    """
    (pid,) = sandbox._group.members()
    Path(f"/proc/{pid}/root/tmp/go").write_text("go\n")
    looks = 0
    async with asyncio.timeout(20):
        while looks < LOOKS:  # the kernel rings no bell
            looks = looks + 1 if any(is_waiting(member) for member in sandbox._group.members()) else 0
            await asyncio.sleep(0.01)


def is_waiting(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "D"
    except (FileNotFoundError, ProcessLookupError):
        return False  # it has ended meanwhile


@contextmanager
def hanging(sandbox: LinuxSandbox) -> Iterator[None]:
    """Give a sandbox a disk that takes so little a second that whoever writes waits, uninterruptibly; not for ever, so
    that a test run that is killed here leaves nothing that never ends.
    """
    group = BLOCK_GROUPS.parent / f"lambda-lab-test-{sandbox.id}"
    group.mkdir()
    assert isinstance(sandbox._shell, Shell)
    device = os.fstat(sandbox._shell.disk).st_dev
    limit = group / BLOCK_GROUPS.name
    limit.write_text(f"{os.major(device)}:{os.minor(device)} {SLOW_BYTES_PER_SECOND}")
    (group / "cgroup.procs").write_text(str(sandbox._group.members()[0]))
    try:
        yield
    finally:
        limit.write_text(f"{os.major(device)}:{os.minor(device)} 0")
        for pid in (group / "cgroup.procs").read_text().split():
            (BLOCK_GROUPS.parent / "cgroup.procs").write_text(pid)
        group.rmdir()
