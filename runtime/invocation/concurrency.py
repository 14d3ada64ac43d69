"""How many invocations may run at once: the account's ceiling, and what functions have reserved of it.

A function with a reservation runs so many at once and no more, whatever else goes on. All others share what is left.
An invocation too many is throttled before anything of it begins: whoever waits gets a 429, and an event waits in the
queue. A reservation that is changed acts on the next invocation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from runtime.errors import ServiceError

MOST_KEPT_UNRESERVED = 100
OF_THE_FUNCTION = "ReservedFunctionConcurrentInvocationLimitExceeded"
OF_THE_ACCOUNT = "ConcurrentInvocationLimitExceeded"


def least_unreserved(limit: int) -> int:
    """Return how much of the account's concurrency cannot be reserved: 100, or all of it where there is less."""
    return min(limit, MOST_KEPT_UNRESERVED)


class Throttled(ServiceError):  # noqa: N818 - it is what happened, and AWS's word for it
    """An invocation too many; nothing of it has begun. ``of_this_machine`` says which ceiling AWS does not have."""

    def __init__(self, reason: str, of_this_machine: str = "") -> None:
        message = "Rate Exceeded."
        if of_this_machine:
            message += f" This machine has room for {of_this_machine}."
        super().__init__("TooManyRequestsException", message, 429, {"Reason": reason, "Type": "User"})


class Concurrency:
    """Counts the invocations of one account that are under way, and lets no more begin than may."""

    def __init__(self, limit: int, reservations: Callable[[], Mapping[str, int]]) -> None:
        self._limit = limit
        self._reservations = reservations
        self._running: Counter[str] = Counter()

    @contextmanager
    def turn(self, function_name: str) -> Iterator[None]:
        """Let one invocation of a function run while the block does; raise :class:`Throttled` if it may not."""
        self._require_room(function_name)
        self._running[function_name] += 1
        try:
            yield
        finally:
            self._running[function_name] -= 1
            if not self._running[function_name]:
                del self._running[function_name]

    def _require_room(self, function_name: str) -> None:
        reserved = self._reservations()
        if function_name in reserved:
            if self._running[function_name] >= reserved[function_name]:
                raise Throttled(OF_THE_FUNCTION)
            return
        running = sum(number for name, number in self._running.items() if name not in reserved)
        if running >= self._limit - sum(reserved.values()):
            raise Throttled(OF_THE_ACCOUNT)
