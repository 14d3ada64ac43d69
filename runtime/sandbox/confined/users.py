"""A user of its own for each sandbox, where the runtime is root: nobody else's files, processes and limits are his.

The ids are those between the ones that systemd gives to homes and to services, which no host gives to anybody. Who has
another user than the runtime must be able to pass the directories above what he is to read, because nothing can be
mounted elsewhere for him.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from runtime.errors import PlatformError

FIRST, LAST = 60_600, 60_989
_SEARCH_FOR_OTHERS = 0o001


class Users:
    """The ids that are free."""

    def __init__(self) -> None:
        start = FIRST + os.getpid() % (LAST - FIRST)  # so that two runtimes seldom begin with the same
        self._free: list[int] = [*range(start, LAST + 1), *range(FIRST, start)]
        self._taken: set[int] = set()

    def take(self) -> int:
        """Return an id that no sandbox of this runtime has."""
        if not self._free:
            raise PlatformError(f"There are {LAST - FIRST + 1} sandboxes, and no user is left for one more.")
        user = self._free.pop(0)
        self._taken.add(user)
        return user

    def give_back(self, user: int | None) -> None:
        """Let another sandbox have an id; it is the last to be taken again."""
        if user in self._taken:
            self._taken.remove(user)
            self._free.append(user)


def closed_ancestor(path: Path) -> Path | None:
    """Return the topmost directory above a path that others cannot pass."""
    above = reversed(path.resolve().parents)
    return next((place for place in above if not place.stat().st_mode & _SEARCH_FOR_OTHERS), None)


def require_reachable(paths: Iterable[Path]) -> None:
    """Refuse what a user without rights could not reach."""
    for path in paths:
        if (closed := closed_ancestor(path)) is not None:
            raise PlatformError(
                f"{path}, which belongs in a sandbox, lies below {closed}, which only its owner may pass, and this "
                f"host lets nothing be mounted elsewhere. Let others pass: chmod o+x {closed}"
            )
