"""Environments on their way out: an outcome does not wait until what it ran in has been removed.

Every process of such an environment has ended already, so nothing of the function goes on; what is left are a disk, a
cgroup and sockets, which take the kernel milliseconds. A removal that fails is our own fault, and is said in the
journal: the invocation whose environment it was has had its outcome.
"""

from __future__ import annotations

import asyncio

from runtime.errors import PlatformError
from runtime.invocation.environment import ExecutionEnvironment
from runtime.journal import Journal


class Departures:
    """Closes environments in the background, and can be waited for."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._leaving: set[asyncio.Task[None]] = set()

    def begin(self, environment: ExecutionEnvironment) -> None:
        """Let an environment go."""
        task = asyncio.create_task(self._leave(environment))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def finished(self) -> None:
        """Wait until all that have begun to leave are gone."""
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def _leave(self, environment: ExecutionEnvironment) -> None:
        try:
            await environment.close()
        except (PlatformError, OSError) as error:
            self._journal.fault("removing an execution environment", str(error))
