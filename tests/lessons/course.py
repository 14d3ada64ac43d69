"""The lessons as tests see them: sources, notebooks, cells."""

from __future__ import annotations

import json
import os
import select
from pathlib import Path

import nbformat

REPOSITORY = Path(__file__).resolve().parent.parent.parent
LESSONS = REPOSITORY / "lessons"
SOURCES = sorted((LESSONS / "source").glob("[0-9]*.md"))
NOTEBOOKS = sorted(LESSONS.glob("[0-9]*.ipynb"))


def cells(notebook: Path, kind: str) -> list[str]:
    """Return the texts of a notebook's cells of one kind, ``code`` or ``markdown``."""
    return [cell.source for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == kind]


def prose(notebook: Path) -> str:
    return "\n\n".join(cells(notebook, "markdown"))


def runtime_of(state: Path) -> int | None:
    """Return the process of the runtime that keeps its state there, if one was started."""
    endpoint = state / "endpoint.json"
    return int(json.loads(endpoint.read_text())["pid"]) if endpoint.exists() else None


def await_end(pid: int, timeout: float) -> None:
    """Wait until a process is gone that may not be a child of this one."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended, _, _ = select.select([descriptor], [], [], timeout)
    os.close(descriptor)
    assert ended, f"process {pid} did not end within {timeout} s"
