"""One way to run the trivial handler, and how often it is run in a round."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

YARDSTICK = "yardstick"
FLOOR = "floor"
SUBPROCESS = "subprocess"
DOCKER = "docker run"
EVERY = "-"
"""The runtime of what has none: the floor."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What is measured: ``once`` returns when the answer is there and everything of that run is gone."""

    level: str
    """Where it is measured: at the sandbox, the invoker, the endpoint; or a yardstick for those."""
    runtime: str
    name: str
    once: Callable[[], Awaitable[None]]
    is_quick: bool = True
    """Whether it takes milliseconds; what takes tenths of a second is run less often."""

    def matches(self, words: Sequence[str]) -> bool:
        """Say whether it is wanted: levels name levels, everything else the beginning of a runtime's name.

        The yardsticks of a runtime that is wanted are always wanted.
        """
        levels = [word for word in words if word in LEVELS]
        runtimes = [word for word in words if word not in LEVELS]
        is_level = not levels or self.level in (YARDSTICK, *levels)
        is_runtime = not runtimes or self.runtime == EVERY or any(self._is(word) for word in runtimes)
        return is_level and is_runtime

    def _is(self, word: str) -> bool:
        # ``nodejs`` is the preview's runtime, not the beginning of ``nodejs22.x``
        return self.runtime == word if word == "nodejs" else self.runtime.startswith(word)


SANDBOX, INVOKER, ENDPOINT, MEMORY = "sandbox", "invoker", "endpoint", "memory"
LEVELS = (SANDBOX, INVOKER, ENDPOINT, MEMORY, YARDSTICK)

Group = AbstractAsyncContextManager[Sequence[Variant]]
