"""A learner's working copy of the lessons: opened, run and changed there, never in the repository.

``lay_out`` is asked at every start. It promises that nothing is lost that the learner wrote:

* a lesson that is not there is put there (so whoever deletes a lesson gets a fresh one at the next start);
* a lesson in which the learner wrote nothing follows the repository;
* a lesson in which the learner wrote stays as it is. When the repository has a new one, that is laid beside it once,
  as ``NAME.new.ipynb``, and told.

Whether somebody wrote in a notebook is told by the text of its cells: outputs, and what Jupyter itself notes when a
notebook is opened, are not counted. A file beside the lessons is compared as it is. What was given last stands in
``.given.json``; without it, or if it cannot be read, every file that differs counts as the learner's. A file is whole
at every moment, also when the start is interrupted.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.places import ROOT

HANDED_OUT = ("*.ipynb", "dashboards/*.ipynb", "files/*", "files/walls/*", "README.md")
"""Of the lessons' folder; the rest is for authors, or made there by running."""
RECORD = ".given.json"


@dataclass(frozen=True, slots=True)
class Offer:
    """A new version of something in which the learner wrote."""

    kept: Path
    new: Path


def lay_out(source: Path, copy: Path) -> list[Offer]:
    """Bring the working copy up to date; return what is new and was laid beside the learner's own."""
    if copy.resolve().is_relative_to(ROOT):
        raise LabError(
            f"{copy} is in the repository {ROOT}: its own lessons would be changed by working on them.",
            remedy="name a folder elsewhere: --folder DIR",
        )
    try:
        return _brought_up_to_date(source, copy)
    except OSError as error:
        raise LabError(
            f"The lessons could not be laid out in {copy} ({error}).",
            remedy="make room or allow writing there, or name another folder: --folder DIR",
        ) from error


def _brought_up_to_date(source: Path, copy: Path) -> list[Offer]:
    given = _given(copy / RECORD)
    offers = []
    for path in _handed_out(source):
        name = path.relative_to(source).as_posix()
        mine, document = copy / name, path.read_bytes()
        before, now = given.get(name), fingerprint(document, path.suffix)
        own = fingerprint(mine.read_bytes(), mine.suffix) if mine.exists() else None
        if own is None or (own == before and own != now):
            _write(mine, document)
        elif now not in (own, before):
            new = _beside(mine, before)
            _write(new, document)
            offers.append(Offer(mine, new))
        given[name] = now
    _write(copy / RECORD, json.dumps(given, indent=1, sort_keys=True).encode())
    return offers


def _handed_out(source: Path) -> Iterator[Path]:
    for pattern in HANDED_OUT:
        yield from (path for path in sorted(source.glob(pattern)) if path.is_file())


def _given(record: Path) -> dict[str, str]:
    """Return the fingerprint of what was given or offered last, by name."""
    try:
        found = json.loads(record.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def fingerprint(document: bytes, suffix: str) -> str:
    """Return what is the same as long as nobody writes in a document."""
    if suffix == ".ipynb":
        try:
            cells = [(cell["cell_type"], "".join(cell["source"])) for cell in json.loads(document)["cells"]]
            document = json.dumps(cells).encode()
        except (ValueError, KeyError, TypeError):
            pass  # it is no notebook (any more), and is compared as it is
    return hashlib.sha256(document).hexdigest()


def _beside(mine: Path, offered: str | None) -> Path:
    """Return where a new version is laid: in place of an earlier offer only if nobody wrote in that."""
    number = 1
    while True:
        new = mine.with_name(f"{mine.stem}.new{f'-{number}' if number > 1 else ''}{mine.suffix}")
        if not new.exists() or fingerprint(new.read_bytes(), new.suffix) == offered:
            return new
        number += 1


def _write(path: Path, document: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(document)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
