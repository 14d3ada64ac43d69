"""nbgrader's seams: what happens around the execution of a submitted notebook.

``quizzes/nbgrader_config.py`` puts them in place; nothing of nbgrader is changed.

* :class:`ReadSubmission`, before ``Execute``: takes the evidence and the written answers into the grader's memory,
  so that the submitted code, which runs next and may write into its folder, cannot change them any more.
* :class:`ScoreOutsideTheKernel`, after ``Execute``: a graded cell that asks for ``lab.answers()`` is run once more,
  here, in the grader's process, as it stands in the *gradebook*, and its output replaces what the learner's kernel
  said. The code is the instructor's, the values are plain, so nothing of the learner's runs here; and whatever the
  learner's kernel did to ``assert``, to the lab or to its evidence file has no effect on these cells.
* :class:`ShowMessages`, for feedback: an error is shown by its message. A traceback would print the hidden tests.

What this leaves open: cells that test a handler are scored by the kernel that ran them; and while nbgrader runs a
submission as the instructor's user, that submission can reach the instructor's files.
"""

from __future__ import annotations

import contextlib
import io
import textwrap
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbformat.v4 import new_output
from nbgrader import utils as notebook_cells
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor

from lab.grading.answers import Answers, plain_values
from lab.grading.choices import explain
from lab.grading.evidence import Evidence, own_run, read_evidence
from lab.grading.unmet import READABLE_WIDTH

ASKS_FOR_ANSWERS = "lab.answers()"
ASSERTIONS = {"AssertionError", "UnmetError"}
"""Errors whose message was written for the learner; the names of others belong to the message."""


class ReadSubmission(NbGraderPreprocessor):  # type: ignore[misc]
    """Keep what was submitted where the submission's code cannot reach it."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        solutions = [cell for cell in nb.cells if cell.cell_type == "code" and notebook_cells.is_solution(cell)]
        evidence = read_evidence(Path(resources["metadata"]["path"]) / "evidence.jsonl")
        resources["lambda_lab"] = {
            "answers": Answers(plain_values(cell.source for cell in solutions)),
            "evidence": evidence,
        }
        if evidence.problem:
            student = resources["nbgrader"]["student"]
            self.log.warning("The evidence of %s cannot be used: %s", student, evidence.problem)
        return nb, resources


class ScoreOutsideTheKernel(NbGraderPreprocessor):  # type: ignore[misc]
    """Replace the outputs of cells that ask for answers by what the grader's own process finds."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        where = resources["nbgrader"]
        lab = _face(**resources["lambda_lab"])
        with Gradebook(where["db_url"]) as gradebook:
            for cell in filter(notebook_cells.is_grade, nb.cells):
                name = cell.metadata.nbgrader["grade_id"]
                source = gradebook.find_source_cell(name, where["notebook"], where["assignment"]).source
                if cell.cell_type == "code" and ASKS_FOR_ANSWERS in source:
                    cell.outputs = outputs_of(source, lab)
        return nb, resources


class ShowMessages(NbGraderPreprocessor):  # type: ignore[misc]
    """Show an error by its message alone."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:  # noqa: ARG002
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                output.traceback = [_message(output.ename, output.evalue)]
        return cell, resources


def outputs_of(source: str, lab: SimpleNamespace) -> list[Any]:
    """Run a graded cell's code against the submitted answers; return what a notebook would show below it."""
    printed, verdict = io.StringIO(), []
    code = compile(source, "<graded cell>", "exec")
    try:
        with contextlib.redirect_stdout(printed):
            exec(code, {"lab": lab})  # noqa: S102 - the instructor's code, from the gradebook
    except Exception as error:  # noqa: BLE001 - whatever a test raises is its verdict
        name, message = type(error).__name__, str(error)
        verdict = [_output("error", ename=name, evalue=message, traceback=[_message(name, message)])]
    if printed.getvalue():
        verdict.insert(0, _output("stream", name="stdout", text=printed.getvalue()))
    return verdict


def _message(name: str, text: str) -> str:
    message = text if name in ASSERTIONS and text else f"{name}: {text}"
    return "\n".join(textwrap.fill(line, READABLE_WIDTH) for line in message.splitlines())


def _output(kind: str, **content: Any) -> Any:
    return new_output(kind, **content)  # type: ignore[no-untyped-call]


def _face(answers: Answers, evidence: Evidence) -> SimpleNamespace:
    """Return the part of ``lab`` that such a cell may use, bound to the submission."""
    return SimpleNamespace(answers=lambda: answers, own_run=partial(own_run, evidence=evidence), explain=explain)
