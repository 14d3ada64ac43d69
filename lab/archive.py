"""A deployment package as a file: the learner's own code with other people's modules, zipped.

What is installed is installed into a folder that is thrown away; the package is written last and at once, so that a
failure leaves the one that was there. How far it is, is shown by a bar on standard output: standard error would cost a
graded cell its points.
"""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm.auto import tqdm

from lab.errors import LabError
from lab.packages import LEFT_OUT, found, package
from lab.third_party import install_node, install_python

MOST_IN_A_CALL = 50 * 1024**2
"""Bytes that a call to Lambda may bring; a larger package is put into a bucket first (Lambda's quotas)."""


def write_archive(archive: Path, paths: Sequence[str], pip: Sequence[str], npm: Sequence[str]) -> str:
    """Write a deployment package; return the sentence that says so."""
    if not (paths or pip or npm):
        raise LabError(
            "A deployment package needs at least one file.", remedy=f"name one: %package {archive.name} hello.js"
        )
    own = [found(path) for path in paths]
    with tempfile.TemporaryDirectory(prefix="lambda-lab-") as place:
        folder = Path(place)
        installs = [one for one in _installers(pip, npm) if one[2]]
        with tqdm(total=len(installs) + 1, unit="step", file=sys.stdout) as bar:
            for name, install, names in installs:
                bar.set_description(f"{name}: {', '.join(names)}")
                install([_where(one) for one in names], folder)
                bar.update()
            bar.set_description(f"zip: {archive.name}")
            code = package(*_members([*own, folder]))
            bar.update()
    archive.parent.mkdir(exist_ok=True)
    part = archive.with_name(f".{archive.name}.part")
    part.write_bytes(code)
    part.replace(archive)
    return _told(archive, code)


def _installers(
    pip: Sequence[str], npm: Sequence[str]
) -> list[tuple[str, Callable[[Sequence[str], Path], None], Sequence[str]]]:
    return [("pip", install_python, pip), ("npm", install_node, npm)]


def _where(name: str) -> str:
    """Return a path on this machine in full: pip and npm would look for it from another folder."""
    return str(Path(name).resolve()) if "/" in name and Path(name).exists() else name


def _members(paths: Sequence[Path]) -> list[Path]:
    """Return what goes to the top of the package."""
    members: list[Path] = []
    for path in paths:
        members += [one for one in sorted(path.iterdir()) if one.name not in LEFT_OUT] if path.is_dir() else [path]
    return members


def _told(archive: Path, code: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(code)) as reader:
        files = [one.file_size for one in reader.infolist()]
    told = (
        f"wrote {archive} ({len(files)} file{'s' if len(files) != 1 else ''}, {_size(len(code))}; "
        f'{_size(sum(files))} unpacked); its bytes: open("{archive}", "rb").read()'
    )
    if len(code) > MOST_IN_A_CALL:
        told += "\n\nA call may bring 50 MB: put this one into a bucket, and name it with S3Bucket and S3Key."
    return told


def _size(count: int) -> str:
    return f"{count / 1024**2:.1f} MB" if count >= 1024**2 else f"{max(1, round(count / 1024))} KB"
