"""Which processes belong to a sandbox where there is no process namespace: all that descend from its guardian.

A process whose parent ends becomes the guardian's own child (``PR_SET_CHILD_SUBREAPER``), so nobody leaves the family,
however often he forks and detaches himself. What a signal to all of them misses is what was born meanwhile: so it is
sent again until nobody is new.
"""

from __future__ import annotations

import os

from runtime.sandbox.tree import offspring

_MOST_ROUNDS = 200


class Offspring:
    """The descendants of this process."""

    def __init__(self) -> None:
        self._guardian = os.getpid()

    def pids(self) -> list[int]:
        return offspring(self._guardian)

    def signal(self, number: int) -> None:
        signalled: set[int] = set()
        for _ in range(_MOST_ROUNDS):
            new = set(self.pids()) - signalled
            if not new:
                return
            for pid in new:
                _signal(pid, number)
            signalled |= new


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it has ended meanwhile; nobody else can have its number: until it is reaped it keeps it
