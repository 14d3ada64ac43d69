"""Memory buys CPU: the share is kept over seconds, whatever a function does to get more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from runtime.generation import PREVIEW, TODAY
from runtime.sandbox.sandbox import NamespacesSandbox
from tests.sandbox.attacks import LANGUAGES, AnyBackend, Attack, line, mechanism, specification
from tests.sandbox.idleness import BUSY, Idleness

pytestmark = pytest.mark.isolation
SECONDS = 5.0
GENERATIONS = {generation.name: generation for generation in (PREVIEW, TODAY)}
SIZES = (128, 256, 512, 1024)


@dataclass(frozen=True)
class Tolerance:
    """How exactly the share is kept: less so where it is emulated, by a process that has to get a turn itself."""

    is_emulated: bool

    def holds(self, received: float, share: float, idle: float) -> bool:
        """Nobody receives more; on a machine that is busy with others, everybody may receive less."""
        is_busy = idle < BUSY
        relative = 0.1 if self.is_emulated else 0.03
        most = 2.0 if self.is_emulated and is_busy else relative
        return received <= share * (1 + most) and (received >= share * (1 - relative) or is_busy)


@pytest.fixture
def tolerance(backend: AnyBackend) -> Tolerance:
    return Tolerance("emulated" in str(mechanism(backend, "CPU share")))


async def share(sandbox: NamespacesSandbox, seconds: float) -> float:
    """Return the part of one processor that a sandbox receives from now on."""
    used, began = sandbox.usage().cpu_seconds, time.monotonic()
    await asyncio.sleep(seconds)
    return (sandbox.usage().cpu_seconds - used) / (time.monotonic() - began)


async def shares(sandboxes: Sequence[NamespacesSandbox]) -> tuple[list[float], float]:
    """Throttle sandboxes; return what each receives over five seconds, and how idle the machine was meanwhile."""
    for sandbox in sandboxes:
        sandbox.throttle()
    await asyncio.sleep(0.2)
    idleness = Idleness()
    received = await asyncio.gather(*(share(sandbox, SECONDS) for sandbox in sandboxes))
    return received, idleness.share


@pytest.mark.parametrize("generation", GENERATIONS)
async def test_memory_buys_its_share_of_a_processor(attack: Attack, tolerance: Tolerance, generation: str) -> None:
    wanted = {size: GENERATIONS[generation].cpu_share(size) for size in SIZES}
    sandboxes = [await attack("spin.py", 1, spec=specification(size, cpu_share=wanted[size])) for size in SIZES]

    received, idle = await shares(sandboxes)

    for size, one in zip(SIZES, received, strict=True):
        assert tolerance.holds(one, wanted[size], idle), (size, one, wanted[size], idle)


async def test_many_processes_and_threads_do_not_receive_more_than_one(attack: Attack, tolerance: Tolerance) -> None:
    crowds = [await attack("spin", crowd, language=language) for language in LANGUAGES for crowd in (2, 5)]

    received, idle = await shares(crowds)

    for one in received:
        assert tolerance.holds(one, 0.0625, idle), (received, idle)


async def test_processes_that_continue_each_other_do_not_receive_more(attack: Attack, tolerance: Tolerance) -> None:
    sandbox = await attack("restless.py")
    _, nicer, process_one = (await line(sandbox)).split()

    (received,), idle = await shares([sandbox])

    assert tolerance.holds(received, 0.0625, idle), (received, idle)
    assert (nicer, process_one) == ("EPERM", "EPERM")


async def test_before_it_is_throttled_a_runtime_starts_at_full_speed(attack: Attack) -> None:
    sandbox = await attack("spin.py", 1)

    assert await share(sandbox, 0.5) > 0.2


async def test_a_share_too_small_for_the_usual_period_is_kept_with_a_longer_one(
    attack: Attack, tolerance: Tolerance
) -> None:
    sandbox = await attack("spin.py", 1, spec=specification(cpu_share=0.02))

    (received,), idle = await shares([sandbox])

    assert tolerance.holds(received, 0.02, idle), (received, idle)


async def test_a_frozen_sandbox_uses_no_cpu_and_goes_on_when_thawed(attack: Attack) -> None:
    sandbox = await attack("spin.py", 2)

    await sandbox.freeze()
    frozen = await share(sandbox, 0.3)
    await sandbox.thaw()

    assert frozen == 0
    assert await share(sandbox, 0.3) > 0.1
