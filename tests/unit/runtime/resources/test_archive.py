"""What a deployment package may be, and what it may not."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.errors import ServiceError
from runtime.resources.archive import extract
from tests.endpoint.hostile import HARMLESS, LINK, archive, member, packages

RICH = archive(
    HARMLESS, ("lib/", ""), ("lib/a.js", "x" * 500), (member("lib/b.js", LINK), "a.js"), (member("tool", 0o100755), "")
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Return an empty directory some way down, so that what climbs out of it is found."""
    made = tmp_path / "store" / "scratch" / "tree"
    made.mkdir(parents=True)
    return made


def test_files_and_directories_come_out_as_they_went_in(target: Path) -> None:
    extract(archive(("index.js", "one"), ("empty/", ""), ("lib/deep/two.js", "two")), target)

    assert (target / "index.js").read_text() == "one"
    assert (target / "lib/deep/two.js").read_text() == "two"
    assert (target / "empty").is_dir()


def test_every_user_can_read_the_files_and_only_executables_stay_executable(target: Path) -> None:
    extract(archive((member("a.js", stat.S_IFREG | 0o600), ""), (member("tool", stat.S_IFREG | 0o700), "")), target)

    assert stat.S_IMODE((target / "a.js").stat().st_mode) == 0o644
    assert stat.S_IMODE((target / "tool").stat().st_mode) == 0o755


def test_a_setuid_bit_does_not_survive(target: Path) -> None:
    extract(archive((member("tool", stat.S_IFREG | 0o6755), "")), target)

    assert stat.S_IMODE((target / "tool").stat().st_mode) == 0o755


def test_a_link_that_stays_inside_is_kept(target: Path) -> None:
    extract(archive(("a.js", "content"), (member("lib/b.js", LINK), "../a.js")), target)

    assert (target / "lib/b.js").is_symlink()
    assert (target / "lib/b.js").read_text() == "content"


def test_names_that_differ_in_case_alone_are_two_files(target: Path) -> None:
    extract(archive(("Readme", "one"), ("readme", "two")), target)

    assert [(target / name).read_text() for name in ("Readme", "readme")] == ["one", "two"]


def test_an_archive_in_an_archive_stays_one(target: Path) -> None:
    inner = archive(("bomb", bytes(2**24)))

    extract(archive(HARMLESS, ("inner.zip", inner)), target)

    assert (target / "inner.zip").read_bytes() == inner


def test_what_is_not_a_zip_is_refused_in_the_words_of_lambda(target: Path) -> None:
    with pytest.raises(ServiceError) as caught:
        extract(b"not a zip", target)

    assert caught.value.message == ("Could not unzip uploaded file. Please check your file, then try to upload again.")
    assert caught.value.fields == {"Type": "User"}


@pytest.mark.parametrize("wrong", packages())
def test_a_package_with_something_wrong_is_refused_and_writes_nothing_outside(
    wrong: str, target: Path, tmp_path: Path
) -> None:
    content, words = packages()[wrong]

    with pytest.raises(ServiceError) as caught:
        extract(content, target)

    assert (caught.value.code, caught.value.status) == ("InvalidParameterValueException", 400)
    assert words in caught.value.message
    assert written_outside(target, tmp_path) == []


@given(damage=st.lists(st.tuples(st.integers(0, len(RICH) - 1), st.integers(0, 255)), min_size=1, max_size=4))
@settings(max_examples=300, deadline=None)
def test_a_damaged_package_is_refused_or_comes_out_in_its_place(
    damage: list[tuple[int, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    top = tmp_path_factory.mktemp("damaged")
    target = top / "tree"
    target.mkdir()
    content = bytearray(RICH)
    for place, byte in damage:
        content[place] = byte

    try:
        extract(bytes(content), target)
    except ServiceError as error:
        assert error.code == "InvalidParameterValueException"

    assert written_outside(target, top) == []


def test_a_bomb_is_refused_before_it_is_unzipped(target: Path) -> None:
    with pytest.raises(ServiceError):
        extract(packages()["bomb of a few zeros"][0], target)

    assert not list(target.iterdir())


def test_a_file_whose_length_is_not_what_the_archive_says_is_refused(target: Path) -> None:
    content = archive(HARMLESS, method=zipfile.ZIP_STORED)
    size = len(HARMLESS[1]).to_bytes(4, "little")
    more = (len(HARMLESS[1]) + 7).to_bytes(4, "little")
    at = content.rindex(b"PK\x01\x02")

    with pytest.raises(ServiceError, match="Could not unzip"):
        extract(content[:at] + content[at:].replace(size * 2, size + more), target)


def written_outside(target: Path, top: Path) -> list[Path]:
    return [path for path in top.rglob("*") if path not in target.parents and not path.is_relative_to(target)]
