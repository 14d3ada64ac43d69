"""The package store: whole or absent, once, and the same for ever."""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from pathlib import Path

import pytest

from runtime.errors import PlatformError, ServiceError
from runtime.resources.packages import PackageStore


def zipped(content: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as package:
        package.writestr(zipfile.ZipInfo("index.js"), content)
    return written.getvalue()


def test_a_package_is_known_by_the_digest_of_its_archive(tmp_path: Path) -> None:
    archive = zipped("hello")

    package = PackageStore(tmp_path).put(archive)

    assert package.sha256 == hashlib.sha256(archive).hexdigest()
    assert package.size == len(archive)


def test_the_tree_and_the_archive_are_there_for_the_next_process(tmp_path: Path) -> None:
    package = PackageStore(tmp_path).put(zipped("hello"))

    store = PackageStore(tmp_path)

    assert (store.directory(package.sha256) / "index.js").read_text() == "hello"
    assert store.archive(package.sha256) == zipped("hello")


def test_the_same_archive_is_kept_once(tmp_path: Path) -> None:
    store = PackageStore(tmp_path)

    store.put(zipped("hello"))
    store.put(zipped("hello"))

    assert len(list(tmp_path.iterdir())) == 2


def test_a_tree_that_is_gone_is_made_again(tmp_path: Path) -> None:
    store = PackageStore(tmp_path)
    package = store.put(zipped("hello"))
    shutil.rmtree(store.directory(package.sha256))

    assert (store.directory(package.sha256) / "index.js").read_text() == "hello"


def test_an_archive_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ServiceError):
        PackageStore(tmp_path).put(b"not a zip")

    assert not list(tmp_path.iterdir())


def test_what_an_interrupted_upload_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-killed" / "tree").mkdir(parents=True)

    PackageStore(tmp_path)

    assert not list(tmp_path.iterdir())


def test_an_absent_package_is_the_fault_of_the_platform_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="upload the function's code again"):
        PackageStore(tmp_path).directory("0" * 64)


def test_a_reset_removes_every_package(tmp_path: Path) -> None:
    store = PackageStore(tmp_path)
    store.put(zipped("hello"))

    store.reset()

    assert not list(tmp_path.iterdir())
