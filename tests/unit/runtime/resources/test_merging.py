"""Directories laid over each other: the later covers the earlier, whatever the two are, and neither is changed."""

from __future__ import annotations

from pathlib import Path

from runtime.resources.merging import lay_over_each_other


def tree(place: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return place


def content(place: Path) -> dict[str, str]:
    return {str(path.relative_to(place)): path.read_text() for path in sorted(place.rglob("*")) if path.is_file()}


def test_files_of_both_are_there_and_the_later_one_counts(tmp_path: Path) -> None:
    first = tree(tmp_path / "1", {"bin/tool": "old", "lib/a": "a"})
    second = tree(tmp_path / "2", {"bin/tool": "new", "lib/b": "b"})

    lay_over_each_other([first, second], tmp_path / "target")

    assert content(tmp_path / "target") == {"bin/tool": "new", "lib/a": "a", "lib/b": "b"}
    assert content(first) == {"bin/tool": "old", "lib/a": "a"}


def test_a_file_takes_the_place_of_a_directory_and_the_other_way_round(tmp_path: Path) -> None:
    first = tree(tmp_path / "1", {"a/deep/file": "1", "b": "1"})
    second = tree(tmp_path / "2", {"a": "2", "b/deep/file": "2"})

    lay_over_each_other([first, second], tmp_path / "target")

    assert content(tmp_path / "target") == {"a": "2", "b/deep/file": "2"}
    assert content(first) == {"a/deep/file": "1", "b": "1"}


def test_a_link_is_laid_as_a_link_and_nothing_is_written_through_it(tmp_path: Path) -> None:
    first = tree(tmp_path / "1", {"real/file": "1"})
    (first / "link").symlink_to("real")
    second = tree(tmp_path / "2", {"link/file": "2"})

    lay_over_each_other([first, second], tmp_path / "target")

    assert not (tmp_path / "target" / "link").is_symlink()
    assert content(tmp_path / "target") == {"link/file": "2", "real/file": "1"}
    assert content(first) == {"real/file": "1", "link/file": "1"} or content(first) == {"real/file": "1"}
