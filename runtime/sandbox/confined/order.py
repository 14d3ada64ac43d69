"""What the guardian of a sandbox is told: a value that both sides of the wall import."""

from __future__ import annotations

from typing import NamedTuple


class Confinement(NamedTuple):
    """Everything that a guardian must know before there is a program.

    Beside it come descriptors: those that enter the cgroup, the one that thaws, the scoreboard, the bell.
    """

    directory: str
    """The sandbox's own: ``tmp`` in it is what the program may write to."""
    user: int | None
    """The user that only this sandbox has; ``None``: it stays who the runtime is."""
    group: int
    landlock: int
    """The version of Landlock that restricts it; 0: none does."""
    renames: bool
    """Whether names are changed in system calls; otherwise they have been changed in the program before."""
    places: dict[str, str]
    """What a name inside really is."""
    mounts: dict[str, str]
    """Source by target."""
    ports: list[list[int]]
    """Pairs of port inside and real port."""
    storage_bytes: int
    storage_files: int
    duties: list[int]
    """The fields of :class:`~runtime.sandbox.recipe.Duties`."""
    thaw: str
    """What to write into the descriptor that thaws, so that frozen processes go on; empty if there is none."""
