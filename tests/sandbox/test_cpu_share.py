"""Memory buys CPU: the share is kept over seconds, whatever a function does to get more."""

from __future__ import annotations

import asyncio
import time

import pytest

from runtime.sandbox.namespaces import NamespacesBackend
from runtime.sandbox.sandbox import NamespacesSandbox
from tests.sandbox.attacks import Attack, line, specification

pytestmark = pytest.mark.isolation
SECONDS = 4.0


@pytest.fixture
def tolerance(backend: NamespacesBackend) -> float:
    """Return how exactly the share is kept: less so where it is emulated."""
    (mechanism,) = (promise.mechanism or "" for promise in backend.promises() if promise.name == "CPU share")
    return 0.1 if "emulated" in mechanism else 0.05


async def share(sandbox: NamespacesSandbox, seconds: float) -> float:
    """Return the part of one processor that a sandbox receives from now on."""
    used, began = sandbox.usage().cpu_seconds, time.monotonic()
    await asyncio.sleep(seconds)
    return (sandbox.usage().cpu_seconds - used) / (time.monotonic() - began)


async def test_128_mb_receive_a_sixteenth_of_a_processor(attack: Attack, tolerance: float) -> None:
    sandbox = await attack("spin.py", 1)
    sandbox.throttle()
    await asyncio.sleep(0.2)

    assert await share(sandbox, SECONDS) == pytest.approx(0.0625, rel=tolerance)


async def test_two_processes_do_not_receive_more_than_one(attack: Attack, tolerance: float) -> None:
    sandbox = await attack("spin.py", 2)
    sandbox.throttle()
    await asyncio.sleep(0.2)

    assert await share(sandbox, SECONDS) == pytest.approx(0.0625, rel=tolerance)


async def test_processes_that_continue_each_other_do_not_receive_more(attack: Attack, tolerance: float) -> None:
    sandbox = await attack("restless.py")
    _, nicer, process_one = (await line(sandbox)).split()
    sandbox.throttle()
    await asyncio.sleep(0.2)

    assert await share(sandbox, SECONDS) == pytest.approx(0.0625, rel=tolerance)
    assert (nicer, process_one) == ("EPERM", "EPERM")


async def test_before_it_is_throttled_a_runtime_starts_at_full_speed(attack: Attack) -> None:
    sandbox = await attack("spin.py", 1)

    assert await share(sandbox, 0.5) > 0.2


async def test_a_share_too_small_for_the_usual_period_is_kept_with_a_longer_one(attack: Attack) -> None:
    sandbox = await attack("spin.py", 1, spec=specification(cpu_share=0.02))
    sandbox.throttle()
    await asyncio.sleep(0.2)

    assert await share(sandbox, SECONDS) == pytest.approx(0.02, rel=0.1)


async def test_a_frozen_sandbox_uses_no_cpu_and_goes_on_when_thawed(attack: Attack) -> None:
    sandbox = await attack("spin.py", 2)

    await sandbox.freeze()
    frozen = await share(sandbox, 0.3)
    await sandbox.thaw()

    assert frozen == 0
    assert await share(sandbox, 0.3) > 0.1
