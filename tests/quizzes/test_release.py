"""What is released is what the source says, without its answers; and the source's own answers are right."""

from __future__ import annotations

import json
import re
import shutil
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jupytext
import nbformat
import pytest

from lab.grading import explain, own_run
from lab.grading.answers import Answers, plain_values
from lab.grading.evidence import Evidence, read_evidence
from lab.grading.preprocessors import ASKS_FOR_ANSWERS, outputs_of
from lab.grading.release import differences, slugs

QUIZZES = Path(__file__).resolve().parent.parent.parent / "quizzes"
RECORDED = Path(__file__).parent / "recorded"
"""For each quiz the journal of the run from which the answers in its source were read."""
BETWEEN_MARKERS = re.compile(r"### BEGIN (?:SOLUTION|HIDDEN TESTS)\n(.*?)### END (?:SOLUTION|HIDDEN TESTS)", re.DOTALL)


@pytest.fixture(params=slugs(QUIZZES))
def slug(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def quiz(slug: str) -> Any:
    """Return a quiz with its answers, as a notebook."""
    return jupytext.read(QUIZZES / "source" / slug / f"{slug}.md")


@pytest.fixture
def released(slug: str) -> Any:
    return nbformat.read(QUIZZES / "release" / slug / f"{slug}.ipynb", as_version=4)


@pytest.fixture
def recorded(slug: str) -> Evidence:
    return read_evidence(RECORDED / f"{slug}.jsonl")


def secrets(quiz: Any) -> set[str]:
    """Return the lines of a quiz that are for the instructor's eyes."""
    regions = [region for cell in quiz.cells for region in BETWEEN_MARKERS.findall(cell.source)]
    open_lines = {line.strip() for cell in quiz.cells for line in BETWEEN_MARKERS.sub("", cell.source).splitlines()}
    return {line.strip() for region in regions for line in region.splitlines()} - open_lines - {""}


def asked(quiz: Any) -> list[Any]:
    return [cell for cell in quiz.cells if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"]


def face(quiz: Any, evidence: Evidence) -> SimpleNamespace:
    answers = Answers(
        plain_values(cell.source for cell in quiz.cells if cell.metadata.get("nbgrader", {}).get("solution"))
    )
    return SimpleNamespace(answers=lambda: answers, own_run=partial(own_run, evidence=evidence), explain=explain)


def test_the_release_is_built_from_the_source_as_it_is() -> None:
    assert differences(QUIZZES, slugs(QUIZZES)) == []


def test_only_the_notebook_is_released(slug: str) -> None:
    files = [path.name for path in (QUIZZES / "release" / slug).iterdir() if path.is_file()]

    assert files == [f"{slug}.ipynb"]


def test_a_release_that_was_edited_or_holds_another_file_is_noticed(tmp_path: Path) -> None:
    course = tmp_path / "quizzes"
    for part in ("source", "release"):
        shutil.copytree(QUIZZES / part / "quiz-1", course / part / "quiz-1")
    shutil.copy(QUIZZES / "nbgrader_config.py", course)
    (course / "release" / "quiz-1" / "quiz-1.md").write_text("the answers")

    assert "quiz-1 is not what its source gives" in differences(course, ["quiz-1"])[0]


def test_the_release_holds_no_line_of_a_solution_a_hidden_test_or_the_rubric(quiz: Any, released: Any) -> None:
    text = json.dumps(released, ensure_ascii=False).replace('\\"', '"')

    found = secrets(quiz)

    assert found
    assert [line for line in found if line in text] == []


@pytest.mark.parametrize("slug", ["quiz-1"])
def test_the_quiz_has_fifteen_points_and_eleven_of_them_are_given_by_the_autograder(quiz: Any) -> None:
    points = [
        cell.metadata["nbgrader"]["points"] for cell in quiz.cells if cell.metadata.get("nbgrader", {}).get("grade")
    ]

    assert sum(points) == 15
    assert sum(cell.metadata["nbgrader"]["points"] for cell in asked(quiz)) == 11


def test_the_answers_in_the_source_are_right_by_the_journal_that_they_were_read_from(
    quiz: Any, recorded: Evidence
) -> None:
    lab = face(quiz, recorded)

    for cell in asked(quiz):
        if ASKS_FOR_ANSWERS in cell.source:
            problems = [output.evalue for output in outputs_of(cell.source, lab) if output.output_type == "error"]
            assert problems == [], cell.metadata["nbgrader"]["grade_id"]


def test_every_question_that_asks_for_answers_fails_as_released(quiz: Any, released: Any, recorded: Evidence) -> None:
    lab = face(released, recorded)

    for cell in asked(quiz):
        if ASKS_FOR_ANSWERS in cell.source:
            (problem,) = (output.evalue for output in outputs_of(cell.source, lab) if output.output_type == "error")
            assert problem.startswith("No answer yet")


@pytest.mark.parametrize("slug", ["quiz-1"])
@pytest.mark.parametrize("question", ["three-runs-check", "one-denial-check"])
def test_no_explanation_of_an_option_says_whether_it_is_right(quiz: Any, question: str) -> None:
    (cell,) = (cell for cell in quiz.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == question)
    visible = BETWEEN_MARKERS.sub("", cell.source)

    assert not re.search(r"\b(right|wrong|correct|yes|indeed)\b", visible, re.IGNORECASE)
    for letter in "abcd":
        chosen = Answers(dict.fromkeys(("three_runs", "one_denial"), letter))
        (said,) = outputs_of(visible, SimpleNamespace(answers=lambda chosen=chosen: chosen, explain=explain))
        assert f"You chose {letter}. " in said.text
        assert "To read: " in said.text


def test_every_test_says_what_to_learn(quiz: Any) -> None:
    for cell in asked(quiz):
        for assertion in re.findall(r"^\s*assert .*", cell.source, re.MULTILINE):
            assert re.search(r", (f?\"|\()", assertion), f"an assertion without a message: {assertion}"
