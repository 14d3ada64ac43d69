"""The banner: which runtime this notebook speaks to, what it enforces, and what this machine cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lab.places import lab_version
from lab.session import Connection
from lab.widgets.rendering import render


@dataclass(frozen=True, slots=True, repr=False)
class Banner:
    """What ``lab.start()`` shows."""

    url: str
    backend: str
    account: str
    region: str
    runtimes: tuple[str, ...]
    promises: tuple[Mapping[str, Any], ...]
    is_private: bool
    version: str

    @classmethod
    def of(cls, connection: Connection) -> Banner:
        """Describe a connection."""
        status = connection.status
        return cls(
            url=connection.url,
            backend=status["backend"],
            account=status["account"],
            region=status["region"],
            runtimes=tuple(status["runtimes"]),
            promises=tuple(status["promises"]),
            is_private=connection.is_private,
            version=status["version"],
        )

    @property
    def kept(self) -> list[Mapping[str, Any]]:
        return [promise for promise in self.promises if promise["mechanism"]]

    @property
    def missing(self) -> list[Mapping[str, Any]]:
        return [promise for promise in self.promises if not promise["mechanism"]]

    @property
    def lesser(self) -> list[Mapping[str, Any]]:
        """List the promises that are kept by a lesser mechanism than the best one."""
        return [promise for promise in self.kept if not promise.get("is_whole", True)]

    @property
    def is_outdated(self) -> bool:
        """Say whether the runtime was started before the lab was updated."""
        return self.version != lab_version()

    def __repr__(self) -> str:
        lines = [
            f"Lambda Lab at {self.url} ({self.backend}), account {self.account}, {self.region}",
            f"runtimes: {', '.join(self.runtimes) or 'none'}",
        ]
        if self.is_outdated:
            lines.append(f"the runtime is of version {self.version}, the lab is not: run lab.stop(), then lab.start()")
        lines += [f"not enforced here: {promise['name']} ({promise['remark']})" for promise in self.missing]
        lines += [f"less exact here: {promise['name']} ({promise['remark']})" for promise in self.lesser]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return render("banner", banner=self)
