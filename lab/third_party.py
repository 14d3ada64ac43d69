"""Other people's modules for a deployment package: pip or npm installs them into a folder that is then zipped.

They are installed on this machine, for the Python and the Node that the lab's functions of today run on, and never into
the lab's own environment. Of npm's modules no install script is run: it would run here, with the learner's rights,
before any sandbox. What pip or npm has to say about a failure is shown in its own words.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError
from lab.places import child_environment, program

QUIET_LINES = 12
"""So many of the last lines of pip or npm are shown after a failure."""


def install_python(names: Sequence[str], folder: Path) -> None:
    """Install Python modules, and what they need, at the top of a folder, where a handler imports them."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run("pip", [*command, "--no-compile", "--target", str(folder), "--", *names], names)


def install_node(names: Sequence[str], folder: Path) -> None:
    """Install Node modules, and what they need, in ``node_modules`` of a folder, where a handler requires them."""
    command = [str(program("npm")), "install", "--silent", "--no-audit", "--no-fund", "--no-save", "--install-links"]
    quiet = ["--no-package-lock", "--ignore-scripts", "--loglevel=error", "--fetch-retries=1"]
    _run("npm", [*command, *quiet, "--prefix", str(folder), "--", *names], names)


def _run(installer: str, command: list[str], names: Sequence[str]) -> None:
    finished = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=dict(child_environment(**_authorities())),
    )
    if finished.returncode:
        words = "\n".join(f"  | {line}" for line in finished.stdout.strip().splitlines()[-QUIET_LINES:])
        raise LabError(
            f"{installer} could not install {', '.join(names)}.",
            details=f"Its last words:\n{words}" if words else "",
            remedy="look at the names, and whether this machine reaches the registry; a wheel, an archive or a folder "
            "on this machine can be named too, by its path.",
        )


def _authorities() -> dict[str, str]:
    """Let npm trust whom pip trusts, in a network with an authority of its own: npm does not look at SSL_CERT_FILE."""
    named = os.environ.get("SSL_CERT_FILE", "")
    return {"npm_config_cafile": named} if named and "npm_config_cafile" not in os.environ else {}
