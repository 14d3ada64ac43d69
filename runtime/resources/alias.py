"""An alias: a name that points to a version of a function, and may send a part of its invocations to a second one."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Alias:
    """A pointer, with the part of the invocations that a second version gets."""

    name: str
    version: str
    description: str
    revision: str
    weights: Mapping[str, float] = field(default_factory=dict)
    """What goes elsewhere, by version; at most one. The rest goes to :attr:`version`."""

    @property
    def versions(self) -> tuple[str, ...]:
        """Return every version that gets invocations."""
        return (self.version, *self.weights)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Alias:
        """Return the alias that :meth:`document` wrote."""
        return cls(**document)

    def document(self) -> dict[str, Any]:
        """Return what is kept of it."""
        return {**asdict(self), "weights": dict(self.weights)}

    def draw(self) -> str:
        """Return the version that gets the next invocation."""
        point = random.random()
        for version, weight in self.weights.items():
            if point < weight:
                return version
            point -= weight
        return self.version
