"""Lists in pages: ``MaxItems`` says how long a page is, ``NextMarker`` where the next one begins.

A marker is opaque, as AWS's is, and holds the key of the last item of its page; so an item that is made or deleted
between two pages disturbs none of the others.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import TypeVar

from runtime.services.constraints import invalid_parameter

Item = TypeVar("Item")


def page(
    items: Sequence[Item], marker: str | None, length: int, *, key: Callable[[Item], str], operation: str
) -> tuple[list[Item], str | None]:
    """Return one page of a list that is sorted by a key, and the marker of the next one if there is one."""
    after = _key(marker, operation) if marker else None
    rest = [item for item in items if after is None or key(item) > after]
    chosen = rest[:length]
    return chosen, _marker(key(chosen[-1])) if len(rest) > length else None


def _marker(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _key(marker: str, operation: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise invalid_parameter(f"The marker {marker!r} is not one that {operation} returned.") from error
