"""Placement: where an invocation runs. In a warm environment of its function, in a fresh one, or not at all.

1. A warm environment is taken if one may serve the function.
2. Otherwise a fresh one is made. Where a ceiling is reached (``population.py``), idle environments are let go for it,
   the longest idle first: of the function for its own ceiling, of anybody for the ceiling of all. If none is idle, the
   invocation is throttled.
3. Afterwards an environment is kept, frozen, for the next invocation of the function.

Idle ones are let go when they have waited too long by the account's time, and when the machine is short of memory
(``host_memory.py``): ``tend`` sees to it in the background, and the second is looked at before anything new is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from runtime.clock import MovableClock
from runtime.errors import PlatformError
from runtime.invocation.blueprint import Blueprints
from runtime.invocation.host_memory import HostMemory
from runtime.invocation.idle import IdleEnvironments, Placed
from runtime.invocation.population import Ceilings, Population, described
from runtime.journal import Journal
from runtime.resources.function import Function

LOOK_SECONDS = 5.0
"""How often at least it is looked whether an environment has to go."""


class Placement:
    """The environments of an account, and who gets which."""

    def __init__(
        self,
        blueprints: Blueprints,
        clock: MovableClock,
        journal: Journal,
        ceilings: Ceilings,
        memory: HostMemory,
        idle_seconds: float,
    ) -> None:
        self._blueprints = blueprints
        self._clock = clock
        self._journal = journal
        self._population = Population(ceilings)
        self._memory = memory
        self._idle = IdleEnvironments(clock, idle_seconds)
        self._is_closing = asyncio.Event()

    async def take(self, function: Function) -> Placed:
        """Return where an invocation of the function runs; raise ``Throttled`` where there is no room for it.

        Raise another ``ServiceError`` for a function that cannot run.
        """
        return await self._idle.take(function) or await self._fresh(function)

    async def _fresh(self, function: Function) -> Placed:
        name = function.name
        await self._relieve()
        while not self._population.has_room_for(name) and await self._idle.let_go_of_longest(name):
            pass
        while not self._population.has_room and await self._idle.let_go_of_longest():
            pass
        if not (self._population.has_room_for(name) and self._population.has_room):
            raise self._population.refusal(name)
        placed = self._blueprints.place(function)
        self._population.add(placed)
        return placed

    def times_forgotten(self, function_name: str) -> int:
        """Return how often a function was changed or deleted: whoever keeps an environment says what it was before."""
        return self._idle.times_forgotten(function_name)

    async def keep(self, placed: Placed, times_forgotten: int) -> None:
        """Put an environment by for the next invocation of its function."""
        await self._idle.keep(placed, times_forgotten)

    async def forget(self, function_name: str) -> None:
        """Let go of the idle environments of a function that was changed or deleted."""
        await self._idle.forget(function_name)

    async def clear(self) -> None:
        """Let go of all idle environments."""
        await self._idle.close()

    async def close(self) -> None:
        """Let go of all idle environments, and tend no more."""
        self._is_closing.set()
        await self._idle.close()

    def environments(self) -> list[Mapping[str, Any]]:
        """Return where every living environment stands, the oldest first."""
        return [described(placed, self._idle.idle_seconds(placed)) for placed in self._population.living()]

    async def tend(self) -> None:
        """Let go of idle environments when it is time to, until ``close``; what has begun to go is gone at the end."""
        while not self._is_closing.is_set():
            await self._clock.sleep(min(LOOK_SECONDS, self._idle.seconds_until_stale()), self._is_closing)
            try:
                await self._idle.let_go_of_stale()
                await self._relieve()
            except (PlatformError, OSError) as error:  # one that does not go must not keep the others
                self._journal.fault("letting go of an idle environment", str(error))

    async def _relieve(self) -> None:
        while self._memory.is_short and await self._idle.let_go_of_longest():
            pass
