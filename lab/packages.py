"""Deployment packages: files and folders become the zip that Lambda wants.

The same files always give the same bytes (order, times and permissions are fixed), so a function's code digest changes
when its code does, and at no other time.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.errors import LabError
from lab.places import WORK

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip can name."""
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints", ".git", ".DS_Store"}


def package(*paths: str | Path, **renamed: str | Path) -> bytes:
    """Zip files, and folders with everything in them, at the top of a deployment package.

    A file keeps its name: ``package("hello.js")``. With a keyword it gets another one, and keeps its ending:
    ``package(index="hello.js")`` holds ``index.js``. What is not found as given is looked for in ``work/``, where
    ``%%handler`` writes.
    """
    if not paths and not renamed:
        raise LabError("A deployment package needs at least one file.", remedy='name one: lab.package("hello.js")')
    named = [(path.resolve().name, path) for path in map(found, paths)]
    for name, given in renamed.items():
        path = found(given)
        named.append((name if path.is_dir() else name + path.suffix, path))
    members = _each_once(named)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, path in sorted(_flat(members, frozenset())):
            content = _content(path)
            writer.writestr(_header(name, path), content)
    return archive.getvalue()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LabError(f"{path} cannot be read ({error.strerror}).", remedy="take it out of the folder.") from error


def _each_once(named: Sequence[tuple[str, Path]]) -> dict[str, Path]:
    members: dict[str, Path] = {}
    for name, path in named:
        if members.setdefault(name, path) != path:
            raise LabError(
                f"{members[name]} and {path} would both be {name} in the package.",
                remedy="rename one of them: lab.package(other_name=...)",
            )
    return members


def found(given: str | Path) -> Path:
    """Return the path of what is named, as given or in ``work/``; say how to make it if there is none."""
    for path in (Path(given), Path(WORK) / given):
        if path.exists():
            return path
    raise LabError(
        f"There is no {given}, neither beside this notebook nor in {WORK}/.",
        remedy=f"write it first, for example with a cell that begins with %%handler {Path(given).name}",
    )


def _flat(members: dict[str, Path], above: frozenset[Path]) -> Iterator[tuple[str, Path]]:
    """Yield every file; ``above`` are the folders in which these members lie, one in the other."""
    for name, path in members.items():
        if path.is_dir():
            place = path.resolve()
            if place in above:
                raise LabError(f"{path} is a link to a folder in which it lies.", remedy="take it out of the folder.")
            inside = {f"{name}/{child.name}": child for child in path.iterdir() if child.name not in LEFT_OUT}
            yield from _flat(inside, above | {place})
        else:
            yield name, path


def _header(name: str, path: Path) -> zipfile.ZipInfo:
    header = zipfile.ZipInfo(name, date_time=EARLIEST)
    is_executable = bool(path.stat().st_mode & 0o111)
    header.external_attr = (0o100755 if is_executable else 0o100644) << 16
    header.compress_type = zipfile.ZIP_DEFLATED
    header.create_system = 3
    return header
