"""How the sandbox's part of an invocation ended: values, before a generation has said what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.invocation.runtime_api import Answer
from runtime.sandbox.contract import Breach, Exit


@dataclass(frozen=True, slots=True)
class TimeRanOut:
    """The deadline passed first."""

    seconds: float


@dataclass(frozen=True, slots=True)
class NotStarted:
    """The function brings its own bootstrap, and there is none that can be executed."""

    why: str
    """In AWS's words."""


Ending = Answer | Exit | Breach | TimeRanOut | NotStarted
"""The bootstrap answered, its process ended, a limit was exceeded, or time ran out: whatever came first. Or nothing was
ever started."""
