"""Build the notebooks from their sources: ``make notebooks``.

A lesson is written as MyST text in ``lessons/source/`` and nowhere else. This turns each source into the notebook that
learners open, one way: jupytext reads it, nbstripout removes what a notebook should not carry, and cells are numbered,
so the same text always gives the same bytes. ``--check`` writes nothing and fails if a notebook is not what its source
gives; a notebook without a source is an error in both cases, because it means that somebody edited a notebook.

    source/01-run-a-function.md    ->  01-run-a-function.ipynb
    source/dashboard-cpu-share.md  ->  dashboards/cpu-share.ipynb

A relative link is written as it leads from the source (another lesson is its ``.md``); in the notebook it leads to the
same place, and to the other lesson's notebook.
"""

from __future__ import annotations

import argparse
import os.path
import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbstripout import strip_output

LESSONS = Path(__file__).resolve().parent
DASHBOARD = "dashboard-"
PYTHON = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"}
"""What lets a viewer without a kernel colour the code."""
LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)")
"""A Markdown link's target, if it is relative."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the notebooks of the lessons from their sources.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, fail if a notebook differs from its source"
    )
    is_check = parser.parse_args().check
    complaints = orphans() + (differences() if is_check else [])
    if not is_check:
        for source in sources():
            notebook_of(source).parent.mkdir(exist_ok=True)
            notebook_of(source).write_text(build(source), encoding="utf-8")
            sys.stdout.write(f"{source.relative_to(LESSONS)} -> {notebook_of(source).relative_to(LESSONS)}\n")
    sys.stderr.writelines(f"{complaint}\n" for complaint in complaints)
    return 1 if complaints else 0


def sources() -> list[Path]:
    return sorted((LESSONS / "source").glob("*.md"))


def notebook_of(source: Path) -> Path:
    """Say where the notebook of a source lies."""
    if source.stem.startswith(DASHBOARD):
        return LESSONS / "dashboards" / f"{source.stem.removeprefix(DASHBOARD)}.ipynb"
    return LESSONS / f"{source.stem}.ipynb"


def build(source: Path) -> str:
    """Return the notebook of a source as JSON text."""
    notebook = jupytext.reads(source.read_text(encoding="utf-8"), fmt="md:myst")
    stripped = strip_output(notebook, keep_output=False, keep_count=False, keep_id=False)
    stripped.metadata = {"kernelspec": stripped.metadata["kernelspec"], "language_info": PYTHON}
    for number, cell in enumerate(stripped.cells, start=1):
        cell["id"] = f"cell-{number:02d}"
        if cell["cell_type"] == "markdown":
            cell["source"] = LINK.sub(lambda link: f"]({moved(link[1], source)}", cell["source"])
    stripped.nbformat, stripped.nbformat_minor = 4, 5
    nbformat.validate(stripped)
    return str(nbformat.writes(stripped)) + "\n"


def moved(target: str, source: Path) -> str:
    """Say how a relative link of a source leads to the same place from its notebook."""
    place = (source.parent / target).resolve()
    if place.suffix == ".md" and place.parent == LESSONS / "source":
        place = notebook_of(place)
    return os.path.relpath(place, notebook_of(source).parent)


def differences() -> list[str]:
    """Name the notebooks that are not what their sources give."""
    return [
        f"{notebook_of(source)} is not what {source} gives: run `make notebooks` and commit the result"
        for source in sources()
        if not notebook_of(source).exists() or notebook_of(source).read_text(encoding="utf-8") != build(source)
    ]


def orphans() -> list[str]:
    """Name the notebooks that have no source."""
    built = {notebook_of(source) for source in sources()}
    found = [*LESSONS.glob("*.ipynb"), *(LESSONS / "dashboards").glob("*.ipynb")]
    return [f"{notebook} has no source in {LESSONS / 'source'}" for notebook in sorted(set(found) - built)]


if __name__ == "__main__":
    sys.exit(main())
