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


def kept(directory: Path) -> set[str]:
    """Return the names of the archives and trees in a store."""
    return {path.name for path in (*directory.glob("*.zip"), *directory.glob("tree-*/*"), *directory.glob(".*"))}


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
    package = store.put(zipped("hello"))

    assert kept(tmp_path) == {f"{package.sha256}.zip", package.sha256}


def test_a_tree_that_is_gone_is_made_again(tmp_path: Path) -> None:
    store = PackageStore(tmp_path)
    package = store.put(zipped("hello"))
    shutil.rmtree(store.directory(package.sha256))

    assert (store.directory(package.sha256) / "index.js").read_text() == "hello"


def test_a_tree_of_an_earlier_boot_is_made_again_because_a_power_cut_may_have_torn_it(tmp_path: Path) -> None:
    package = PackageStore(tmp_path).put(zipped("hello"))
    (trees,) = tmp_path.glob("tree-*")
    (trees / package.sha256 / "index.js").write_text("torn")
    trees.rename(tmp_path / "tree-earlier")

    store = PackageStore(tmp_path)

    assert (store.directory(package.sha256) / "index.js").read_text() == "hello"
    assert not (tmp_path / "tree-earlier").exists()


def test_an_archive_that_is_refused_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ServiceError):
        PackageStore(tmp_path).put(b"not a zip")

    assert not kept(tmp_path)


def test_what_an_interrupted_upload_left_is_removed_at_the_next_start(tmp_path: Path) -> None:
    (tmp_path / ".unfinished-killed" / "tree").mkdir(parents=True)

    PackageStore(tmp_path)

    assert not kept(tmp_path)


def test_an_absent_package_is_the_fault_of_the_platform_and_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="upload the function's code again"):
        PackageStore(tmp_path).directory("0" * 64)


def test_only_the_packages_that_are_used_are_kept(tmp_path: Path) -> None:
    store = PackageStore(tmp_path)
    used, unused = store.put(zipped("used")), store.put(zipped("unused"))

    store.keep_only({used.sha256})

    assert store.archive(used.sha256) == zipped("used")
    assert store.directory(used.sha256).is_dir()
    assert not [place for place in tmp_path.rglob("*") if place.name.startswith(unused.sha256)]
