"""Deployment packages."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest

from lab.errors import LabError
from lab.packages import package


@pytest.fixture(autouse=True)
def beside_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "hello.js").write_text("exports.handler = 1;")


def names(archive: bytes) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(archive)).namelist()


def test_a_file_keeps_its_name_and_is_found_in_work() -> None:
    assert names(package("hello.js")) == names(package("work/hello.js")) == ["hello.js"]


def test_a_keyword_renames_and_keeps_the_ending() -> None:
    assert names(package(index="hello.js")) == ["index.js"]


def test_a_folder_comes_with_everything_in_it_but_leftovers(tmp_path: Path) -> None:
    (tmp_path / "node_modules" / "async" / "__pycache__").mkdir(parents=True)
    (tmp_path / "node_modules" / "async" / "index.js").write_text("1")
    (tmp_path / "node_modules" / "async" / "__pycache__" / "x.pyc").write_text("")

    assert names(package("hello.js", "node_modules")) == ["hello.js", "node_modules/async/index.js"]


def test_the_same_files_give_the_same_bytes_whenever_they_were_written(tmp_path: Path) -> None:
    before = package("hello.js")
    os.utime(tmp_path / "work" / "hello.js", (1, 1))

    assert package("hello.js") == before


def test_what_may_be_executed_stays_so(tmp_path: Path) -> None:
    (tmp_path / "bootstrap").write_text("#!/bin/sh")
    (tmp_path / "bootstrap").chmod(0o700)

    member = zipfile.ZipFile(io.BytesIO(package("bootstrap"))).getinfo("bootstrap")

    assert member.external_attr >> 16 == 0o100755


def test_a_missing_file_is_named_with_what_to_do() -> None:
    with pytest.raises(LabError, match=r"There is no gone\.js[\s\S]*%%handler gone\.js"):
        package("gone.js")


def test_an_empty_package_is_refused() -> None:
    with pytest.raises(LabError, match="at least one file"):
        package()


def test_two_files_of_one_name_are_refused_rather_than_one_forgotten(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "hello.js").write_text("exports.handler = 2;")

    with pytest.raises(LabError, match=r"would both be hello\.js"):
        package("hello.js", "files/hello.js")


def test_links_that_lead_around_in_a_circle_are_refused_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "around"
    folder.mkdir()
    for name in "ab":
        (folder / name).symlink_to(".")

    with pytest.raises(LabError, match="is a link to a folder in which it lies"):
        package(folder)


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "gone").symlink_to("nowhere")

    with pytest.raises(LabError, match=r"gone cannot be read \(No such file"):
        package(folder)
