"""Every lesson runs from its first cell to its last: twice, in any order, each time in less than a minute.

All of them share one runtime with one account and one journal, as they do on a learner's machine, and pytest shuffles
the order; so a lesson that leans on another one, or is in the way of its own second run, fails here.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.lessons.course import LESSONS, NOTEBOOKS, await_end, runtime_of

LONGEST_SECONDS = 60

pytestmark = [pytest.mark.isolation, pytest.mark.slow]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a copy of the lessons to run in; the runtime that they start has a state of its own, and ends with it."""
    place = tmp_path_factory.mktemp("course")
    shutil.copytree(LESSONS, place / "lessons", ignore=shutil.ignore_patterns("work", "*.png"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAMBDA_LAB_STATE", str(place / "state"))
        patch.setenv("IPYTHONDIR", str(place / "ipython"))
        yield place / "lessons"
    pid = runtime_of(place / "state")
    if pid:
        os.kill(pid, signal.SIGTERM)
        await_end(pid, timeout=30)


@pytest.mark.parametrize("time_of_running", ["once", "once more"])
@pytest.mark.parametrize("name", [notebook.name for notebook in NOTEBOOKS])
def test_a_lesson_runs_from_the_first_cell_to_the_last(course: Path, name: str, time_of_running: str) -> None:
    notebook = nbformat.read(course / name, as_version=4)
    client = NotebookClient(
        notebook, timeout=LONGEST_SECONDS, kernel_name="python3", resources={"metadata": {"path": str(course)}}
    )

    started = time.monotonic()
    client.execute()
    took = time.monotonic() - started

    assert took < LONGEST_SECONDS
    assert all(text.startswith("done: ") for text in findings(notebook)), findings(notebook)
    assert not [output for output in outputs(notebook) if output.get("name") == "stderr"]
    assert "undefined" not in str(outputs(notebook)), "a handler was called without an event"


def findings(notebook: Any) -> list[str]:
    """Return what the lesson's own checks found."""
    (checks,) = [cell for cell in notebook.cells if cell.cell_type == "code" and "lab.check(" in cell.source]
    found = [output["data"]["text/plain"] for output in checks.outputs]
    assert found
    return found


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
