"""Quiz 1 goes round: generate, release, fetch, answer, validate, submit, collect, autograde, feedback, export.

Everything is done with nbgrader's own commands, through a real exchange, in an environment that was never activated.
Four learners hand in: one who has done the quiz, one who has made mistakes, one who has tampered, one who has done
nothing.

Where the tests run as root, the first of them fetches and submits as a Unix user of her own (``nobody``). Her notebook
runs as root even so, because sandboxes need root for now; the files that it leaves are what she submits. The others,
and everybody where the tests do not run as root, share the user and differ by ``--student``.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import nbformat
import pytest

from lab.grading.release import build

pytestmark = [pytest.mark.isolation, pytest.mark.slow]

QUIZZES = Path(__file__).resolve().parent.parent.parent / "quizzes"
RUN_AS_NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
RUN_ALL_CELLS = "from nbclient.cli import main; main()"
STOP_THE_LAB = "import lab; lab.start(); lab.stop()"

UNROUNDED = """%%handler thermometer.py
def handler(event, context):
    celsius = (event.get("fahrenheit", 212) - 32) * 5 / 9
    return {"celsius": celsius, "request_id": context.aws_request_id, "memory": 256}
"""
TAMPERING = """%load_ext lab
import pathlib
import types
import lab
lab.own_run = lambda *cited, **wanted: types.SimpleNamespace(received_share=0.5, cpu_ms=50.0)
pathlib.Path("evidence.jsonl").write_text(pathlib.Path("genuine.jsonl").read_text())
"""


@dataclass(frozen=True)
class Course:
    """A course with its exchange, in a directory that every user may enter."""

    directory: Path

    @property
    def quizzes(self) -> Path:
        return self.directory / "quizzes"

    def nbgrader(self, *arguments: str, cwd: Path, home: Path, prefix: tuple[str, ...] = ()) -> str:
        """Run one of nbgrader's commands and return all that it says."""
        return self.python("-m", "nbgrader", *arguments, cwd=cwd, home=home, prefix=prefix)

    def python(self, *arguments: str, cwd: Path, home: Path, prefix: tuple[str, ...] = ()) -> str:
        done = subprocess.run(
            [*prefix, sys.executable, *arguments],
            cwd=cwd,
            env=self.environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=110,
        )
        assert done.returncode == 0, f"{arguments}\n{done.stdout}"
        return done.stdout

    def instruct(self, *arguments: str) -> str:
        """Run a command as the instructor."""
        return self.nbgrader(*arguments, cwd=self.quizzes, home=self.directory / "instructor")

    def environment(self, home: Path) -> dict[str, str]:
        return {
            "HOME": str(home),
            "JUPYTER_CONFIG_PATH": str(self.quizzes),
            "JUPYTER_PLATFORM_DIRS": "1",
            "LAMBDA_LAB_EXCHANGE": str(self.directory / "exchange"),
            "LAMBDA_LAB_STATE": str(home / "lab"),
            "LANG": "C.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
        }


@dataclass(frozen=True)
class Learner:
    """Somebody who takes the quiz."""

    name: str
    course: Course
    prefix: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        return self.course.directory / "learners" / self.name

    @property
    def kernel_home(self) -> Path:
        """Where her kernels keep their things; apart from her own home, because they may run as another user."""
        return self.course.directory / "instructor" / f"kernels-of-{self.name}"

    @property
    def notebook(self) -> Path:
        return self.home / "quiz-1" / "quiz-1.ipynb"

    def fetch(self) -> None:
        self.home.mkdir(parents=True)
        if self.prefix:
            shutil.chown(self.home, self.name)
        self.nbgrader("fetch_assignment", "quiz-1")

    def write(self, answers: Mapping[str, str]) -> None:
        """Put answers into the cells of these names; an empty name stands for the first code cell."""
        quiz = read(self.notebook)
        first = next(cell for cell in quiz.cells if cell.cell_type == "code")
        for name, text in answers.items():
            cell = next((cell for cell in quiz.cells if name and cell.id == name), first)
            cell.source = text
        write(quiz, self.notebook)

    def run_all_cells(self) -> None:
        self.run("-c", RUN_ALL_CELLS, "--inplace", "--allow-errors", self.notebook.name)

    def validate(self) -> str:
        return self.run("-m", "nbgrader", "validate", self.notebook.name)

    def run(self, *arguments: str) -> str:
        """Run Python beside the notebook, with rights that allow sandboxes."""
        return self.course.python(*arguments, cwd=self.notebook.parent, home=self.kernel_home)

    def submit(self) -> None:
        self.nbgrader("submit", "quiz-1", *(() if self.prefix else (f"--student={self.name}",)))

    def nbgrader(self, *arguments: str) -> str:
        own = f"--Exchange.assignment_dir={self.home}"
        return self.course.nbgrader(*arguments, own, cwd=self.home, home=self.home, prefix=self.prefix)

    def errors(self) -> list[str]:
        """Return what went wrong when all cells were run."""
        outputs = (output for cell in read(self.notebook).cells for output in cell.get("outputs", ()))
        return [output.evalue for output in outputs if output.output_type == "error"]

    def evidence(self) -> list[dict[str, Any]]:
        lines = (self.notebook.parent / "evidence.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


@dataclass(frozen=True)
class Graded:
    """What was there at the end."""

    course: Course
    ada: str
    validations: Mapping[str, str]
    autograde_log: str
    evidence_before: bytes
    evidence_after: bytes

    def points(self, learner: str) -> dict[str, float]:
        """Return the points that the autograder gave, by the name of the graded cell."""
        query = """
            SELECT base_cell.name, grade.auto_score FROM grade
            JOIN base_cell ON base_cell.id = grade.cell_id
            JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
            JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
            WHERE submitted_assignment.student_id = ?"""
        with closing(sqlite3.connect(self.course.quizzes / "gradebook.db")) as gradebook:
            return {name: score for name, score in gradebook.execute(query, (learner,)) if score is not None}

    def feedback(self, learner: str) -> str:
        """Return the feedback page, with every line break as a space."""
        return " ".join((self.course.quizzes / "feedback" / learner / "quiz-1" / "quiz-1.html").read_text().split())


@pytest.fixture(scope="module")
def course() -> Iterator[Course]:
    with tempfile.TemporaryDirectory(prefix="lambda-lab-course-") as directory:
        made = Course(Path(directory))
        made.directory.chmod(0o755)
        for name, mode in (("exchange", 0o777), ("instructor", 0o755), ("learners", 0o755)):
            (made.directory / name).mkdir()
            (made.directory / name).chmod(mode)
        shutil.copytree(QUIZZES / "source", made.quizzes / "source", ignore=shutil.ignore_patterns("*.ipynb"))
        shutil.copy(QUIZZES / "nbgrader_config.py", made.quizzes)
        build(made.quizzes, "quiz-1")
        made.instruct("generate_assignment", "quiz-1", "--force")
        made.instruct("release_assignment", "quiz-1")
        yield made


@pytest.fixture(scope="module")
def graded(course: Course) -> Graded:
    ada = Learner("nobody", course, RUN_AS_NOBODY) if another_user_may_run(course) else Learner("ada", course)
    learners = ada, bob, eve, zoe = (ada, *(Learner(name, course) for name in ("bob", "eve", "zoe")))
    with ThreadPoolExecutor(2) as both:
        list(both.map(Learner.fetch, learners))
        solutions = answers_of_the_source(course)
        answer_from_an_own_run(ada, solutions)
        make_mistakes(bob, ada, solutions)
        tamper(eve, ada, solutions)
        evidence = ada.notebook.with_name("evidence.jsonl")
        before = evidence.read_bytes()
        validations = dict(zip(("ada", "zoe"), both.map(Learner.validate, (ada, zoe)), strict=True))
        after = evidence.read_bytes()
        list(both.map(Learner.submit, learners))
    ada.run("-c", STOP_THE_LAB)
    course.instruct("collect", "quiz-1")
    log = course.instruct("autograde", "quiz-1")
    course.instruct("generate_feedback", "quiz-1")
    course.instruct("release_feedback", "quiz-1")
    course.instruct("export", f"--to={course.directory / 'grades.csv'}")
    return Graded(course, ada.name, validations, log, before, after)


def another_user_may_run(course: Course) -> bool:
    """Say whether this is root and ``nobody`` may run this very Python with nbgrader in it."""
    if os.geteuid() != 0 or shutil.which(RUN_AS_NOBODY[0]) is None:
        return False
    probe = [*RUN_AS_NOBODY, sys.executable, "-c", "import nbgrader"]
    return subprocess.run(probe, cwd=course.directory, capture_output=True).returncode == 0


def answers_of_the_source(course: Course) -> dict[str, str]:
    source = read(course.quizzes / "source" / "quiz-1" / "quiz-1.ipynb")
    return {cell.id: cell.source for cell in source.cells if cell.metadata.get("nbgrader", {}).get("solution")}


def answer_from_an_own_run(ada: Learner, solutions: Mapping[str, str]) -> None:
    """Do the quiz: run it, then read the answers to question 2 off the run that was saved."""
    ada.write({**solutions, "own-run": ""})
    ada.run_all_cells()
    assert ada.notebook.with_name("evidence.jsonl").exists(), ada.errors()
    run = spin(ada.evidence())
    ada.write({"own-run": written(run["request_id"], 100 * run["received_share"], f"{run['cpu_ms']} / 0.5")})


def make_mistakes(bob: Learner, ada: Learner, solutions: Mapping[str, str]) -> None:
    """Cite a run that is in the evidence, and draw wrong conclusions from it."""
    shutil.copy(ada.notebook.with_name("evidence.jsonl"), bob.notebook.parent)
    run = spin(ada.evidence())
    mistakes = {
        "handler": UNROUNDED,
        "own-run": written(run["request_id"], 100 * run["received_share"], str(run["duration_ms"])),
        "three-runs": 'three_runs = "b"',
    }
    bob.write({**solutions, **mistakes})


def tamper(eve: Learner, ada: Learner, solutions: Mapping[str, str]) -> None:
    """Forge evidence, prepare a kernel that accepts it and puts genuine evidence in its place, and delete a test."""
    genuine, forged = ada.evidence(), ada.evidence()
    run = spin(forged)
    run.update(received_share=0.5, cpu_ms=50.0)
    for name, entries in (("evidence.jsonl", forged), ("genuine.jsonl", genuine)):
        eve.notebook.with_name(name).write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    answers = {"own-run": written(run["request_id"], 50.0, "100.0"), "three-runs": solutions["three-runs"]}
    eve.write({"": TAMPERING, **answers})
    quiz = read(eve.notebook)
    quiz.cells = [cell for cell in quiz.cells if cell.id != "three-runs-check"]
    write(quiz, eve.notebook)


def spin(journal: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the facts of the one run of ``spin``, there to be changed."""
    (facts,) = (entry["facts"] for entry in journal if is_run_of_spin(entry))
    return cast("dict[str, Any]", facts)


def is_run_of_spin(entry: Mapping[str, Any]) -> bool:
    return bool(entry["kind"] == "invocation" and entry["facts"]["function"] == "spin")


def read(notebook: Path) -> Any:
    return nbformat.read(notebook, as_version=4)


def write(quiz: Any, notebook: Path) -> None:
    nbformat.write(quiz, notebook)


def written(request_id: str, received_percent: float, predicted_ms: str) -> str:
    return f'request_id = "{request_id}"\nreceived_percent = {received_percent:.2f}\npredicted_ms = {predicted_ms}'


def test_who_has_done_the_quiz_gets_every_point_that_a_program_can_give(graded: Graded) -> None:
    assert graded.points(graded.ada) == {
        "handler-answers": 2,
        "handler-edges": 2,
        "own-run-share": 1,
        "own-run-prediction": 2,
        "three-runs-check": 2,
        "one-denial-check": 2,
    }


def test_the_quiz_as_released_gets_no_point(graded: Graded) -> None:
    assert set(graded.points("zoe").values()) == {0}


def test_every_mistake_costs_its_own_points_and_no_others(graded: Graded) -> None:
    assert graded.points("bob") == {
        "handler-answers": 2,
        "handler-edges": 0,
        "own-run-share": 1,
        "own-run-prediction": 0,
        "three-runs-check": 0,
        "one-denial-check": 2,
    }


def test_forged_evidence_gets_nothing_whatever_the_kernel_says(graded: Graded) -> None:
    points = graded.points("eve")

    assert points["own-run-share"] == 0
    assert points["own-run-prediction"] == 0


def test_forged_evidence_is_noted_for_the_instructor_and_for_the_learner(graded: Graded) -> None:
    assert re.search(
        r"The evidence of eve cannot be used: entry \d+ was changed after it was written", graded.autograde_log
    )
    assert "Your evidence cannot be used: entry" in graded.feedback("eve")


def test_a_deleted_test_is_put_back_and_counts(graded: Graded) -> None:
    assert graded.points("eve")["three-runs-check"] == 2


def test_validating_tells_who_is_done_and_who_is_not(graded: Graded) -> None:
    assert "Success! Your notebook passes all the tests." in graded.validations["ada"]
    assert "VALIDATION FAILED" in graded.validations["zoe"]
    assert "No answer yet" in graded.validations["zoe"]


def test_validating_leaves_the_evidence_as_it_was(graded: Graded) -> None:
    assert graded.evidence_before == graded.evidence_after


def test_feedback_teaches_and_shows_no_hidden_test(graded: Graded) -> None:
    page = graded.feedback("bob")

    assert "In the preview every invocation gets a sandbox of its own" in page
    assert "so the same work takes about" in page
    assert "BEGIN HIDDEN TESTS" not in page
    assert "Traceback (most recent" not in page
    assert "assert choice ==" not in page
    assert "memory=192" not in page


def test_the_grades_are_exported(graded: Graded) -> None:
    with (graded.course.directory / "grades.csv").open() as file:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}

    assert scores == {graded.ada: 11, "bob": 5, "eve": 2, "zoe": 0}


def test_the_feedback_reaches_the_learner(graded: Graded) -> None:
    zoe = Learner("zoe", graded.course)

    zoe.nbgrader("fetch_feedback", "quiz-1")

    assert list(zoe.home.glob("quiz-1/feedback/*/quiz-1.html"))
