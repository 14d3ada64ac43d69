"""Which user a sandbox is, to the kernel: where the runtime is root, each is one that nobody else is.

What the kernel counts by user (``inotify`` instances, descriptors on their way through sockets, the size of pipes), it
then counts for each sandbox by itself, and what one leaves on its disk is nobody else's. The ids are drawn by lot from
those that systemd leaves unused (https://systemd.io/UIDS-GIDS), so that two runtimes need not agree on them: among a
thousand sandboxes at once, two have the same with a probability of 1 in 500. That breaks no wall between them.
"""

from __future__ import annotations

import secrets
from pathlib import Path

FIRST, LAST = 1_879_048_192, 2_147_483_647


def draw() -> int:
    """Return the id of a user that very probably nobody is."""
    return FIRST + secrets.randbelow(LAST - FIRST + 1)


def exist_here(ids: str | None = None) -> bool:
    """Say whether this process's user namespace has all of those ids, as that of the host does.

    ``ids`` is what ``/proc/self/uid_map`` holds: lines of the first id inside, the first outside, and how many.
    """
    text = Path("/proc/self/uid_map").read_text() if ids is None else ids
    ranges = [[int(number) for number in line.split()] for line in text.splitlines()]
    return any(first <= FIRST and first + count > LAST for first, _, count in ranges)
