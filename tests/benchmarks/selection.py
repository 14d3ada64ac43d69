"""What of everything is measured, chosen by words: ``only="sandbox python"``, ``without=docker``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FLOOR, SUBPROCESS, DOCKER, RIVALS = YARDSTICKS = ("floor", "subprocess", "docker", "rivals")
MINISTACK, MOTO = ("ministack", "moto")
"""The rivals, which are left out or not together, and are measured where the endpoint is."""
SANDBOX, INVOKER, ENDPOINT, MEMORY, STREAMS = LEVELS = ("sandbox", "invoker", "endpoint", "memory", "streams")


@dataclass(frozen=True, slots=True)
class Selection:
    """Words that name levels choose levels, all others the runtimes that begin with them; no words choose all.

    The yardsticks of what is chosen are measured too, but for those that are left out by name.
    """

    only: Sequence[str] = ()
    without: Sequence[str] = ()

    def has_group(self, name: str) -> bool:
        """Say whether a level or a yardstick is measured."""
        levels = [word for word in self.only if word in LEVELS]
        is_asked_for = not levels or name in (*YARDSTICKS, *levels)
        return is_asked_for and name not in self.without and (name != RIVALS or self.has_group(ENDPOINT))

    @property
    def measures_time(self) -> bool:
        """Say whether anything but memory is measured."""
        return any(self.has_group(level) for level in (SANDBOX, INVOKER, ENDPOINT))

    def has_runtime(self, identifier: str) -> bool:
        """Say whether a runtime is measured; ``nodejs`` is the preview's, not the beginning of ``nodejs22.x``."""
        names = [word for word in self.only if word not in LEVELS]
        return not names or any(
            identifier == name or (name != "nodejs" and identifier.startswith(name)) for name in names
        )
