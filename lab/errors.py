"""The one error of the lab: something the learner can read, understand and mend.

In a notebook it is shown as its message alone: the lab's own stack frames teach nothing.
"""

from __future__ import annotations


class LabError(Exception):
    """Say what happened, why, and what to do next."""

    def __init__(self, what: str, *, remedy: str = "", details: str = "") -> None:
        super().__init__("\n".join(part for part in (what, details, remedy and f"What to do: {remedy}") if part))
        self.what = what
        self.remedy = remedy
        self.details = details

    def _render_traceback_(self) -> list[str]:
        """Give IPython the lines to show in place of a traceback."""
        return str(self).splitlines()
