"""Deployment packages: content-addressed, so that the same code is kept once and never changes under a function.

For each package there is the archive as it was uploaded (``<sha256>.zip``) and the tree that sandboxes mount. Both are
written beside their place and then renamed into it, so what has its name is whole, also after ``kill -9``. The archive
is forced onto the disk and survives a power cut; the tree is not, because thousands of small files would take seconds.
Instead a tree is trusted only in the boot of the machine in which it was made (``tree-<boot>/<sha256>/``), and one that
is missing is made again from its archive. The layers of a function are shown as one tree, which is made of links to the
files of theirs and lies beside them.
Packages that no function uses any more stay until ``keep_only`` is called, at the start of the runtime: while it runs,
an upload may be about to use one, and a sandbox may have it mounted.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import PlatformError
from runtime.resources.archive import extract
from runtime.resources.merging import lay_over_each_other

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Package:
    """A deployment package that is in the store."""

    sha256: str
    """Hex digest of the archive."""
    size: int
    """Of the archive, in bytes."""


class PackageStore:
    """The deployment packages of one account, in one directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._trees = directory / f"tree-{_boot()}"
        for remnant in (*directory.glob(".unfinished-*"), *directory.glob("tree-*")):
            if remnant != self._trees:
                shutil.rmtree(remnant)
        self._trees.mkdir(parents=True, exist_ok=True)

    def put(self, archive: bytes) -> Package:
        """Keep an archive; raise ``ServiceError`` in Lambda's words if it is none. Takes as long as unzipping does."""
        package = Package(hashlib.sha256(archive).hexdigest(), len(archive))
        if not self._archive(package.sha256).exists() or not self._tree(package.sha256).exists():
            self._install(archive, package.sha256)
        return package

    def directory(self, sha256: str) -> Path:
        """Return the extracted tree of a package; it belongs to the platform and must not be written to."""
        tree = self._tree(sha256)
        if not tree.exists():
            self._install(self.archive(sha256), sha256)
        return tree

    def merged(self, digests: Sequence[str]) -> Path:
        """Return one tree of several packages, a later one over an earlier one; made when it is first asked for."""
        if len(digests) == 1:
            return self.directory(digests[0])
        place = self._trees / f"merged-{hashlib.sha256(' '.join(digests).encode()).hexdigest()}"
        if not place.exists():
            trees = [self.directory(digest) for digest in digests]
            with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=self._directory) as scratch:
                tree = Path(scratch) / "tree"
                lay_over_each_other(trees, tree)
                _place(tree, place)
        return place

    def unzipped_bytes(self, digests: Iterable[str]) -> int:
        """Return how large packages are together when they are unzipped."""
        files = (path for digest in digests for path in self.directory(digest).rglob("*"))
        return sum(path.lstat().st_size for path in files if not path.is_dir() or path.is_symlink())

    def archive(self, sha256: str) -> bytes:
        """Return a package as it was uploaded."""
        try:
            return self._archive(sha256).read_bytes()
        except FileNotFoundError as error:
            raise PlatformError(
                f"the deployment package {sha256} is gone from {self._directory}: upload the function's code again"
            ) from error

    def keep_only(self, used: Collection[str]) -> None:
        """Remove every package but these (hex digests)."""
        for archive in self._directory.glob("*.zip"):
            if archive.stem not in used:
                archive.unlink()
        for tree in self._trees.iterdir():
            if tree.name not in used:
                shutil.rmtree(tree)

    def _install(self, archive: bytes, sha256: str) -> None:
        with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=self._directory) as scratch:
            tree = Path(scratch) / "tree"
            tree.mkdir(mode=0o755)
            extract(archive, tree)
            zipped = Path(scratch) / "zip"
            with zipped.open("wb") as file:
                file.write(archive)
                file.flush()
                os.fsync(file.fileno())
            _place(tree, self._tree(sha256))
            zipped.rename(self._archive(sha256))
        self._sync_directory()

    def _sync_directory(self) -> None:
        descriptor = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def _tree(self, sha256: str) -> Path:
        return self._trees / sha256

    def _archive(self, sha256: str) -> Path:
        return self._directory / f"{sha256}.zip"


def _place(tree: Path, place: Path) -> None:
    try:
        tree.rename(place)
    except OSError:
        # A directory cannot be renamed onto one with files in it. Its content is the same, so the first one stays.
        if not place.exists():
            raise


def _boot() -> str:
    try:
        return BOOT_ID.read_text().strip()
    except FileNotFoundError:  # not Linux: a power cut is taken to spare the trees
        return "any"
