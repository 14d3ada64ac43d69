"""The mark of a runtime on what it makes, by which the next one knows whether it still exists.

A mark is ``<pid>-<start time>-<pid namespace>``: a process id alone is given again, and means something else in another
process namespace. Of a runtime in another namespace nobody here can say whether it lives, so it is taken to live.
"""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

_FORM = re.compile("[0-9]{1,20}-[0-9]{1,20}-[0-9]{1,20}")


def mark() -> str:
    """Return the mark of this process."""
    return _mark(os.getpid())


@functools.cache
def _mark(pid: int) -> str:
    return f"{pid}-{_start_time(pid)}-{_pid_namespace()}"


def has_gone(mark: str) -> bool:
    """Say whether the process that had this mark has ended."""
    pid, start, namespace = mark.split("-")
    return namespace == _pid_namespace() and _start_time(int(pid)) != start


def is_mark(text: str) -> bool:
    """Say whether a text has the form of a mark."""
    return _FORM.fullmatch(text) is not None


def _start_time(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "gone"
    return stat.rpartition(")")[2].split()[19]


def _pid_namespace() -> str:
    return Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
