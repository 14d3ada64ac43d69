"""What a measurement says: a name, a sentence with the figures, and whether the promise was kept."""

from __future__ import annotations

from dataclasses import dataclass

EXACT, EMULATED = 0.03, 0.10
"""How far a received CPU share may be from what was bought, where the kernel keeps it and where process 1 does."""
DEADLINE_MS = 200.0

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement."""

    name: str
    text: str
    is_kept: bool = True


def share(name: str, bought: float, received: float, tolerance: float) -> Figure:
    """Judge a CPU share."""
    error = received / bought - 1
    text = f"received {received:.2%} of a processor where {bought:.2%} was bought ({error:+.1%})"
    return Figure(name, text, abs(error) <= tolerance)


def limit(name: str, configured: int, observed: int | None, unit: str, seconds: float) -> Figure:
    """Judge a limit that was exceeded on purpose; ``observed`` is ``None`` if nobody noticed."""
    if observed is None:
        return Figure(name, f"exceeding {_amount(configured, unit)} was not noticed", is_kept=False)
    text = (
        f"ended at {_amount(observed, unit)}, the limit is {_amount(configured, unit)}; noticed within {seconds:.1f} s"
    )
    return Figure(name, text)


def gone(name: str, milliseconds: float) -> Figure:
    """Judge how long after its deadline a process was gone."""
    return Figure(name, f"gone {milliseconds:.0f} ms after the deadline", milliseconds <= DEADLINE_MS)


def making(milliseconds: list[float]) -> Figure:
    """Say how long it takes to make a sandbox and to leave nothing of it."""
    ordered = sorted(milliseconds)
    p50, p99 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return Figure("create to destroy", f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, of {len(ordered)}")


def _amount(number: int, unit: str) -> str:
    return f"{number / _MIB:.1f} MiB" if unit == "bytes" else f"{number:,} {unit}"
