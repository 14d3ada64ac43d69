"""One way to run the trivial handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

NO_RUNTIME = "-"
CLIENT = "boto3 alone"
"""The name of the floor of what is measured at the endpoint."""


Removal = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Variant:
    """What is measured: ``once`` returns when the answer is there.

    If something of that run is left then, it returns how to remove it: whoever waits for the answer does not wait for
    that, so it counts for the rate alone.
    """

    level: str
    """Where it is measured, or which yardstick it is; the names are in ``selection.py``."""
    runtime: str
    name: str
    once: Callable[[], Awaitable[Removal | None]]
    is_quick: bool = True
    """Whether it takes milliseconds; what takes tenths of a second is run less often."""
    before: Callable[[], Awaitable[None]] | None = None
    """What has to be done before each run and is not measured; then there is no rate."""


Group = AbstractAsyncContextManager[Sequence[Variant]]
