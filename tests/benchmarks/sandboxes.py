"""What a fresh sandbox costs, through the contract alone: create, start the handler, its answer, destroy."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from runtime.invocation.runtimes import Runtime
from runtime.sandbox.contract import Backend
from tests.benchmarks.selection import SANDBOX
from tests.benchmarks.trivial import is_answer, program, specification
from tests.benchmarks.variant import Variant


@asynccontextmanager
async def sandboxes(backend: Backend, runtimes: Iterable[Runtime]) -> AsyncIterator[Sequence[Variant]]:
    """Yield one variant for each runtime."""
    yield [Variant(SANDBOX, runtime.identifier, "fresh", FreshSandbox(backend, runtime).once) for runtime in runtimes]


class FreshSandbox:
    """Runs the handler of a runtime in a sandbox of its own."""

    def __init__(self, backend: Backend, runtime: Runtime) -> None:
        self._backend = backend
        self._spec = specification(runtime)
        self._program = program(runtime)

    async def once(self) -> None:
        """Create, start, read the answer, destroy."""
        sandbox = await self._backend.create(self._spec)
        try:
            await sandbox.start(self._program)
            sandbox.throttle()
            answer = await sandbox.output.readline()
        finally:
            await sandbox.destroy()
        if not is_answer(answer):
            raise RuntimeError(f"The sandbox answered {answer!r}.")
