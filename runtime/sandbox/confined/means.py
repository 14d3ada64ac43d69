"""By which means confined sandboxes are made on this host: a value that ``host.py`` decides once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.sandbox.cgroup import Group
from runtime.sandbox.emulated import NAMES, EmulatedGroup

COUNTED = "processes counted at each fork"


@dataclass(frozen=True, slots=True)
class ConfinedMeans:
    """What differs between hosts."""

    landlock: int
    """The version of Landlock; 0: there is none."""
    renames: bool
    """Whether names can be changed in system calls."""
    has_users: bool
    """Whether each sandbox can have a user of its own."""
    emulated: frozenset[str]
    """The cgroup controllers that this host does not offer and the guardian stands in for."""

    def group(self, kept: Group) -> EmulatedGroup:
        """Make a group that keeps every limit, by the kernel where it can and else by the guardian."""
        return EmulatedGroup(kept, self.emulated, self._names)

    @property
    def _names(self) -> Mapping[str, str]:
        return {**NAMES, "pids": COUNTED} if self.renames and not self.has_users else NAMES
