"""A sandbox that is heir to another one finds what that has left in ``/tmp``, and nothing else of it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.sandbox.contract import Exit, Mount, Program, SandboxSpec
from runtime.sandbox.sandbox import LinuxSandbox
from tests.sandbox.attacks import AnyBackend

pytestmark = pytest.mark.isolation
LOOP_DEVICES = Path("/sys/block")


async def left_by(backend: AnyBackend, spec: SandboxSpec, script: str) -> LinuxSandbox:
    """Return a sandbox in which a script has run to its end, and which was killed."""
    sandbox = await backend.create(spec)
    await said(sandbox, script)
    await sandbox.kill("over")
    if not sandbox.has_heritable_disk:
        pytest.skip("without root there are no disks for /tmp, so nothing of it can be left to another sandbox")
    return sandbox


async def said(sandbox: LinuxSandbox, script: str) -> bytes:
    await sandbox.start(Program(("/bin/sh", "-c", script), {"PATH": "/usr/bin:/bin"}, "/"))
    assert await asyncio.wait_for(sandbox.exited(), 30) == Exit(status=0)
    await asyncio.sleep(0.05)
    return sandbox.drain()


def disk_of(sandbox: LinuxSandbox) -> tuple[Path, str]:
    """Return the device of a sandbox's disk, and the file that is behind it now."""
    assert sandbox.inheritance is not None
    device = LOOP_DEVICES / f"loop{os.minor(os.fstat(sandbox.inheritance.directory).st_dev)}/loop/backing_file"
    return device, device.read_text()


async def test_an_heir_finds_the_files_and_may_change_and_remove_them(backend: AnyBackend, spec: SandboxSpec) -> None:
    former = await left_by(backend, spec, "echo one > /tmp/mine; mkdir -m 700 /tmp/own; echo two > /tmp/own/mine")

    heir = await backend.create(spec, former)
    await former.destroy()

    read = await said(heir, "cat /tmp/mine /tmp/own/mine; echo three >> /tmp/mine; rm -r /tmp/own; ls /tmp")
    assert read.split() == [b"one", b"two", b"mine"]
    assert heir.id != former.id
    assert heir.usage().peak_memory_bytes < 16 << 20


async def test_an_heir_has_no_more_room_than_is_left(backend: AnyBackend, spec: SandboxSpec) -> None:
    former = await left_by(backend, spec, "fallocate -l 400M /tmp/large")

    heir = await backend.create(spec, former)
    await former.destroy()

    wants_more = "fallocate -l 100M /tmp/more && ! fallocate -l 100M /tmp/too-much 2>/dev/null && echo refused"
    assert (await said(heir, wants_more)).strip() == b"refused"


async def test_nothing_goes_on_of_the_sandbox_before(backend: AnyBackend, spec: SandboxSpec) -> None:
    stays = "(trap '' TERM HUP; while :; do date >> /tmp/goes-on; sleep 0.05; done) & sleep 0.3"
    former = await left_by(backend, spec, stays)

    heir = await backend.create(spec, former)
    await former.destroy()

    before, after = (await said(heir, "wc -l < /tmp/goes-on; sleep 0.5; wc -l < /tmp/goes-on")).split()
    assert before == after


async def test_a_disk_goes_with_the_last_heir(backend: AnyBackend, spec: SandboxSpec) -> None:
    former = await left_by(backend, spec, "true")
    device, file = disk_of(former)
    for _ in range(3):
        heir = await backend.create(spec, former)
        await former.destroy()
        former = heir

    assert disk_of(former) == (device, file)
    await former.destroy()
    assert not device.exists() or device.read_text() != file  # somebody else may have taken the device meanwhile


async def test_who_was_destroyed_leaves_nothing(backend: AnyBackend, spec: SandboxSpec) -> None:
    former = await left_by(backend, spec, "true")
    await former.destroy()

    assert not former.has_heritable_disk
    with pytest.raises(PlatformError, match="no disk"):
        await backend.create(spec, former)


async def test_an_heir_that_cannot_be_made_leaves_the_disk_as_it_was(backend: AnyBackend, spec: SandboxSpec) -> None:
    former = await left_by(backend, spec, "echo one > /tmp/mine")
    impossible = replace(spec, mounts=(misplaced(spec),))

    with pytest.raises(PlatformError):
        await backend.create(impossible, former)
    heir = await backend.create(spec, former)

    assert (await said(heir, "cat /tmp/mine")).strip() == b"one"


def misplaced(spec: SandboxSpec) -> Mount:
    return replace(spec.mounts[0], target="/no/such/place")
