"""Policies as texts: JSON, and stricter than Python reads it.

AWS's grammar lets a key stand once in a block, and JSON has no ``NaN``. Both are refused, so that nobody who reads a
policy differs from the judge about what it says. So is what is nested so deep that it cannot be read.
"""

from __future__ import annotations

import json
from typing import Any, Never


def parsed(text: str) -> Any:
    """Return what a text says; raise ``ValueError`` if that cannot be told."""
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in a block")
    return found


def _no_number(written: str) -> Never:
    raise ValueError(f"JSON has no {written}")
