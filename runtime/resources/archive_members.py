"""Which members of a zip archive may be unpacked, judged before anything is written.

The archive's directory is all that is read here, and nothing in it is believed that could do harm: a name may not lead
out of the package, contradict another or lie behind a link; sizes may not be sums of the same bytes; and what would
become too many or too deep directories is refused by its names alone. Case is kept: ``Readme`` and ``readme`` are two
files, as on every Linux. The sentences begin with AWS's own, and say in brackets which member is meant.
"""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from runtime.errors import ServiceError

MAXIMUM_UNZIPPED_BYTES = 262_144_000
"""250 MB as Lambda counts them, 1024 KB each."""
MOST_ENTRIES = 65_535
"""Files, directories and links together, those that are only implied by a name included: as many members as a zip
archive can list without extensions."""
DEEPEST = 250
"""More directories in each other than this are nobody's code, and cannot even be removed by walking down."""
NOT_A_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."
EMPTY = "Uploaded file must be a non-empty zip"

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LOCAL_HEADER_BYTES = 30
_SHOWN_CHARACTERS = 80
_LAST_CONTROL_CHARACTER = "\x1f"


def inspect(members: Sequence[zipfile.ZipInfo]) -> None:
    """Raise ``ServiceError`` unless all members may be unpacked."""
    for member in members:
        _inspect_name(member)
    if all(member.is_dir() for member in members):
        raise refusal(EMPTY)
    if sum(member.file_size for member in members) > MAXIMUM_UNZIPPED_BYTES:
        raise refusal(f"Unzipped size must be smaller than {MAXIMUM_UNZIPPED_BYTES} bytes")
    for member in members:
        _inspect_content(member)
    _refuse_overlaps(members)
    _refuse_crowds(members)
    _refuse_contradictions(members)


def is_link(member: zipfile.ZipInfo) -> bool:
    return _kind(member) == stat.S_IFLNK


def refusal(message: str) -> ServiceError:
    """Return the error with which Lambda refuses a deployment package."""
    return ServiceError("InvalidParameterValueException", message, 400, {"Type": "User"})


def refused(reason: str) -> ServiceError:
    """Return the error for an archive that cannot be unpacked, with the reason that AWS leaves out."""
    return refusal(f"{NOT_A_ZIP} ({reason})")


def _inspect_name(member: zipfile.ZipInfo) -> None:
    # What follows a NUL is cut off by everybody who reads the name, but not by everybody at the same place.
    name, path = member.orig_filename, PurePosixPath(member.filename)
    if not member.filename:
        raise refused("a file in it has no name")
    if any(character <= _LAST_CONTROL_CHARACTER for character in name):
        raise refused(f"the name {_shown(name)} has control characters in it")
    if path.is_absolute() or ".." in path.parts:
        raise refused(f"the name {_shown(name)} leads out of the package")
    if len(path.parts) > DEEPEST:
        raise refused(f"the name {_shown(name)} lies more than {DEEPEST} levels deep")


def _inspect_content(member: zipfile.ZipInfo) -> None:
    shown = _shown(member.filename)
    if _kind(member) not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
        raise refused(f"{shown} is neither a file, a directory nor a link")
    if member.flag_bits & _ENCRYPTED:
        raise refused(f"{shown} is encrypted")
    if member.compress_type not in _METHODS:
        raise refused(f"{shown} is packed by a method that is neither 'stored' nor 'deflated'")


def _refuse_overlaps(members: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse members that share bytes: so small archives become large ones."""
    for member, following in pairwise(sorted(members, key=lambda member: member.header_offset)):
        if member.header_offset + _LOCAL_HEADER_BYTES + member.compress_size > following.header_offset:
            raise refused(f"{_shown(member.filename)} and {_shown(following.filename)} overlap")


def _refuse_crowds(members: Iterable[zipfile.ZipInfo]) -> None:
    entries: set[PurePosixPath] = set()
    for member in members:
        path = PurePosixPath(member.filename)
        entries |= {path, *path.parents}
        if len(entries) > MOST_ENTRIES + 1:  # the package itself is among the parents
            raise refused(f"it has more than {MOST_ENTRIES:,} files and directories")


def _refuse_contradictions(members: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse two members of one name, and those that lie below a file or, through it elsewhere, a link."""
    leaves: set[PurePosixPath] = set()
    directories: set[PurePosixPath] = set()
    for member in members:
        path = PurePosixPath(member.filename)
        directories |= {*path.parents, *([path] if member.is_dir() else [])}
        if not member.is_dir():
            if path in leaves:
                raise refused(f"the name {_shown(member.filename)} is in it twice")
            leaves.add(path)
    if both := sorted(map(str, leaves & directories)):
        raise refused(f"{_shown(both[0])} is a directory and also something else")


def _kind(member: zipfile.ZipInfo) -> int:
    return stat.S_IFMT(member.external_attr >> 16)


def _shown(name: str) -> str:
    return repr(name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}...")
