"""Run a mix of invocations, several at once, and compare what the runtime holds before and after."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.identity.principal import Credentials
from runtime.sandbox.namespaces import NamespacesBackend
from tests.handlers.laboratory import Laboratory, LogStore
from tests.soak.counts import MEMORY_GROWTH_BYTES, Counts, count, resident_bytes
from tests.soak.mix import Move, draw, moves

SETTLING_SECONDS = 20.0
"""How long what is made in the background (the stock of sandboxes) may take to be there again."""


@dataclass(frozen=True)
class Report:
    """What a soak found."""

    outcomes: Mapping[str, int]
    disagreements: list[str]
    before: Counts
    after: Counts
    grown_bytes: int

    @property
    def complaints(self) -> list[str]:
        """Say everything that is not as it should be."""
        leaks = [f"{name}: {change}" for name, change in self.after.differences(self.before).items()]
        grown = [f"memory: {self.grown_bytes >> 20} MB more"] if self.grown_bytes > MEMORY_GROWTH_BYTES else []
        return [*self.disagreements, *leaks, *grown]


class NoLogs(LogStore):
    """CloudWatch Logs that takes everything and keeps nothing: what it would keep is no leak of the runtime."""

    async def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        credentials: Credentials,
        api_version: str | None = None,
    ) -> Mapping[str, Any]:
        return {}


async def soak(invocations: int, at_once: int, warm_up: int, seed: int, tick: Callable[[], object]) -> Report:
    """Run so many invocations after a warm-up, ``at_once`` at any time; ``tick`` is called after each."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-soak-") as name:
        state = Path(name)
        backend = NamespacesBackend(state)
        laboratory = Laboratory(backend, state, NoLogs())
        try:
            async with laboratory.invoker:
                choice = moves(laboratory)
                course = _Course(laboratory, tick)
                await course.run(draw(choice, warm_up, seed), at_once)
                before = await _settled(laboratory, choice, state, None)
                resident = resident_bytes()
                await course.run(draw(choice, invocations, seed + 1), at_once)
                after = await _settled(laboratory, choice, state, before)
                grown = resident_bytes() - resident
        finally:
            await backend.close()
            laboratory.journal.close()
    return Report(course.outcomes, course.disagreements, before, after, grown)


class _Course:
    """What has happened so far."""

    def __init__(self, laboratory: Laboratory, tick: Callable[[], object]) -> None:
        self._laboratory = laboratory
        self._tick = tick
        self.outcomes: Counter[str] = Counter()
        self.disagreements: list[str] = []

    async def run(self, drawn: list[Move], at_once: int) -> None:
        waiting = iter(drawn)
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(self._work(waiting))

    async def _work(self, waiting: Any) -> None:
        for move in waiting:
            outcome = await self._laboratory.invoke(move.function, move.event)
            self.outcomes[outcome.status.value] += 1
            if disagreement := move.disagreement(outcome):
                self.disagreements.append(disagreement)
            self._tick()


async def _settled(laboratory: Laboratory, choice: list[Move], state: Path, wanted: Counts | None) -> Counts:
    """Let go of idle environments, and count when nothing changes any more, or all is as it was."""
    for name in {move.function.name for move in choice}:
        await laboratory.invoker.forget(name)
    deadline = asyncio.get_running_loop().time() + SETTLING_SECONDS
    last = count(state)
    while asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(1)
        now = count(state)
        if now == (last if wanted is None else wanted):
            return now
        last = now
    return last
