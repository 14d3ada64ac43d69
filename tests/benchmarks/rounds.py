"""Measure variants in interleaved rounds: each round measures every variant once, on a machine that is calm."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.calm import until_calm
from tests.benchmarks.figures import Block
from tests.benchmarks.variant import Variant

IN_FLIGHT = (1, 8)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured."""

    rounds: int = 5
    samples: int = 20
    """Latencies a round of what takes milliseconds; a quarter of it of what takes longer."""
    pause_seconds: float = 0.05
    """Between two latencies: an invocation then meets an idle platform, whose pools are full again."""
    patience_seconds: float = 10.0

    def samples_of(self, variant: Variant) -> int:
        return self.samples if variant.is_quick else max(3, self.samples // 4)

    def burst_of(self, variant: Variant, in_flight: int) -> int:
        """Return how many are run back to back to know a rate."""
        each = max(2, self.samples_of(variant) // (2 if in_flight > 1 else 1))
        return each * in_flight


@dataclass(frozen=True, slots=True)
class Measured:
    """All rounds of all variants."""

    blocks: Mapping[Variant, Sequence[Block]]
    idle_shares: Sequence[float]
    """How idle the processors were before each block."""


async def measure(variants: Sequence[Variant], effort: Effort) -> Measured:
    """Measure every variant in every round."""
    blocks: dict[Variant, list[Block]] = {variant: [] for variant in variants}
    idle_shares = []
    for variant in variants:
        await _latency(variant, effort)  # what is made once (templates, caches) is not what an invocation costs
    for number in range(effort.rounds):
        for variant in variants:
            _say(f"round {number + 1} of {effort.rounds}: {variant.level} {variant.runtime} {variant.name}")
            idle_shares.append(await until_calm(effort.patience_seconds))
            blocks[variant].append(await _block(variant, effort))
    _say("")
    return Measured(blocks, idle_shares)


async def _block(variant: Variant, effort: Effort) -> Block:
    latencies = [await _latency(variant, effort) for _ in range(effort.samples_of(variant))]
    in_flight = () if variant.before else IN_FLIGHT
    return Block(tuple(latencies), {number: await _rate(variant, effort, number) for number in in_flight})


async def _latency(variant: Variant, effort: Effort) -> float:
    """Return how many milliseconds one run takes that arrives on an idle platform."""
    if variant.before:
        await variant.before()
    await asyncio.sleep(effort.pause_seconds)
    began = time.perf_counter()
    remove = await variant.once()
    milliseconds = (time.perf_counter() - began) * 1000
    if remove:
        await remove()
    return milliseconds


async def _rate(variant: Variant, effort: Effort, in_flight: int) -> float:
    """Return how many a second are done when so many are always under way."""
    count = effort.burst_of(variant, in_flight)
    await asyncio.sleep(effort.pause_seconds)
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(_repeat(variant, count // in_flight))
    return count / (time.perf_counter() - began)


async def _repeat(variant: Variant, times: int) -> None:
    for _ in range(times):
        if remove := await variant.once():
            await remove()


def _say(progress: str) -> None:
    print(f"\r{progress}\033[K", end="", file=sys.stderr, flush=True)
