"""How much a door holds in memory of what is being sent to it.

A request is read whole, so whoever sends without end, or much at once, would fill the memory of the platform: a
function could, by a single upload. So all requests of one door together, the one inside a sandbox or the outer one,
hold at most :data:`LARGEST_BYTES` from their arrival to their answer. One that would be too much is refused, by the
length that it announces or else as soon as it has become too long. AWS's limit for one upload to S3 is 5 GB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from runtime.errors import ServiceError

LARGEST_BYTES = 512 * 1024 * 1024


class Intake:
    """What the requests of one door hold."""

    def __init__(self, largest_bytes: int = LARGEST_BYTES) -> None:
        self._largest_bytes = largest_bytes
        self._held_bytes = 0

    @contextmanager
    def request(self) -> Iterator[Callable[[int], None]]:
        """Yield the function by which one request takes room; it raises ``ServiceError`` if there is none."""
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if self._held_bytes + size > self._largest_bytes:
                raise ServiceError("EntityTooLarge", f"Request must be smaller than {self._largest_bytes} bytes", 413)
            taken += size
            self._held_bytes += size

        try:
            yield take
        finally:
            self._held_bytes -= taken
