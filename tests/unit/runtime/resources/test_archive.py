"""What a deployment package may be, and what it may not."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from runtime.errors import ServiceError
from runtime.resources.archive import extract


def archive(*members: tuple[str | zipfile.ZipInfo, str | bytes]) -> bytes:
    """Zip members up; a ``ZipInfo`` in place of a name carries a mode."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members:
            package.writestr(name, content)
    return written.getvalue()


def member(name: str, mode: int) -> zipfile.ZipInfo:
    described = zipfile.ZipInfo(name)
    described.external_attr = mode << 16
    described.create_system = 3
    return described


def refused(content: bytes, target: Path) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        extract(content, target)
    assert caught.value.code == "InvalidParameterValueException"
    assert caught.value.status == 400
    return caught.value


def test_files_and_directories_come_out_as_they_went_in(tmp_path: Path) -> None:
    extract(archive(("index.js", "one"), ("empty/", ""), ("lib/deep/two.js", "two")), tmp_path)

    assert (tmp_path / "index.js").read_text() == "one"
    assert (tmp_path / "lib/deep/two.js").read_text() == "two"
    assert (tmp_path / "empty").is_dir()


def test_every_user_can_read_the_files_and_only_executables_stay_executable(tmp_path: Path) -> None:
    extract(
        archive((member("private.js", stat.S_IFREG | 0o600), ""), (member("tool", stat.S_IFREG | 0o700), "")), tmp_path
    )

    assert stat.S_IMODE((tmp_path / "private.js").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "tool").stat().st_mode) == 0o755


def test_a_setuid_bit_does_not_survive(tmp_path: Path) -> None:
    extract(archive((member("tool", stat.S_IFREG | 0o4755), "")), tmp_path)

    assert stat.S_IMODE((tmp_path / "tool").stat().st_mode) == 0o755


def test_a_link_that_stays_inside_is_kept(tmp_path: Path) -> None:
    extract(archive(("a.js", "content"), (member("lib/b.js", stat.S_IFLNK | 0o777), "../a.js")), tmp_path)

    assert (tmp_path / "lib/b.js").is_symlink()
    assert (tmp_path / "lib/b.js").read_text() == "content"


def test_what_is_not_a_zip_is_refused_in_the_words_of_lambda(tmp_path: Path) -> None:
    error = refused(b"not a zip", tmp_path)

    assert error.message == "Could not unzip uploaded file. Please check your file, then try to upload again."
    assert error.fields == {"Type": "User"}


def test_an_empty_zip_is_refused(tmp_path: Path) -> None:
    assert refused(archive(), tmp_path).message == "Uploaded file must be a non-empty zip"
    assert refused(archive(("only/", "")), tmp_path).message == "Uploaded file must be a non-empty zip"


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside", "lib/../../outside"])
def test_a_name_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()

    error = refused(archive((name, "")), target)

    assert "leads out of the package" in error.message
    assert list(tmp_path.rglob("*")) == [target]


@pytest.mark.parametrize("goal", ["/etc/passwd", "../outside", "lib/../../outside"])
def test_a_link_that_leads_out_is_refused(goal: str, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()

    error = refused(archive((member("link", stat.S_IFLNK | 0o777), goal)), target)

    assert error.message.endswith("(the link link leads out of the package)")


def test_a_link_that_leads_out_by_way_of_another_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    up = (member("deep/up", stat.S_IFLNK | 0o777), "..")
    out = (member("deep/out", stat.S_IFLNK | 0o777), "up/../outside")

    error = refused(archive(("deep/file", ""), up, out), target)

    assert "leads out of the package" in error.message


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()

    refused(archive((member("link", stat.S_IFLNK | 0o777), "../"), ("link/file", "")), target)

    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize("kind", [stat.S_IFBLK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_devices_and_pipes_are_refused(kind: int, tmp_path: Path) -> None:
    error = refused(archive((member("odd", kind | 0o666), "")), tmp_path)

    assert "neither a file, a directory nor a link" in error.message


def test_a_file_that_is_also_a_directory_is_refused(tmp_path: Path) -> None:
    refused(archive(("a", ""), ("a/b", "")), tmp_path)


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    refused(archive(("n" * 300, "")), tmp_path)


def test_a_file_without_a_name_is_refused(tmp_path: Path) -> None:
    assert "no name" in refused(archive(("index.js", "one"), (member("", 0o644), "two")), tmp_path).message


def test_a_name_that_lies_too_deep_is_refused(tmp_path: Path) -> None:
    assert "levels deep" in refused(archive(("index.js", "one"), ("a/" * 300 + "b", "two")), tmp_path).message


def test_an_archive_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as package:
        package.writestr("index.js", "original")

    refused(stored.getvalue().replace(b"original", b"falsched"), tmp_path)


def test_a_zip_bomb_is_refused_before_it_is_unzipped(tmp_path: Path) -> None:
    bomb = archive(*((f"part{number}", bytes(2**23)) for number in range(32)))

    error = refused(bomb, tmp_path)

    assert error.message == "Unzipped size must be smaller than 262144000 bytes"
    assert not list(tmp_path.iterdir())
