"""The program that a function of a custom runtime brings: ``bootstrap`` in its package, or else in a layer of it.

That there is none, or that the kernel does not execute it, is the function's failure. The words are those that AWS
answers with (``Runtime.InvalidEntrypoint``; recorded between 2020 and 2024), which are those of Go for an errno.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from runtime.invocation.ending import NotStarted
from runtime.sandbox.contract import Mount


def find(candidates: Sequence[str], mounts: Iterable[Mount]) -> str | NotStarted:
    """Return the first of these paths at which there is a file; a folder of that name is none."""
    shown = {mount.target: mount.source for mount in mounts}
    for path in candidates:
        place, _, name = path.rpartition("/")
        if place in shown and (shown[place] / name).exists() and not (shown[place] / name).is_dir():
            return path
    return NotStarted(f"Couldn't find valid bootstrap(s): [{' '.join(candidates)}]")


def refused(path: str, number: int) -> NotStarted:
    """Say that the kernel did not execute the program, and why."""
    return NotStarted(f"fork/exec {path}: {os.strerror(number).lower()}")
