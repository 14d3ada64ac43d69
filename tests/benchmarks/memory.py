"""What a sandbox, an environment and the platform take up while they do nothing.

Two figures for each. *PSS* is what the processes hold, with what they share divided among those who share it.
*Available* is by how much the machine's available memory goes down: that counts what the kernel keeps for them too
(namespaces, cgroups, file systems), and whatever else happens on the machine meanwhile. Each is the difference between
before and after many were made, divided by their number; the median of some repetitions.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from runtime.invocation.runtimes import Runtime
from runtime.sandbox.namespaces import NamespacesBackend
from tests.benchmarks.calm import until_calm
from tests.benchmarks.invocations import invocation, trivial_function
from tests.benchmarks.platform_process import platform_process
from tests.benchmarks.variant import NO_RUNTIME
from tests.handlers.laboratory import Laboratory

MANY_SANDBOXES = 24
MANY_ENVIRONMENTS = 12
"""Fewer than the invoker keeps."""
REPETITIONS = 4
"""The first does not count: it pays for what is made once."""
SETTLING_SECONDS = 0.5
STEADY_SECONDS = 2.0

_MIB, _KIB = 1 << 20, 1 << 10


@dataclass(frozen=True, slots=True)
class Kind:
    """Something that can be had many times."""

    name: str
    runtime: str
    hold: Callable[[], AbstractAsyncContextManager[None]]
    """Makes ``count`` of them, and lets go of them at the end."""
    count: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """What one of a kind takes up."""

    kind: str
    runtime: str
    pss_mib: float
    available_mib: float


def kinds(state: Path, laboratory: Laboratory, runtimes: Iterable[Runtime]) -> Iterator[Kind]:
    """Yield all that can be measured."""
    for runtime in runtimes:
        yield Kind("sandbox, in stock", runtime.identifier, partial(_stock, state, runtime), MANY_SANDBOXES)
        if runtime.generation.reuses_environments:
            yield Kind(
                "environment, frozen", runtime.identifier, partial(_idle, laboratory, runtime), MANY_ENVIRONMENTS
            )
    yield Kind("platform, idle", NO_RUNTIME, _platform, 1)


async def footprint(kind: Kind, patience_seconds: float) -> Footprint:
    """Measure one kind."""
    taken = [await _difference(kind, patience_seconds) for _ in range(REPETITIONS)][1:]
    pss, available = (statistics.median(figures) / kind.count / _MIB for figures in zip(*taken, strict=True))
    return Footprint(kind.name, kind.runtime, pss, available)


async def _difference(kind: Kind, patience_seconds: float) -> tuple[int, int]:
    """Return by how much the proportional set of our processes grows, and the available memory shrinks."""
    await until_calm(patience_seconds)
    pss, available = _proportional_set(), _available()
    async with kind.hold():
        await asyncio.sleep(SETTLING_SECONDS)
        return _proportional_set() - pss, available - _available()


@asynccontextmanager
async def _stock(state: Path, runtime: Runtime) -> AsyncIterator[None]:
    backend = NamespacesBackend(state / "stock")
    backend.stock(runtime.mold, MANY_SANDBOXES)
    try:
        await _until_steady()
        yield
    finally:
        await backend.close()


async def _until_steady() -> None:
    """Wait until no process has begun or ended for a while: a stock is full then, though it does not say so."""
    before: Sequence[int] = []
    while before != (now := _tree()):
        before = now
        await asyncio.sleep(STEADY_SECONDS)


@asynccontextmanager
async def _idle(laboratory: Laboratory, runtime: Runtime) -> AsyncIterator[None]:
    function = trivial_function(laboratory, runtime, "idle")
    functions = [
        replace(function, name=f"{function.name}-{n}", arn=f"{function.arn}-{n}") for n in range(MANY_ENVIRONMENTS)
    ]
    for one in functions:
        await invocation(laboratory, one)()
    yield
    for one in functions:
        await laboratory.invoker.forget(one.name)


@asynccontextmanager
async def _platform() -> AsyncIterator[None]:
    with platform_process():
        yield


def _proportional_set() -> int:
    return sum(_pss(process) for process in _tree())


def _pss(process: int) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * _KIB
    return 0


def _tree() -> Sequence[int]:
    """Return this process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for directory in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            parent = int((directory / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(directory.name))
    tree = [os.getpid()]
    for process in tree:
        tree += children.get(process, [])
    return tree


def _available() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * _KIB
    raise RuntimeError("The kernel does not say how much memory is available.")
