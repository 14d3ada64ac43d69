"""How the sandbox's part of an invocation ended: values, before a generation has said what they mean."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.invocation.runtime_api import Answer
from runtime.sandbox.contract import Breach, Exit


@dataclass(frozen=True, slots=True)
class TimeRanOut:
    """The deadline passed first."""

    seconds: float


Ending = Answer | Exit | Breach | TimeRanOut
"""The bootstrap answered, its process ended, a limit was exceeded, or time ran out: whatever came first."""
