"""The arithmetic of the benchmarks: percentiles, medians over rounds, ratios within a round.

A ratio is formed inside each round, from two medians that were taken within seconds of each other, and what is reported
is the median of the ratios: so a machine that is slow for a minute slows both sides of it. Pure functions of numbers.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Block:
    """What one round has measured of one variant."""

    latencies_ms: tuple[float, ...]
    """One at a time, each arriving on an idle platform."""
    per_second: Mapping[int, float] = field(default_factory=dict)
    """Rate by the number in flight, back to back."""

    @property
    def p50_ms(self) -> float:
        return statistics.median(self.latencies_ms)


@dataclass(frozen=True, slots=True)
class Summary:
    """All rounds of one variant."""

    samples: int
    p50_ms: float
    """The median of the rounds' medians."""
    p99_ms: float
    """Over the samples of all rounds together: one round has too few for it."""
    lowest_ms: float
    highest_ms: float
    """The rounds' medians lie between these two."""
    per_second: Mapping[int, float]
    """The median of the rounds' rates, by the number in flight."""


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least so many percent of the values do not exceed (nearest rank)."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    rank = math.ceil(percent / 100 * len(values))
    return sorted(values)[max(rank, 1) - 1]


def summary(blocks: Sequence[Block]) -> Summary:
    """Return what the rounds of one variant say together."""
    medians = [block.p50_ms for block in blocks]
    return Summary(
        samples=sum(len(block.latencies_ms) for block in blocks),
        p50_ms=statistics.median(medians),
        p99_ms=percentile([latency for block in blocks for latency in block.latencies_ms], 99),
        lowest_ms=min(medians),
        highest_ms=max(medians),
        per_second={
            in_flight: statistics.median(block.per_second[in_flight] for block in blocks)
            for in_flight in blocks[0].per_second
        },
    )


def ratio(blocks: Sequence[Block], yardstick: Sequence[Block]) -> float:
    """Return how many times as long a variant takes as its yardstick: the median of the rounds' own ratios."""
    return statistics.median(one.p50_ms / other.p50_ms for one, other in zip(blocks, yardstick, strict=True))
