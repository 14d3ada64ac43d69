"""Which backend is the best that this host offers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from runtime.sandbox import host
from runtime.sandbox.confined import host as confined_host
from runtime.sandbox.confined.backend import ConfinedBackend
from runtime.sandbox.namespaces import NamespacesBackend


def best(state: Path) -> NamespacesBackend | ConfinedBackend:
    """Return namespaces, or where this host forbids them, what comes nearest; where nothing does, what says why."""
    if host.obstacle() and not confined_host.obstacle():
        return ConfinedBackend(state)
    return NamespacesBackend(state)


def missing_promises() -> tuple[str, ...]:
    """Name the promises that nothing keeps here, each with the reason; empty on a host that isolates."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-") as directory:
        return tuple(
            f"{promise.name} ({promise.remark})"
            for promise in best(Path(directory)).promises()
            if promise.mechanism is None
        )
