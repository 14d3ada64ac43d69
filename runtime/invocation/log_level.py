"""Which of a function's own lines are kept where its logs are JSON with a level.

The runtimes that write JSON themselves leave out what is below the level. For every other program Lambda looks at what
comes: an object with a member ``level`` has that level, and anything else is INFO (Lambda's developer guide).
"""

from __future__ import annotations

import json
from collections.abc import Callable

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
ALSO = {"WARNING": "WARN", "CRITICAL": "FATAL"}
"""What Python calls two of them."""
USUAL = "INFO"

Keeps = Callable[[bytes], bool]


def everything(_: bytes) -> bool:
    """Keep every line."""
    return True


def at_least(level: str) -> Keeps:
    """Return a function that says of a line whether it is of a level or above."""
    lowest = LEVELS.index(level)
    return lambda line: LEVELS.index(_level(line)) >= lowest


def _level(line: bytes) -> str:
    if not line.lstrip().startswith(b"{"):
        return USUAL
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return USUAL
    said = str(document.get("level", USUAL)).upper()
    said = ALSO.get(said, said)
    return said if said in LEVELS else USUAL
