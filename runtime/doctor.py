"""What the command ``doctor`` says: what this host can enforce, what killed runtimes have left, how exactly it is kept.

It answers 1 if a promise has no mechanism, if something was left, or if a measurement shows a promise not kept. It
changes nothing: what was left is shown with the way to remove it.
"""

from __future__ import annotations

import asyncio
import os
import time

from runtime import platform
from runtime.generation import GENERATIONS
from runtime.sandbox import remains
from runtime.sandbox.contract import Limits
from runtime.sandbox.measuring.measurements import SECONDS, measure
from runtime.settings import Settings
from runtime.state_directory import is_in_use

MEMORY_SIZES_MIB = (128, 256, 512, 1024)

_ENDING_SECONDS = 1.0


def examine(settings: Settings, *, measures: bool, seconds: float = SECONDS) -> int:
    """Print everything; return the exit status."""
    are_kept = [_say_promises(settings), _say_remains(settings)]
    if measures:
        are_kept.append(asyncio.run(_say_measurements(settings, seconds)))
    return 0 if all(are_kept) else 1


def _say_promises(settings: Settings) -> bool:
    promises = platform.promises(settings)
    width = max(len(promise.name) for promise in promises)
    for promise in promises:
        print(f"{promise.name:<{width}}  {promise.mechanism or 'NOT KEPT'}")
        if promise.remark:
            print(f"{'':<{width}}  {promise.remark}")
    print(f"\nruntimes: {', '.join(platform.runtimes(settings)) or 'none; run lab/install.py'}")
    return all(promise.mechanism for promise in promises)


def _say_remains(settings: Settings) -> bool:
    remedies = _remedies(settings)
    if remedies:  # a runtime that has just been killed is still taking its sandboxes with it
        time.sleep(_ENDING_SECONDS)
        remedies = _remedies(settings)
    print("left by killed runtimes:" if remedies else "left by killed runtimes: nothing")
    for remedy in remedies:
        print(f"  {remedy}")
    return not remedies


def _remedies(settings: Settings) -> list[str]:
    found = [remains.of_owners()]
    if not is_in_use(settings.state):
        found.append(remains.of_directory(settings.state))
    return [remedy for each in found for remedy in each.remedies()]


async def _say_measurements(settings: Settings, seconds: float) -> bool:
    shares = {
        f"{generation.name} {mib} MB": Limits(memory_mib=mib, cpu_share=generation.cpu_share(mib))
        for generation in GENERATIONS.values()
        for mib in MEMORY_SIZES_MIB
    }
    print("\nmeasured:", flush=True)
    backend = platform.chosen_backend(settings)
    are_kept = True
    try:
        async for figure in measure(backend, shares, seconds):
            are_kept = are_kept and figure.is_kept
            print(f"{'' if figure.is_kept else 'NOT KEPT: '}{figure.name}: {figure.text}", flush=True)
    finally:
        await backend.close()
    if not are_kept and os.getloadavg()[0] > len(os.sched_getaffinity(0)):
        print("This machine is busy, and what others use is nobody's share. Measure again when it is quiet.")
    return are_kept
