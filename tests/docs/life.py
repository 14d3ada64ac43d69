"""The diagram of an execution environment's life, drawn from the table that it obeys.

``python -m tests.docs.life`` (which ``make fix`` runs) draws it into the runtime's README.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from runtime.invocation.states import LIFE, Event, State

README = Path(__file__).resolve().parent.parent.parent / "runtime/README.md"
BEGIN, END = "<!-- life: drawn by tests/docs/life.py -->\n", "<!-- end of life -->\n"


def section() -> str:
    """Return the diagram, in Mermaid's words."""
    return "\n".join(["```mermaid", *_lines(), "```"]) + "\n"


def _lines() -> Iterator[str]:
    yield "stateDiagram-v2"
    yield f"    [*] --> {State.NEW.value}"
    for state, possible in LIFE.items():
        for event, following in possible.items():
            if event is not Event.END:
                yield f"    {state.value} --> {following.value}: {event.value}"
    yield f"    {State.ENDED.value} --> [*]"


def rewritten(readme: str) -> str:
    """Return a README with the diagram as it should be."""
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    return pattern.sub(lambda _: BEGIN + section() + END, readme, count=1)


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text()))
