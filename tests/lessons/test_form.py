"""Every lesson has the fixed form: what a reader can count on, and what keeps it readable."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import nbformat
import pytest

import lab
from tests.lessons.course import LESSONS, NOTEBOOKS, SOURCES, cells, prose

BEFORE = ["What you'll do", "What you'll learn", "What you'll need"]
AFTER = ["Check yourself", "On your own", "In practice", "Further reading"]
ALLOWED = {"boto3", "lab"} | sys.stdlib_module_names
MOST_LINES = 12
WIDEST = 100
WIDEST_LISTING = 80

each_lesson = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)


def headings(notebook: Path, level: int) -> list[str]:
    without_code = re.sub(r"^```.*?^```", "", prose(notebook), flags=re.MULTILINE | re.DOTALL)
    return re.findall(rf"^{'#' * level} (.+)$", without_code, re.MULTILINE)


def python(notebook: Path) -> ast.Module:
    """Parse what a lesson's cells do in Python; handlers' cells and the line of the extension are not Python."""
    code = [cell for cell in cells(notebook, "code") if not cell.startswith("%%")]
    return ast.parse("\n".join(line for cell in code for line in cell.splitlines() if not line.startswith("%")))


def sentences_after_another(source: Path) -> list[str]:
    without_code = re.sub(r"^```.*?^```", "", source.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in without_code.splitlines() if not line.startswith(("|", "#"))]
    return [line for line in lines if re.search(r"[a-z0-9)`*\"][.?!] [A-Z]", line)]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_prose_is_written_one_sentence_a_line(source: Path) -> None:
    assert sentences_after_another(source) == []


def test_there_are_lessons() -> None:
    assert len(NOTEBOOKS) >= 3


@each_lesson
def test_a_lesson_has_one_title_and_the_fixed_headings_around_its_body(notebook: Path) -> None:
    assert len(headings(notebook, 1)) == 1

    sections = headings(notebook, 2)
    assert sections[: len(BEFORE)] == BEFORE
    assert sections[-len(AFTER) :] == AFTER


@each_lesson
def test_rules_set_the_body_apart(notebook: Path) -> None:
    rules = [match.start() for match in re.finditer(r"^---$", prose(notebook), re.MULTILINE)]

    assert len(rules) == 2
    assert prose(notebook).index("## What you'll need") < rules[0]
    assert rules[1] < prose(notebook).index("## Check yourself")


@each_lesson
def test_a_lesson_says_what_it_teaches_in_two_to_four_points(notebook: Path) -> None:
    section = prose(notebook).split("## What you'll learn")[1].split("## ")[0]

    assert 2 <= len(re.findall(r"^- ", section, re.MULTILINE)) <= 4


@each_lesson
def test_a_lesson_takes_twenty_minutes(notebook: Path) -> None:
    assert 12 <= len(nbformat.read(notebook, as_version=4).cells) <= 25


@each_lesson
def test_a_code_cell_can_be_taken_in_at_a_glance(notebook: Path) -> None:
    for code in cells(notebook, "code"):
        assert len(code.splitlines()) <= MOST_LINES, code
        assert max(map(len, code.splitlines())) <= WIDEST, code


@each_lesson
def test_a_lesson_starts_with_an_empty_account(notebook: Path) -> None:
    first = cells(notebook, "code")[0].splitlines()

    assert first[0] == "%load_ext lab"
    assert "lab.reset()" in first


@each_lesson
def test_a_lesson_imports_what_a_learner_knows_and_the_lab(notebook: Path) -> None:
    imports = [node for node in ast.walk(python(notebook)) if isinstance(node, ast.Import | ast.ImportFrom)]

    for node in imports:
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
        assert {module.split(".")[0] for module in modules} <= ALLOWED
        assert "lab" not in {module.partition(".")[0] for module in modules if "." in module}


@each_lesson
def test_a_lesson_uses_only_the_face_of_the_lab(notebook: Path) -> None:
    used = {
        node.attr
        for node in ast.walk(python(notebook))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "lab"
    }

    assert used <= set(lab.__all__)


@each_lesson
def test_a_lesson_waits_for_things_and_never_sleeps(notebook: Path) -> None:
    assert not [node for node in ast.walk(python(notebook)) if isinstance(node, ast.Attribute) and node.attr == "sleep"]


@each_lesson
def test_a_lesson_ends_with_a_check_that_exists(notebook: Path) -> None:
    from lab.checks.lessons import LESSON_CHECKS

    (asking,) = [code for code in cells(notebook, "code") if "lab.check(" in code]
    named = {node.value for node in ast.walk(ast.parse(asking)) if isinstance(node, ast.Constant)}

    assert named
    assert named <= set(LESSON_CHECKS)


@each_lesson
def test_every_relative_link_of_a_notebook_leads_somewhere(notebook: Path) -> None:
    for target in re.findall(r"\]\((?![a-z]+:|#)([^)#\s]+)", prose(notebook)):
        assert (LESSONS / target).exists(), target


@each_lesson
def test_every_file_that_a_lesson_names_is_there(notebook: Path) -> None:
    for name in re.findall(r'"(files/[^"{]+)"', "\n".join(cells(notebook, "code"))):
        assert (LESSONS / name).is_file(), name


@pytest.mark.parametrize("file", sorted((LESSONS / "files").rglob("*.js")), ids=lambda path: path.name)
def test_a_handler_that_is_shown_fits_the_page(file: Path) -> None:
    assert max(map(len, file.read_text().splitlines())) <= WIDEST_LISTING


@each_lesson
def test_a_built_lesson_carries_no_outputs(notebook: Path) -> None:
    for cell in nbformat.read(notebook, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
