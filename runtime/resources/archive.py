"""Take a zip archive apart into a directory, trusting nothing that it says.

Promises: every regular file and directory of the archive, and every symbolic link that stays inside, is written below
the target with modes that any user can read (executable bits are kept, all others are not). On any doubt a
``ServiceError`` in Lambda's words is raised, and what was written so far is the caller's to remove: nothing is ever
written anywhere else. What is refused by the archive's directory alone stands in ``archive_members.py``; here it is
what is found while reading: damage, sizes that were not the truth, and links that lead outside.
Nothing is written through a link: links are made last, and no name lies behind one.
"""

from __future__ import annotations

import errno
import io
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from runtime.errors import PlatformError
from runtime.resources.archive_members import NOT_A_ZIP, inspect, is_link, refusal, refused

LONGEST_LINK = 4096
"""Bytes; Linux has no longer paths."""
BROKEN = (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What ``zipfile`` raises for archives that are damaged."""
IMPOSSIBLE = (struct.error, OverflowError, MemoryError)
"""What it raises for numbers that no archive can have, which its words do not explain."""
CONTRADICTIONS = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ENOENT)
"""How the file system answers names that cannot be: without end, or, where case is not kept, there already."""


def extract(archive: bytes, target: Path) -> None:
    """Write the members of a deployment package below an existing, empty directory."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as package:
            members = package.infolist()
            inspect(members)
            _write(package, members, target)
    except zipfile.BadZipFile as error:
        raise refusal(NOT_A_ZIP) from error
    except IMPOSSIBLE as error:
        raise refused("a size or a place in it is impossible") from error
    except BROKEN as error:
        raise refused(str(error)) from error
    except OSError as error:
        if error.errno in CONTRADICTIONS:
            raise refused(str(error.strerror)) from error
        raise PlatformError(f"a deployment package could not be written below {target.parent}: {error}") from error


def _write(package: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], target: Path) -> None:
    links = [member for member in members if is_link(member)]
    for member in members:
        path = target / member.filename
        if member.is_dir():
            path.mkdir(parents=True, exist_ok=True)
        elif not is_link(member):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_file(package, member, path)
    for member in links:
        path = target / member.filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(_goal(package, member))
    for member in links:
        _confine(target / member.filename, target)
    for directory, _, _ in os.walk(target):
        Path(directory).chmod(0o755)


def _write_file(package: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    is_executable = member.external_attr >> 16 & 0o111
    with package.open(member) as content, path.open("xb") as file:
        shutil.copyfileobj(content, file)
        if file.tell() != member.file_size:
            raise refused(f"{member.filename!r} is not as long as the archive says")
        os.fchmod(file.fileno(), 0o755 if is_executable else 0o644)


def _goal(package: zipfile.ZipFile, link: zipfile.ZipInfo) -> str:
    if link.file_size > LONGEST_LINK:
        raise refused(f"the link {link.filename!r} is longer than a path can be")
    return package.read(link).decode()


def _confine(link: Path, target: Path) -> None:
    # Where the link really leads counts, not how it reads: a link may go by way of another one.
    root = os.path.realpath(target)
    if not Path(os.path.realpath(link)).is_relative_to(root) or link.readlink().is_absolute():
        raise refused(f"the link {link.relative_to(target)} leads out of the package")
