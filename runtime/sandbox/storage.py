"""``/tmp`` as a disk: a file system of its own size for each sandbox, in a file without a name.

*Theory of operation.* An empty ext4 file system is made once for each size and kept as a template. For a sandbox its
few blocks of content are copied into a sparse file that is deleted at once; a loop device with *autoclear* holds on to
it, and process 1 mounts the device. When the sandbox ends, its mount namespace goes, with it the mount, with it the
loop device, with it the file: even if the runtime is killed, nothing needs to be tidied up.

Why not a tmpfs: its pages are memory, and a function of 128 MB could then not fill its 512 MB of storage. Where loop
devices cannot be had, a tmpfs it is (:attr:`Disk.device` is empty), and ``host.py`` says so.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import struct
import subprocess
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from runtime.errors import PlatformError

DEFAULT_MIB = 512

_MIB = 1 << 20
_ADMINISTRATORS_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"
_MAKE_FILE_SYSTEM = (
    "-q", "-F", "-m", "0", "-O", "^has_journal,^resize_inode", "-i", "16384",
    "-E", "lazy_itable_init=1,nodiscard,root_owner=0:0",
)  # fmt: skip
_TEMPLATE_VERSION = 3

_LOOP_CTL_GET_FREE = 0x4C82
_LOOP_CONFIGURE = 0x4C0A
_LO_FLAGS_AUTOCLEAR = 4
_LOOP_MAJOR = 7
_ATTEMPTS = 64


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system for one sandbox, which has not mounted it yet."""

    device: str
    """A loop device; empty where there is none, and a tmpfs must do."""
    size_bytes: int
    descriptor: int | None
    """Keeps the loop device until it is mounted."""
    is_new: bool = True
    """Whether nobody has used it yet; if so it must be empty."""

    def lend(self) -> int:
        """Return a second hold on the device for whoever mounts it; he closes it."""
        assert self.descriptor is not None, "there is a device"
        return os.dup(self.descriptor)

    def release(self) -> None:
        """Let go of the device: from now on the mount keeps it, and if there is none it vanishes."""
        if self.descriptor is not None:
            os.close(self.descriptor)


class Inheritance(NamedTuple):
    """What a sandbox leaves to another one."""

    directory: int
    """A descriptor of a directory on its disk."""
    uid: int
    """The user whose files lie on it."""


@dataclass(frozen=True, slots=True)
class Template:
    """An empty file system: how large it is, and the few parts of it that are not empty, with where they begin."""

    size_bytes: int
    parts: list[tuple[int, bytes]]


class Storage:
    """Makes disks; its methods block for a few milliseconds, so call them in a thread."""

    def __init__(self, directory: Path, *, can_mount: bool = True) -> None:
        self._directory = directory
        self._can_mount = can_mount
        self._lock = threading.Lock()
        self._templates: dict[int, Template] = {}
        self.lacking = self._find_lacking()
        """Why there are no loop devices here; empty where there are."""

    def disk(self, size_mib: int) -> Disk:
        """Return a new empty disk."""
        if self.lacking:
            return Disk("", size_mib * _MIB, None)
        with self._copy(size_mib) as image:
            device, descriptor = _attach(image)
        return Disk(device, size_mib * _MIB, descriptor)

    @staticmethod
    def inherited(directory: int, size_mib: int) -> Disk:
        """Return the disk on which a directory lies, to be mounted once more. Keep the directory open until then."""
        number = os.fstat(directory).st_dev
        device = f"/dev/loop{os.minor(number)}"
        descriptor = os.open(device, os.O_RDWR)
        if os.fstat(descriptor).st_rdev != number:
            os.close(descriptor)
            raise PlatformError(f"{device} is not the disk that was to be inherited.")
        return Disk(device, size_mib * _MIB, descriptor, is_new=False)

    def _find_lacking(self) -> str:
        if not self._can_mount:
            return "only root may mount a disk"
        if _make_file_system() is None:
            return "mkfs.ext4 is not installed (Debian: apt install e2fsprogs)"
        try:
            with self._copy(DEFAULT_MIB) as image:
                _, descriptor = _attach(image)
        except OSError as error:
            return f"this host does not let us use loop devices ({error.strerror})"
        os.close(descriptor)
        return ""

    def _template(self, size_mib: int) -> Template:
        path = self._directory / f"empty-{size_mib}-v{_TEMPLATE_VERSION}.ext4"
        with self._lock:
            if size_mib not in self._templates:
                if not path.exists():
                    self._make_template(path, size_mib)
                self._templates[size_mib] = _read(path)
        return self._templates[size_mib]

    def _make_template(self, path: Path, size_mib: int) -> None:
        # A name of its own and a rename: two makers, in this process or another, never write into one file, and whoever
        # reads the template reads a finished one.
        self._directory.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f"{path.name}.", dir=self._directory)
        with os.fdopen(descriptor, "wb") as file:
            file.truncate(_image_bytes(size_mib))
        unfinished = Path(name)
        try:
            command = [_make_file_system() or "mkfs.ext4", *_MAKE_FILE_SYSTEM, name]
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            if result.returncode:
                raise PlatformError(f"mkfs.ext4 could not make the file system of /tmp: {result.stderr.strip()}")
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)

    def _copy(self, size_mib: int) -> IO[bytes]:
        """Write what a template holds into a nameless sparse file."""
        template = self._template(size_mib)
        image = tempfile.TemporaryFile(dir=self._directory, buffering=0)  # noqa: SIM115  the caller closes it
        try:
            image.truncate(template.size_bytes)
            for start, content in template.parts:
                if os.pwrite(image.fileno(), content, start) != len(content):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except BaseException:
            image.close()
            raise
        return image


def _read(path: Path) -> Template:
    """Read what a template holds, once the disk has it: of what is still on its way the holes are not known surely."""
    with path.open("rb+", buffering=0) as source:
        os.fsync(source.fileno())
        size = os.fstat(source.fileno()).st_size
        extents = _extents(source.fileno(), size)
        return Template(size, [(start, os.pread(source.fileno(), end - start, start)) for start, end in extents])


def _make_file_system() -> str | None:
    return shutil.which("mkfs.ext4", path=_ADMINISTRATORS_PATH)


def _image_bytes(size_mib: int) -> int:
    """Return the size of a device on which a little more than that is free, beside what the file system needs."""
    return size_mib * _MIB + size_mib * _MIB // 40 + 12 * _MIB


def _extents(descriptor: int, size: int) -> list[tuple[int, int]]:
    """List the parts of a sparse file that hold something."""
    extents: list[tuple[int, int]] = []
    offset = 0
    while offset < size:
        try:
            start = os.lseek(descriptor, offset, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:
                return extents  # nothing but a hole from here on
            raise
        offset = os.lseek(descriptor, start, os.SEEK_HOLE)
        extents.append((start, offset))
    return extents


def _attach(image: IO[bytes]) -> tuple[str, int]:
    """Put a loop device in front of a file; it goes by itself when nobody uses it any more."""
    # struct loop_config: fd, block size, then struct loop_info64 with its flags at byte 52, then 64 reserved bytes
    configuration = bytearray(304)
    struct.pack_into("<II", configuration, 0, image.fileno(), 4096)
    struct.pack_into("<I", configuration, 8 + 52, _LO_FLAGS_AUTOCLEAR)
    control = os.open("/dev/loop-control", os.O_RDWR)
    try:
        for _ in range(_ATTEMPTS):
            number = fcntl.ioctl(control, _LOOP_CTL_GET_FREE)
            device = Path(f"/dev/loop{number}")
            if not device.exists():
                with suppress(FileExistsError):  # somebody else made it first
                    os.mknod(device, 0o060660, os.makedev(_LOOP_MAJOR, number))
            try:
                descriptor = os.open(device, os.O_RDWR)
            except OSError as error:
                if error.errno != errno.ENXIO:  # it is being let go at this moment: try the next
                    raise
                continue
            try:
                fcntl.ioctl(descriptor, _LOOP_CONFIGURE, bytes(configuration))
            except OSError as error:
                os.close(descriptor)
                if error.errno != errno.EBUSY:  # somebody else took it first: try the next
                    raise
            else:
                return str(device), descriptor
    finally:
        os.close(control)
    raise OSError(errno.EBUSY, "no free loop device")
