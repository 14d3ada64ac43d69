"""How much this machine had to do while something was measured: what others were doing is nobody's fault."""

from __future__ import annotations

from pathlib import Path

BUSY = 0.1
"""The part of its time that a machine has nothing to do; with less, it had too much to do."""
STOLEN = 0.01


class Idleness:
    """Measures from when it is made."""

    def __init__(self) -> None:
        self._idle, self._stolen, self._all = _ticks()

    @property
    def share(self) -> float:
        """Return the part of the time since then in which a processor had nothing to do: none, where it was not there
        for more than a moment because the machine is a virtual one and its host was busy.
        """
        idle, stolen, total = _ticks()
        passed = max(1, total - self._all)
        return 0.0 if (stolen - self._stolen) / passed > STOLEN else (idle - self._idle) / passed

    @property
    def was_busy(self) -> bool:
        return self.share < BUSY


def _ticks() -> tuple[int, int, int]:
    """Return the ticks that were idle, those that the host gave to others, and all."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]
    return fields[3], fields[7], sum(fields)
