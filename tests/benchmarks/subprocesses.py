"""Yardstick: the interpreter as a plain process that runs the same handler. No sandbox, no limit, no reset of files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from runtime.invocation.runtimes import Runtime
from tests.benchmarks.selection import SUBPROCESS
from tests.benchmarks.trivial import ENVIRONMENT, command_outside, is_answer
from tests.benchmarks.variant import Variant


@asynccontextmanager
async def subprocesses(runtimes: Iterable[Runtime]) -> AsyncIterator[Sequence[Variant]]:
    """Yield one variant for each runtime."""
    yield [
        Variant(SUBPROCESS, runtime.identifier, "process", Command(command_outside(runtime)).once)
        for runtime in runtimes
    ]


class Command:
    """A command that answers the event."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command

    async def once(self) -> None:
        """Run it to its end."""
        process = await asyncio.create_subprocess_exec(
            *self._command, env=ENVIRONMENT, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        if process.returncode or not is_answer(output):
            raise RuntimeError(f"{' '.join(self._command)} ended with {process.returncode} and said {output!r}.")
