"""What may stand on the line of a magic, for the Tab key.

Ids of ways come from the journal. When the runtime does not answer there is nothing to offer, and the error is left to
the magic itself: a Tab shows no errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.places import WORK
from lab.session import current_session
from lab.way import ways_of

HANDLERS = (".js", ".mjs", ".cjs", ".py")


def offer_completions(shell: Any) -> None:
    """Let this IPython complete the lines of the lab's magics."""
    completers: dict[str, Callable[[Any, Any], list[str]]] = {
        "%%handler": lambda _shell, _event: [path.name for path in _in(Path(WORK)) if path.suffix in HANDLERS],
        "%explain": lambda _shell, _event: ["--back"],
        "%timeline": lambda _shell, _event: _trace_ids(),
        "%package": lambda _shell, event: _for_package(event.symbol),
    }
    for name, completer in completers.items():
        shell.set_hook("complete_command", completer, str_key=name)


def _trace_ids() -> list[str]:
    try:
        return list(ways_of(current_session().connection.feed.entries()))
    except LabError:
        return []


def _for_package(symbol: str) -> list[str]:
    folder, _, _ = symbol.rpartition("/")
    paths = {f"{folder}/{path.name}" if folder else path.name for path in _in(Path(folder or "."))}
    handlers = {path.name for path in _in(Path(WORK))} if not folder else set()
    return sorted({"--npm", "--pip"} | paths | handlers)


def _in(folder: Path) -> Iterable[Path]:
    try:
        return [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError:
        return []
