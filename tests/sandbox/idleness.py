"""How much this machine had to do while something was measured: what others were doing is nobody's fault."""

from __future__ import annotations

from pathlib import Path

BUSY = 0.1
"""The part of its time that a machine has nothing to do; with less, it had too much to do."""


class Idleness:
    """Measures from when it is made."""

    def __init__(self) -> None:
        self._idle, self._all = _ticks()

    @property
    def share(self) -> float:
        """Return the part of the time since then in which a processor had nothing to do."""
        idle, total = _ticks()
        return (idle - self._idle) / max(1, total - self._all)

    @property
    def was_busy(self) -> bool:
        return self.share < BUSY


def _ticks() -> tuple[int, int]:
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return fields[3], sum(fields)
