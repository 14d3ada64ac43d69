"""Work that is seen through although whoever waits for it is told to stop: what is half removed, nobody removes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def see_through(work: Coroutine[Any, Any, None]) -> None:
    """Wait until it is done; a cancellation meanwhile takes effect then."""
    task = asyncio.ensure_future(work)
    cancellation: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as cancelled:
            cancellation = cancelled
    task.result()  # its own failure matters more
    if cancellation is not None:
        raise cancellation
