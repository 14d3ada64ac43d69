"""The notebooks are what their sources give, always the same, and nobody edits them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lessons.course import LESSONS, cells

HEADER = "---\nkernelspec:\n  display_name: Python 3 (ipykernel)\n  name: python3\n---\n\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the lessons that a test may change."""
    shutil.copytree(LESSONS, tmp_path / "lessons", ignore=shutil.ignore_patterns("work", "*.png", "__pycache__"))
    return tmp_path / "lessons"


def build(lessons: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, lessons / "build.py", *arguments], capture_output=True, text=True)


def test_the_notebooks_are_what_their_sources_give() -> None:
    checked = build(LESSONS, "--check")

    assert checked.returncode == 0, checked.stderr


def test_building_again_changes_nothing(copy: Path) -> None:
    before = {path.name: path.read_bytes() for path in copy.glob("*.ipynb")}

    built = build(copy)

    assert built.returncode == 0, built.stderr
    assert {path.name: path.read_bytes() for path in copy.glob("*.ipynb")} == before


def test_an_edited_notebook_is_noticed(copy: Path) -> None:
    notebook = next(copy.glob("*.ipynb"))
    notebook.write_text(notebook.read_text().replace("What you'll do", "What you will do"))

    checked = build(copy, "--check")

    assert checked.returncode == 1
    assert str(notebook) in checked.stderr


def test_a_notebook_without_a_source_is_noticed(copy: Path) -> None:
    orphan = copy / "99-made-by-hand.ipynb"
    shutil.copy(next(copy.glob("*.ipynb")), orphan)

    assert str(orphan) in build(copy, "--check").stderr


def test_a_dashboard_is_built_into_its_own_folder_and_its_links_follow(copy: Path) -> None:
    (copy / "source" / "dashboard-trial.md").write_text(HEADER + "# Trial\n\n[A lesson](01-run-a-function.md)\n")

    built = build(copy)

    assert built.returncode == 0, built.stderr
    assert cells(copy / "dashboards" / "trial.ipynb", "markdown") == [
        "# Trial\n\n[A lesson](../01-run-a-function.ipynb)"
    ]
