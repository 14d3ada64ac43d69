"""Build quizzes: text source -> notebook with nbgrader's metadata -> release.

    python -m lab.grading.release [QUIZ ...] [--course quizzes] [--check]

The text source says of a cell only what makes it different, in MyST's own place for cell metadata:

    ```{code-cell} ipython3
    ---
    nbgrader: {grade_id: handler, solution: true}
    ---

    +++ {"nbgrader": {"grade_id": "essay", "grade": true, "solution": true, "points": 4}}

:func:`complete` adds the rest. Every cell gets a fixed id, so that the same text always gives the same notebook:
``source/<slug>/<slug>.ipynb`` (ignored by git), and from it, by ``nbgrader generate_assignment``, ``release/<slug>/``
(committed). ``--check`` builds aside and fails if a release is not what its source gives. The gradebook is not touched;
``nbgrader generate_assignment <slug>`` does that.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jupytext
import nbformat

METADATA = {"grade": False, "locked": False, "schema_version": 3, "solution": False, "task": False}


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the quizzes of a course: the notebooks, and what is released.")
    parser.add_argument("quizzes", nargs="*", metavar="QUIZ", help="such as quiz-1; all of the course if none is named")
    parser.add_argument("--course", type=Path, default=Path("quizzes"), help="the nbgrader course (default: quizzes)")
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a release differs from its source")
    arguments = parser.parse_args()
    chosen = arguments.quizzes or slugs(arguments.course)
    if arguments.check:
        found = differences(arguments.course, chosen)
        sys.stderr.writelines(f"{difference}\n" for difference in found)
        return 1 if found else 0
    for slug in chosen:
        print(f"built {build(arguments.course, slug)}")
    return 0


def differences(course: Path, chosen: Sequence[str]) -> list[str]:
    """Say which releases are not what their sources give, in contents or in files."""
    found = []
    with tempfile.TemporaryDirectory(prefix="lambda-lab-") as aside:
        copy = Path(aside) / course.resolve().name
        for slug in chosen:
            shutil.copytree(course / "source" / slug, copy / "source" / slug, ignore=shutil.ignore_patterns("*.ipynb"))
            shutil.copy(course / "nbgrader_config.py", copy)
            built, committed = build(copy, slug).parent, course / "release" / slug
            if _contents(built) != _contents(committed):
                found.append(f"{committed} is not what its source gives: run `make notebooks` and commit the result")
    return found


def _contents(directory: Path) -> dict[str, bytes]:
    files = (path for path in directory.rglob("*") if path.is_file() and ".ipynb_checkpoints" not in path.parts)
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def slugs(course: Path) -> list[str]:
    """Return the names of all quizzes of a course."""
    return sorted(path.stem for path in course.glob("source/*/*.md") if path.stem == path.parent.name)


def build(course: Path, slug: str) -> Path:
    """Build one quiz; return the released notebook."""
    build_source(course / "source" / slug)
    command = [sys.executable, "-m", "nbgrader", "generate_assignment", slug, "--force", "--no-db", "--log-level=ERROR"]
    subprocess.run(command, cwd=course, check=True)
    return course / "release" / slug / f"{slug}.ipynb"


def build_source(directory: Path) -> Path:
    """Turn ``<slug>/<slug>.md`` into ``<slug>/<slug>.ipynb``."""
    text = directory / f"{directory.name}.md"
    notebook = jupytext.read(text)
    notebook.metadata = {"kernelspec": {**notebook.metadata["kernelspec"], "language": "python"}}
    for number, cell in enumerate(notebook.cells, start=1):
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] = complete(cell.metadata["nbgrader"])
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"{directory.name}-{number}")
    built = text.with_suffix(".ipynb")
    nbformat.write(notebook, built)  # type: ignore[no-untyped-call]
    return built


def complete(written: dict[str, Any]) -> dict[str, Any]:
    """Add what nbgrader wants to see: a graded cell that is not an answer is locked, the rest is the default."""
    metadata = METADATA | written
    metadata["locked"] = metadata["grade"] and not metadata["solution"]
    return dict(sorted(metadata.items()))


if __name__ == "__main__":
    sys.exit(main())
