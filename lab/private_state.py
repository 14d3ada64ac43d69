"""A state directory for one process alone, which is thrown away with it.

Where nbgrader validates or grades, the runtime must not touch what the learner has made. Its state lies in the folder
for temporary files, under a name that says whose it is. The process removes it when it ends; what a process that was
killed has left behind, the next one removes.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from lab.runtime_process import is_held

PREFIX = "lambda-lab-private-"


def make_private_state() -> Path:
    """Make one for this process, and tidy up after others that are no more."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not _is_wanted(left):
            shutil.rmtree(left, ignore_errors=True)  # another user's stays: it is that user's to remove
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


def _is_wanted(state: Path) -> bool:
    """Say whether the process that a directory was made for lives, or its runtime is still about to end."""
    owner = state.name.removeprefix(PREFIX).partition("-")[0]
    return not owner.isdigit() or _lives(int(owner)) or is_held(state / "lock")


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # somebody else's
    return True
