"""Memory buys CPU: the share is kept over seconds, whatever a function does to get more."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtime.generation import PREVIEW, TODAY
from runtime.sandbox.emulated import EmulatedGroup
from runtime.sandbox.sandbox import LinuxSandbox
from tests.sandbox.attacks import LANGUAGES, AnyBackend, Attack, line, mechanism, specification
from tests.sandbox.idleness import BUSY, Idleness

pytestmark = pytest.mark.isolation
SECONDS = 5.0
GENERATIONS = {generation.name: generation for generation in (PREVIEW, TODAY)}
SIZES = (128, 256, 512, 1024)


@dataclass(frozen=True)
class Received:
    """What each of several sandboxes received, as a part of one processor, and what kept them from their share."""

    parts: list[float]
    idle: float
    """The part of the time in which the machine had a processor to spare."""
    late: list[float]
    """Where they are emulated: the part of the time in which whoever stops the tree waited for a processor himself."""

    def are(self, *wanted: float, is_emulated: bool, tick: float = 0.0) -> bool:
        """Nobody receives more; on a machine that is busy with others, everybody may receive less.

        What a tree takes while nobody can stop it, it pays for with its next pause. ``tick``: the seconds by which what
        was received may be told too early or too late.
        """
        exactness = 0.1 if is_emulated else 0.03
        for part, share, late in zip(self.parts, wanted, self.late, strict=True):
            room = share * exactness + tick / SECONDS + late * (os.cpu_count() or 1)
            if part > share + room or (part < share - room and self.idle >= BUSY):
                return False
        return True


@pytest.fixture
def is_emulated(backend: AnyBackend) -> bool:
    return "emulated" in str(mechanism(backend, "CPU share"))


async def share(sandbox: LinuxSandbox, seconds: float) -> float:
    """Return the part of one processor that a sandbox receives from now on."""
    used, began = sandbox.usage().cpu_seconds, time.monotonic()
    await asyncio.sleep(seconds)
    return (sandbox.usage().cpu_seconds - used) / (time.monotonic() - began)


async def shares(sandboxes: Sequence[LinuxSandbox]) -> Received:
    """Throttle sandboxes; return what each receives over five seconds."""
    waited = [seconds_waited(sandbox) for sandbox in sandboxes]
    for sandbox in sandboxes:
        sandbox.throttle()
    await asyncio.sleep(0.2)
    idleness = Idleness()
    parts = await asyncio.gather(*(share(sandbox, SECONDS) for sandbox in sandboxes))
    late = [(seconds_waited(sandbox) - before) / SECONDS for sandbox, before in zip(sandboxes, waited, strict=True)]
    return Received(parts, idleness.share, late)


def seconds_waited(sandbox: LinuxSandbox) -> float:
    """Return how long whoever stands in for the kernel was ready to run and had no processor, since he was born."""
    if not isinstance(sandbox._group, EmulatedGroup):
        return 0.0
    _, waiting_ns, _ = Path(f"/proc/{sandbox._group._process_one}/schedstat").read_text().split()
    return int(waiting_ns) / 1e9


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_memory_buys_its_share_of_a_processor(attack: Attack, is_emulated: bool, generation: str) -> None:
    wanted = {size: GENERATIONS[generation].cpu_share(size) for size in SIZES}
    sandboxes = [await attack("spin.py", 1, spec=specification(size, cpu_share=wanted[size])) for size in SIZES]

    received = await shares(sandboxes)

    assert received.are(*wanted.values(), is_emulated=is_emulated), (received, wanted)


async def test_many_processes_and_threads_do_not_receive_more_than_one(attack: Attack, is_emulated: bool) -> None:
    crowds = [await attack("spin", crowd, language=language) for language in LANGUAGES for crowd in (2, 5)]

    received = await shares(crowds)

    assert received.are(*[0.0625] * len(crowds), is_emulated=is_emulated), received


async def test_processes_that_continue_each_other_do_not_receive_more(attack: Attack, is_emulated: bool) -> None:
    sandbox = await attack("restless.py")
    _, nicer, process_one = (await line(sandbox)).split()

    received = await shares([sandbox])

    assert received.are(0.0625, is_emulated=is_emulated), received
    assert (nicer, process_one) == ("EPERM", "EPERM")


async def test_before_it_is_throttled_a_runtime_starts_at_full_speed(attack: Attack) -> None:
    sandbox = await attack("spin.py", 1)

    assert await share(sandbox, 0.5) > 0.2


async def test_a_share_too_small_for_the_usual_period_is_kept_with_a_longer_one(
    attack: Attack, is_emulated: bool
) -> None:
    sandbox = await attack("spin.py", 1, spec=specification(cpu_share=0.02))

    received = await shares([sandbox])

    # A hundred milliseconds in all, and the kernel looks at the clock every four at most.
    assert received.are(0.02, is_emulated=is_emulated, tick=0.004), received


async def test_a_frozen_sandbox_uses_no_cpu_and_goes_on_when_thawed(attack: Attack) -> None:
    sandbox = await attack("spin.py", 2)

    await sandbox.freeze()
    frozen = await share(sandbox, 0.3)
    await sandbox.thaw()

    assert frozen < 0.001  # whoever is stopped takes the moment that it takes to stop
    assert await share(sandbox, 0.3) > 0.1
