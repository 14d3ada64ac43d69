"""A learner's copy of the lessons: brought up to date, and nothing lost that the learner wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lab.errors import LabError
from lab.places import ROOT
from lab.working_copy import RECORD, Offer, lay_out

LESSON = "01-a-lesson.ipynb"


def write_lesson(folder: Path, *cells: str, outputs: list[Any] | None = None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    document = {"cells": [{"cell_type": "code", "source": cell, "outputs": outputs or []} for cell in cells]}
    (folder / LESSON).write_text(json.dumps(document))


def cells(path: Path) -> list[str]:
    return [cell["source"] for cell in json.loads(path.read_text())["cells"]]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    write_lesson(tmp_path / "source", "first")
    (tmp_path / "source/files").mkdir()
    (tmp_path / "source/files/hello.js").write_text("// one\n")
    return tmp_path / "source"


@pytest.fixture
def copy(source: Path, tmp_path: Path) -> Path:
    """Return a working copy that was laid out once."""
    assert lay_out(source, tmp_path / "copy") == []
    return tmp_path / "copy"


def test_working_on_the_copy_leaves_the_source_as_it_was(source: Path, copy: Path) -> None:
    write_lesson(copy, "mine")
    (copy / "files/hello.js").write_text("// mine\n")

    assert lay_out(source, copy) == []
    assert cells(source / LESSON) == ["first"]
    assert (source / "files/hello.js").read_text() == "// one\n"
    assert cells(copy / LESSON) == ["mine"]


def test_a_lesson_that_was_only_run_follows_the_source(source: Path, copy: Path) -> None:
    write_lesson(copy, "first", outputs=[{"output_type": "stream", "text": "42"}])
    write_lesson(source, "second")

    assert lay_out(source, copy) == []
    assert cells(copy / LESSON) == ["second"]


def test_a_new_lesson_is_laid_beside_the_one_in_which_the_learner_wrote_and_told_once(source: Path, copy: Path) -> None:
    write_lesson(copy, "mine")
    write_lesson(source, "second")

    offers = lay_out(source, copy)

    new = copy / "01-a-lesson.new.ipynb"
    assert offers == [Offer(copy / LESSON, new)]
    assert (cells(copy / LESSON), cells(new)) == (["mine"], ["second"])
    assert lay_out(source, copy) == []


def test_an_offer_that_was_thrown_away_stays_away(source: Path, copy: Path) -> None:
    write_lesson(copy, "mine")
    write_lesson(source, "second")
    (offer,) = lay_out(source, copy)
    offer.new.unlink()

    assert lay_out(source, copy) == []
    assert not offer.new.exists()


def test_an_offer_in_which_the_learner_wrote_is_not_written_over(source: Path, copy: Path) -> None:
    write_lesson(copy, "mine")
    write_lesson(source, "second")
    (first,) = lay_out(source, copy)
    document = json.loads(first.new.read_text())
    document["cells"][0]["source"] = "mine too"
    first.new.write_text(json.dumps(document))
    write_lesson(source, "third")

    (second,) = lay_out(source, copy)

    assert cells(first.new) == ["mine too"]
    assert (second.new.name, cells(second.new)) == ("01-a-lesson.new-2.ipynb", ["third"])


def test_an_offer_that_nobody_touched_gives_way_to_the_next(source: Path, copy: Path) -> None:
    write_lesson(copy, "mine")
    for version in ("second", "third"):
        write_lesson(source, version)
        (offer,) = lay_out(source, copy)

    assert cells(offer.new) == ["third"]
    assert sorted(path.name for path in copy.glob("*.ipynb")) == ["01-a-lesson.ipynb", "01-a-lesson.new.ipynb"]


def test_a_lesson_that_was_deleted_comes_back_fresh(source: Path, copy: Path) -> None:
    (copy / LESSON).unlink()

    lay_out(source, copy)

    assert cells(copy / LESSON) == ["first"]


@pytest.mark.parametrize("record", ["", "{", "[]", "null"])
def test_without_a_record_whatever_differs_is_the_learners(source: Path, copy: Path, record: str) -> None:
    (copy / RECORD).write_text(record)
    (copy / "files/hello.js").write_text("// mine\n")

    (offer,) = lay_out(source, copy)

    assert offer.kept.read_text() == "// mine\n"
    assert offer.new.read_text() == "// one\n"


@pytest.mark.parametrize("wreck", ["", "{", '{"cells": [7]}', "[]", '"text"'])
def test_a_notebook_that_is_none_any_more_is_kept_too(source: Path, copy: Path, wreck: str) -> None:
    (copy / LESSON).write_text(wreck)
    write_lesson(source, "second")

    (offer,) = lay_out(source, copy)

    assert offer.kept.read_text() == wreck


def test_the_learner_may_add_files_of_the_same_folder(source: Path, copy: Path) -> None:
    (copy / "my-own.ipynb").write_text("{}")

    assert lay_out(source, copy) == []
    assert (copy / "my-own.ipynb").read_text() == "{}"


@pytest.mark.parametrize("folder", [ROOT, ROOT / "lessons", ROOT / "lessons/files/.."])
def test_the_repository_itself_is_no_working_copy(folder: Path) -> None:
    with pytest.raises(LabError, match=r"is in the repository[\s\S]*--folder DIR"):
        lay_out(ROOT / "lessons", folder)


def test_a_place_that_cannot_be_written_is_said_with_the_remedy(source: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LabError, match=r"could not be laid out[\s\S]*--folder DIR"):
        lay_out(source, tmp_path / "file")


def test_the_real_lessons_come_with_what_they_need_and_nothing_for_authors(tmp_path: Path) -> None:
    lay_out(ROOT / "lessons", tmp_path)

    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert {"01-run-a-function.ipynb", "files/thumbnail.js", "files/dandelions.jpg", "files/walls/memory.js"} <= names
    assert not any(name.startswith(("source", "build", "work", "files/pictures")) for name in names)
