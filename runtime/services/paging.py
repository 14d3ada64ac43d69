"""Lists in pages: ``MaxItems`` says how long a page is, ``NextMarker`` where the next one begins.

A marker is opaque, as AWS's is, and holds the name of the last function of its page; so a function that is made or
deleted between two pages disturbs none of the others.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

from runtime.resources.function import Function
from runtime.services.constraints import invalid_parameter


def page(functions: Sequence[Function], marker: str | None, length: int) -> tuple[list[Function], str | None]:
    """Return one page of a list that is sorted by name, and the marker of the next one if there is one."""
    after = _name(marker) if marker else ""
    rest = [function for function in functions if function.name > after]
    chosen = rest[:length]
    return chosen, _marker(chosen[-1].name) if len(rest) > length else None


def _marker(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _name(marker: str) -> str:
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise invalid_parameter(f"The marker {marker!r} is not one that ListFunctions returned.") from error
