"""What a checking cell raises when an answer does not (yet) do: one message that teaches, and nothing else."""

from __future__ import annotations

import textwrap

READABLE_WIDTH = 100
"""Characters; a notebook and a feedback page do not wrap what is printed."""


class UnmetError(AssertionError):
    """Say what is missing and what to do. A notebook shows the message alone: the lab's own lines teach nothing."""

    def _render_traceback_(self) -> list[str]:
        """Give IPython the lines to show in place of a traceback."""
        return textwrap.wrap(str(self), READABLE_WIDTH)
