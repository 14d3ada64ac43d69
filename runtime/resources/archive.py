"""Take a zip archive apart into a directory, trusting nothing that it says.

Promises: every regular file and directory of the archive, and every symbolic link that stays inside, is written below
the target with modes that any user can read (executable bits are kept). On any doubt a ``ServiceError`` in Lambda's
words is raised, and what was written so far is the caller's to remove. Refused are absolute names, ``..``, links that
lead outside, devices and pipes, files without a name or hundreds of directories deep, encrypted members, wrong
checksums, names that contradict each other, and more than 250 MB unzipped (by the sizes that the members declare, which
bound what is read).
Nothing is written through a link: links are made last.
"""

from __future__ import annotations

import errno
import io
import lzma
import os
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from runtime.errors import PlatformError, ServiceError

MAXIMUM_UNZIPPED_BYTES = 262_144_000
"""250 MB as Lambda counts them, 1024 KB each."""
DEEPEST = 250
"""More directories in each other than this are nobody's code, and cannot even be removed by walking down."""
NOT_A_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."
EMPTY = "Uploaded file must be a non-empty zip"
BROKEN = (zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What ``zipfile`` raises for members that are damaged, encrypted or packed in a way that it does not know."""
CONTRADICTIONS = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ENOENT)
"""How the file system answers names that cannot be: a file that is also a directory, a name without end."""


def extract(archive: bytes, target: Path) -> None:
    """Write the members of a deployment package below an existing, empty directory."""
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as package:
            members = package.infolist()
            _inspect(members)
            _write(package, members, target)
    except zipfile.BadZipFile as error:
        raise _refusal(NOT_A_ZIP) from error
    except BROKEN as error:
        raise _refusal(f"{NOT_A_ZIP} ({error})") from error
    except OSError as error:
        if error.errno in CONTRADICTIONS:
            raise _refusal(f"{NOT_A_ZIP} ({error.strerror})") from error
        raise PlatformError(f"a deployment package could not be written below {target.parent}: {error}") from error


def _inspect(members: list[zipfile.ZipInfo]) -> None:
    if not all(member.filename for member in members):
        raise _refusal(f"{NOT_A_ZIP} (a file in it has no name)")
    if all(member.is_dir() for member in members):
        raise _refusal(EMPTY)
    if sum(member.file_size for member in members) > MAXIMUM_UNZIPPED_BYTES:
        raise _refusal(f"Unzipped size must be smaller than {MAXIMUM_UNZIPPED_BYTES} bytes")
    for member in members:
        path = PurePosixPath(member.filename)
        if path.is_absolute() or ".." in path.parts:
            raise _refusal(f"{NOT_A_ZIP} (the name {member.filename!r} leads out of the package)")
        if len(path.parts) > DEEPEST:
            raise _refusal(f"{NOT_A_ZIP} (the name {member.filename[:40]!r}... lies more than {DEEPEST} levels deep)")
        if _kind(member) not in (0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK):
            raise _refusal(f"{NOT_A_ZIP} ({member.filename!r} is neither a file, a directory nor a link)")


def _write(package: zipfile.ZipFile, members: list[zipfile.ZipInfo], target: Path) -> None:
    links = [member for member in members if _kind(member) == stat.S_IFLNK]
    for member in members:
        path = target / member.filename
        if member.is_dir():
            path.mkdir(parents=True, exist_ok=True)
        elif _kind(member) != stat.S_IFLNK:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_file(package, member, path)
    for member in links:
        path = target / member.filename
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(package.read(member).decode())
    for member in links:
        _confine(target / member.filename, target)
    for directory, _, _ in os.walk(target):
        Path(directory).chmod(0o755)


def _write_file(package: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    is_executable = member.external_attr >> 16 & 0o111
    with package.open(member) as content, path.open("wb") as file:
        shutil.copyfileobj(content, file)
        os.fchmod(file.fileno(), 0o755 if is_executable else 0o644)


def _confine(link: Path, target: Path) -> None:
    # Where the link really leads counts, not how it reads: a link may go by way of another one.
    root = os.path.realpath(target)
    if not Path(os.path.realpath(link)).is_relative_to(root) or link.readlink().is_absolute():
        raise _refusal(f"{NOT_A_ZIP} (the link {link.relative_to(target)} leads out of the package)")


def _kind(member: zipfile.ZipInfo) -> int:
    return stat.S_IFMT(member.external_attr >> 16)


def _refusal(message: str) -> ServiceError:
    return ServiceError("InvalidParameterValueException", message, 400, {"Type": "User"})
