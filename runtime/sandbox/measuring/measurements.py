"""Make sandboxes, have programs in them do what is limited, and measure what becomes of it.

The programs are shell scripts, because a shell is on every host. Shares are measured side by side as far as the
processors of this host reach, everything else alone. On a busy host a program may receive less than it bought.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from runtime.sandbox.contract import Backend, Limit, Limits, Mount, Program, Sandbox, SandboxSpec
from runtime.sandbox.measuring import figure
from runtime.sandbox.measuring.figure import Figure

PROGRAMS = Path(__file__).parent / "programs"
SECONDS = 5.0
"""How long a share is measured; the promise is about five seconds."""
SEVERAL = 4

_SETTLING_SECONDS = 0.2
_USED_OF_PROCESSORS = 0.75
_PATIENCE_SECONDS = 60.0
_ROUNDS = 30
_EXCESSES = {
    Limit.MEMORY: ("hold_memory.sh", 400),
    Limit.STORAGE: ("fill_storage.sh", 600),
    Limit.PROCESSES: ("start_processes.sh", 1500),
    Limit.FILE_DESCRIPTORS: ("open_files.sh", 1100),
}
_DEADLINES = {"busy": "spin.sh", "sleeping": "sleep.sh", "stopped": "stop.sh", "ignoring SIGTERM": "ignore.sh"}


class Wanted(NamedTuple):
    """A share to be measured."""

    name: str
    limits: Limits
    processes: int


async def measure(backend: Backend, shares: Mapping[str, Limits], seconds: float = SECONDS) -> AsyncIterator[Figure]:
    """Measure everything; ``shares`` names the memory sizes whose CPU share is to be measured."""
    tolerance = _tolerance(backend)
    for batch in batches(shares):
        for received in await asyncio.gather(*(_share(backend, wanted, tolerance, seconds) for wanted in batch)):
            yield received
    for limit in _EXCESSES:
        yield await _excess(backend, limit)
    for name, script in _DEADLINES.items():
        yield await _deadline(backend, name, script)
    yield figure.making([await _round(backend) for _ in range(_ROUNDS)])


def _tolerance(backend: Backend) -> float:
    (mechanism,) = (promise.mechanism or "" for promise in backend.promises() if promise.name == "CPU share")
    return figure.EMULATED if "emulated" in mechanism else figure.EXACT


def batches(shares: Mapping[str, Limits]) -> list[list[Wanted]]:
    """Divide what is to be measured so that no batch needs more than this host has."""
    wanted = [Wanted(name, limits, count) for name, limits in shares.items() for count in (1, SEVERAL)]
    room = _USED_OF_PROCESSORS * len(os.sched_getaffinity(0))
    divided: list[list[Wanted]] = []
    left = 0.0
    for one in sorted(wanted, key=lambda one: -one.limits.cpu_share):
        if not divided or one.limits.cpu_share > left:
            divided.append([])
            left = room
        divided[-1].append(one)
        left -= one.limits.cpu_share
    return divided


async def _share(backend: Backend, wanted: Wanted, tolerance: float, seconds: float) -> Figure:
    async with _running(backend, wanted.limits, "spin.sh", wanted.processes) as sandbox:
        sandbox.throttle()
        await asyncio.sleep(_SETTLING_SECONDS)
        used, began = sandbox.usage().cpu_seconds, time.monotonic()
        await asyncio.sleep(seconds)
        received = (sandbox.usage().cpu_seconds - used) / (time.monotonic() - began)
    who = "one process" if wanted.processes == 1 else f"{wanted.processes} processes"
    return figure.share(f"CPU share, {wanted.name}, {who}", wanted.limits.cpu_share, received, tolerance)


async def _excess(backend: Backend, limit: Limit) -> Figure:
    script, amount = _EXCESSES[limit]
    limits = Limits(memory_mib=128 if limit is Limit.MEMORY else 1024, cpu_share=1.0)
    began = time.monotonic()
    async with _running(backend, limits, script, amount) as sandbox:
        try:
            breach = await asyncio.wait_for(sandbox.breach([limit]), _PATIENCE_SECONDS)
        except TimeoutError:
            return figure.limit(limit.value, 0, None, "", _PATIENCE_SECONDS)
    took = time.monotonic() - began
    return figure.limit(limit.value, breach.configured, breach.observed, breach.unit, took)


async def _deadline(backend: Backend, name: str, script: str) -> Figure:
    async with _running(backend, Limits(memory_mib=128, cpu_share=0.0625), script) as sandbox:
        sandbox.throttle()
        await sandbox.output.readline()
        await asyncio.sleep(_SETTLING_SECONDS)
        began = time.monotonic()
        await sandbox.kill("its deadline has come")
        took = time.monotonic() - began
    return figure.gone(f"deadline, {name}", took * 1000)


async def _round(backend: Backend) -> float:
    began = time.monotonic()
    await (await backend.create(SandboxSpec(Limits(memory_mib=128, cpu_share=0.0625)))).destroy()
    return (time.monotonic() - began) * 1000


@asynccontextmanager
async def _running(backend: Backend, limits: Limits, script: str, *arguments: int) -> AsyncIterator[Sandbox]:
    """Run one of the programs."""
    sandbox = await backend.create(SandboxSpec(limits, mounts=(Mount(PROGRAMS, "/var/task"),)))
    try:
        argv = ("/bin/sh", f"/var/task/{script}", *map(str, arguments))
        await sandbox.start(Program(argv, {"PATH": "/usr/bin:/bin"}))
        yield sandbox
    finally:
        await sandbox.destroy()
