"""What a fresh sandbox costs, through the contract alone: create, start, answer, the end of every process.

That its disk and its group are removed afterwards counts for the rate, not for the latency.

*Fresh* is what an invocation gets: from the stock of its mold, with the bootstrap of its runtime, which asks for its
event through the Runtime API. *Fresh, by exec* starts the interpreter on the handler as a program, with nothing made
ahead: what a plain process and ``docker run`` do too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from runtime.invocation.environment import RUNTIME_API_PORT
from runtime.invocation.runtimes import Runtime
from runtime.sandbox.contract import Backend
from runtime.sandbox.namespaces import NamespacesBackend
from tests.benchmarks.bare_api import BareApi
from tests.benchmarks.rounds import IN_FLIGHT
from tests.benchmarks.selection import SANDBOX
from tests.benchmarks.trivial import EVENT, bootstrap, function_of, is_answer, program, specification
from tests.benchmarks.variant import Removal, Variant

STOCKED = max(IN_FLIGHT)
PATIENCE_SECONDS = 20


@asynccontextmanager
async def sandboxes(backend: Backend, state: Path, runtimes: Iterable[Runtime]) -> AsyncIterator[Sequence[Variant]]:
    """Yield two variants for each runtime; the stocks are those of a backend of their own."""
    stocked = NamespacesBackend(state / "stocked")
    variants = []
    for runtime in runtimes:
        stocked.stock(runtime.mold, STOCKED)
        variants.append(Variant(SANDBOX, runtime.identifier, "fresh", Bootstrapped(stocked, runtime).once))
        variants.append(Variant(SANDBOX, runtime.identifier, "fresh, by exec", Executed(backend, runtime).once))
    try:
        yield variants
    finally:
        await stocked.close()


class Bootstrapped:
    """Runs the handler by the bootstrap of its runtime, in a sandbox of its own."""

    def __init__(self, backend: Backend, runtime: Runtime) -> None:
        self._backend = backend
        self._spec = function_of(runtime)
        self._program = bootstrap(runtime)

    async def once(self) -> Removal:
        """Create, start, hand out the event, take the answer, end every process; what is left is to be destroyed."""
        sandbox = await self._backend.create(self._spec)
        try:
            listener = sandbox.listeners[RUNTIME_API_PORT]
            async with BareApi(listener, EVENT.encode(), on_hand_out=sandbox.throttle) as api:
                await sandbox.start(self._program)
                answer = await asyncio.wait_for(api.answer, PATIENCE_SECONDS)
        except TimeoutError:
            raise RuntimeError(f"The bootstrap gave no answer, but said {sandbox.drain()!r}.") from None
        finally:
            await sandbox.kill("it has answered")
        if not answer.endswith(b"/response"):
            raise RuntimeError(f"The handler failed: its answer came on {answer.decode()}.")
        return sandbox.destroy


class Executed:
    """Runs the handler as a program, in a sandbox of its own."""

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
            raise RuntimeError(f"The program answered {answer!r}.")
