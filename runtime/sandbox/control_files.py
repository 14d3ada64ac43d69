"""The control files of one cgroup: read often, so opened once; written seldom, so opened each time.

The kernel makes the content of such a file anew each time it is read from its beginning.
"""

from __future__ import annotations

import os
from pathlib import Path

from runtime.errors import PlatformError

_MOST_BYTES = 1 << 16


class ControlFiles:
    """Reads control files by their paths, and closes them all in the end."""

    def __init__(self) -> None:
        self._open: dict[Path, int] = {}

    def text(self, file: Path) -> str:
        """Read a control file."""
        descriptor = self._open.get(file)
        if descriptor is None:
            descriptor = self._open[file] = os.open(file, os.O_RDONLY)
        return os.pread(descriptor, _MOST_BYTES, 0).decode()

    def number(self, file: Path) -> int:
        """Read a control file that holds one number."""
        return int(self.text(file))

    def fields(self, file: Path) -> dict[str, int]:
        """Read a control file of ``name value`` lines."""
        return fields(self.text(file))

    def close(self) -> None:
        """Close what is open."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()


def fields(text: str) -> dict[str, int]:
    """Read ``name value`` lines."""
    found = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if value.isdigit():
            found[name] = int(value)
    return found


def write(file: Path, value: int | str) -> None:
    """Write a value into a control file; say which one if the kernel refuses."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            os.write(descriptor, str(value).encode())
        finally:
            os.close(descriptor)
    except OSError as error:
        raise PlatformError(f"The kernel refused {value} for {file}: {error.strerror}.") from error
