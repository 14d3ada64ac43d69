"""What an invocation costs from the call of the invoker to its outcome: role, Runtime API, limits, log, journal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from runtime.invocation.outcome import Status
from runtime.invocation.runtimes import Runtime
from runtime.resources.function import Function
from tests.benchmarks.selection import INVOKER
from tests.benchmarks.trivial import EVENT, HANDLERS, language
from tests.benchmarks.variant import Variant
from tests.handlers.laboratory import Laboratory

MEMORY_MIB = 1024
"""The preview's largest function, half a processor: at 128 MB it is the CPU share that is measured."""


@asynccontextmanager
async def invocations(laboratory: Laboratory, runtimes: Iterable[Runtime]) -> AsyncIterator[Sequence[Variant]]:
    """Yield fresh invocations for each runtime, and warm ones where a generation has them."""
    async with laboratory.invoker:
        yield [variant for runtime in runtimes for variant in _variants(laboratory, runtime)]


def _variants(laboratory: Laboratory, runtime: Runtime) -> list[Variant]:
    function = trivial_function(laboratory, runtime, "trivial")
    generation = replace(function.generation, reuses_environments=False)
    fresh = replace(function, name=f"{function.name}-fresh", arn=f"{function.arn}-fresh", generation=generation)
    variants = [Variant(INVOKER, runtime.identifier, "fresh", invocation(laboratory, fresh))]
    if function.generation.reuses_environments:
        variants.append(Variant(INVOKER, runtime.identifier, "warm", invocation(laboratory, function)))
    return variants


def trivial_function(laboratory: Laboratory, runtime: Runtime, name: str) -> Function:
    """Return a function that answers its event."""
    files = {path.name: path.read_text() for path in (HANDLERS / language(runtime.identifier)).iterdir()}
    name = f"{name}-{runtime.identifier.replace('.', '-')}"
    return laboratory.function(name, runtime.identifier, files, memory_mib=MEMORY_MIB, timeout_seconds=10)


def invocation(laboratory: Laboratory, function: Function) -> Callable[[], Awaitable[None]]:
    """Return what invokes a function once, and raises if it does not succeed."""

    async def once() -> None:
        outcome = await laboratory.invoker.invoke(laboratory.invocation(function, EVENT))
        if outcome.status is not Status.SUCCEEDED:
            raise RuntimeError(f"{function.name} ended as {outcome.status.value}: {outcome.error_message}")

    return once
