"""By which means sandboxes are made on this host: a value that ``host.py`` decides once and that steps follow."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Means:
    """What differs between hosts, and between root and others."""

    in_user_namespace: bool
    """Whether each sandbox lies in a user namespace, because there is no root to make the others."""
    emulated: frozenset[str]
    """The cgroup controllers that this host does not offer and process 1 stands in for."""
    hands_over_mounts: bool
    """Whether a mount can be made outside and handed in: as root, since Linux 5.12."""
    has_own_users: bool
    """Whether each sandbox is a user of its own."""
    keeper_uid: int | None
    """The user that process 1 becomes, if that is another than the program's: it is not where it has to signal it."""
