"""What an invocation took and what it costs: figures out of readings of the clock and of the sandbox.

The duration runs from the moment in which the event is handed out to the end; processor time is counted over the same
span. Peak memory is the environment's, as on AWS: a warm environment shows what an earlier invocation needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.generation import Generation


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at the clock and at the sandbox."""

    at: float
    """Monotonic seconds."""
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What one invocation took."""

    init_ms: float
    duration_ms: float
    billed_ms: int
    cpu_ms: float
    peak_memory_bytes: int
    cost_usd: float


NOTHING = Figures(init_ms=0.0, duration_ms=0.0, billed_ms=0, cpu_ms=0.0, peak_memory_bytes=0, cost_usd=0.0)
"""The figures of an invocation that never began."""


def meter(
    generation: Generation,
    *,
    memory_mib: int,
    timeout_seconds: float,
    init_ms: float,
    begin: Reading,
    end: Reading,
    peak_memory_bytes: int,
) -> Figures:
    """Work out the figures of an invocation between two readings."""
    duration_ms = (end.at - begin.at) * 1000
    if not generation.reports_time_after_timeout:
        duration_ms = min(duration_ms, timeout_seconds * 1000)
    billed_ms = generation.billed_milliseconds(duration_ms, init_ms, timeout_seconds)
    return Figures(
        init_ms=init_ms,
        duration_ms=duration_ms,
        billed_ms=billed_ms,
        cpu_ms=max(0.0, end.cpu_seconds - begin.cpu_seconds) * 1000,
        peak_memory_bytes=peak_memory_bytes,
        cost_usd=generation.cost_usd(billed_ms, memory_mib),
    )
