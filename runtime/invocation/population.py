"""The execution environments that are alive: how many there may be, and where each of them stands.

A machine is smaller than AWS. There are two ceilings, one for all environments together and one for those of a
function. An invocation that would need one more is throttled like one beyond the account's concurrency (429), never
made to wait, because AWS never lets an invocation wait either; the message says that the ceiling is this machine's.
Idle environments of others are let go first (``placement.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.invocation.concurrency import OF_THE_ACCOUNT, OF_THE_FUNCTION, Throttled
from runtime.invocation.idle import Placed


@dataclass(frozen=True, slots=True)
class Ceilings:
    """How many environments may be alive at once."""

    of_all: int
    of_a_function: int


class Population:
    """All environments that are alive."""

    def __init__(self, ceilings: Ceilings) -> None:
        self._ceilings = ceilings
        self._members: list[Placed] = []

    def add(self, placed: Placed) -> None:
        """Count an environment, from now until it is over."""
        self._members = [*self.living(), placed]

    def living(self) -> list[Placed]:
        """Return those that are not over, the oldest first."""
        return [placed for placed in self._members if not placed.environment.is_over]

    def has_room_for(self, function_name: str) -> bool:
        """Say whether the function may have one more environment as far as its own ceiling goes."""
        return self._number_of(function_name) < self._ceilings.of_a_function

    @property
    def has_room(self) -> bool:
        """Say whether there may be one more environment at all."""
        return len(self.living()) < self._ceilings.of_all

    def refusal(self, function_name: str) -> Throttled:
        """Return what to raise where there is no room."""
        if not self.has_room_for(function_name):
            number, option = self._ceilings.of_a_function, "--environments-per-function"
            return Throttled(OF_THE_FUNCTION, f"{number} execution environments of a function at once ({option})")
        return Throttled(OF_THE_ACCOUNT, f"{self._ceilings.of_all} execution environments at once (--environments)")

    def _number_of(self, function_name: str) -> int:
        return [placed.function.name for placed in self.living()].count(function_name)


def described(placed: Placed, idle_seconds: float | None) -> Mapping[str, Any]:
    """Return where an environment stands, for whoever looks at the platform from outside."""
    function, environment = placed.function, placed.environment
    return {
        "environment": environment.identity,
        "function": function.name,
        "version": function.version,
        "runtime": function.runtime,
        "generation": function.generation.name,
        "memory_mib": function.memory_mib,
        "state": environment.state.value,
        "invocations": environment.invocations,
        "idle_seconds": None if idle_seconds is None else round(idle_seconds, 1),
        "log_group": placed.log.group,
        "log_stream": placed.log.name,
    }
