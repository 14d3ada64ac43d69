"""What of this host sandboxes are made from, and what those of one mold have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from runtime.sandbox import users
from runtime.sandbox.cgroup import Group, Hierarchies
from runtime.sandbox.contract import Mold, Mount, Zygote
from runtime.sandbox.emulated import EmulatedGroup
from runtime.sandbox.means import Means
from runtime.sandbox.nursery import NO_ZYGOTE, Nursery, started_as
from runtime.sandbox.recipe import GID, UID, Recipe
from runtime.sandbox.storage import Storage


@dataclass(frozen=True, slots=True)
class Workshop:
    """What of this host sandboxes are made from."""

    hierarchies: Hierarchies
    means: Means
    storage: Storage
    scaffold: str
    """An empty directory on which each launcher, in a mount namespace of its own, puts a root together."""
    nurseries: dict[Mold, Nursery] = field(default_factory=dict)

    def user(self) -> int:
        """Return the user that a new sandbox is."""
        return users.draw() if self.means.has_own_users else UID

    def group(self, sandbox_id: str) -> Group:
        """Make a group that keeps every limit, by the kernel where it can and else by process 1."""
        kept = self.hierarchies.create(sandbox_id)
        return EmulatedGroup(kept, self.means.emulated) if self.means.emulated else kept

    def nursery(self, mold: Mold) -> Nursery:
        """Return the nursery of a mold."""
        if mold not in self.nurseries:
            self.nurseries[mold] = Nursery(self._recipe(mold))
        return self.nurseries[mold]

    def can_park(self, mold: Mold) -> bool:
        """Say whether a program of the mold can be started ahead here; what a zygote forks never sees the host's files,
        so for that its own mounts have to be handed over.
        """
        return mold.parked is not None and (not isinstance(mold.parked, Zygote) or self.means.hands_over_mounts)

    def _recipe(self, mold: Mold) -> Recipe:
        return Recipe(
            user=mold.user,
            gid=GID,
            keeper_uid=self.means.keeper_uid,
            mounts=_pairs(mold.mounts),
            ports=list(mold.ports),
            has_duties=bool(self.means.emulated),
            counts_processes="pids" in self.means.emulated,
            in_user_namespace=self.means.in_user_namespace,
            hands_over_mounts=self.means.hands_over_mounts,
            **(started_as(mold.parked) if isinstance(mold.parked, Zygote) and self.can_park(mold) else NO_ZYGOTE),
            scaffold=self.scaffold,
        )


def _pairs(mounts: Sequence[Mount]) -> list[list[str]]:
    return [[str(mount.source.resolve()), mount.target] for mount in mounts]
