"""Where things lie: the repository, this Python's programs, the learner's state.

The environment is read here when a function is called, never at import.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""The repository."""
FIRST_LESSON = "lessons/01-run-a-function.ipynb"
QUIZZES = ROOT / "quizzes"
"""The course of nbgrader: its configuration, and the exchange unless it is elsewhere."""
WORK = "work"
"""The folder beside a notebook in which its handlers are written."""


def state_directory() -> Path:
    """Return where the learner's runtime keeps everything that is durable."""
    told = os.environ.get("LAMBDA_LAB_STATE")
    return Path(told).expanduser() if told else Path.home() / ".local" / "state" / "lambda-lab"


def learner_folder() -> Path:
    """Return where a learner's own copy of the lessons and the quizzes lie."""
    told = os.environ.get("LAMBDA_LAB_FOLDER")
    return Path(told).expanduser() if told else Path.home() / "my-lambda-lab"


def is_checked_by_nbgrader() -> bool:
    """Say whether nbgrader runs this kernel, to validate or to grade, and not a learner."""
    return bool(os.environ.get("NBGRADER_EXECUTION"))


def lab_version() -> str:
    """Return the version of the lab, as the runtime that comes with it calls its own."""
    try:
        return version("lambda-lab")
    except PackageNotFoundError:
        return "checkout"


def program(name: str) -> Path:
    """Return a program of this virtual environment (``node``, ``jupyter-lab``), be it active or not."""
    return Path(sys.prefix) / "bin" / name


def preview_node() -> Path:
    """Return Node v0.10.32, the preview's runtime, where the installation puts it."""
    return Path(sys.prefix) / "share/lambda-lab/nodejs/node/bin/node"


def child_environment(**added: str) -> Mapping[str, str]:
    """Return the environment for a process of the lab.

    This environment's programs come first on PATH (nbgrader calls ``alembic`` by name), and nothing of AWS is passed
    on: a kernel gets its credentials from ``lab.start()`` alone, so it can never reach a real account by accident.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name not in ("NODE_EXTRA_CA_CERTS", "PYTHONWARNINGS")
    }
    path = os.pathsep.join([str(Path(sys.prefix) / "bin"), kept.get("PATH", os.defpath)])
    return {**kept, "PATH": path, **added}
