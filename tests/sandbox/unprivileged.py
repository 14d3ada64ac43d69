"""Run Python, and the promises, as a user who is not root."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import REQUIRE_ALL

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
AGAIN = ("test_in_container.py", "test_without_root.py", "test_delegated.py", "test_delegation.py", "test_docker.py")
"""Files that run others, or need root themselves."""
PROMISES = sorted(path.name for path in HERE.glob("test_*.py") if path.name not in AGAIN)


@dataclass(frozen=True)
class Unprivileged:
    """A user with a directory of his own."""

    name: str
    """Empty: root, who has no privileges but those of a container."""
    home: Path
    launcher: str = "as_nobody.py"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run this Python."""
        reachable = (sys.base_prefix, sys.prefix, str(REPOSITORY), "--", sys.executable)
        who = [f"--user={self.name}"] if self.name else []
        environment = {
            "PATH": os.defpath,
            "HOME": str(self.home),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            [sys.executable, str(HERE / self.launcher), *who, *reachable, *arguments],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )

    def attack(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a file of promises, each attack in one language: what differs for a user is not what he speaks."""
        return self.run(
            "-m", "pytest", f"--rootdir={REPOSITORY}", f"--config-file={REPOSITORY / 'pyproject.toml'}", "-q",
            "-p", "no:cacheprovider", "-m", "not further_language", f"--basetemp={self.home / 'pytest'}",
            str(HERE / name), *arguments,
        )  # fmt: skip

    def doctor(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Ask what is promised."""
        return self.run("-m", "runtime", "doctor", "--state", str(self.home / "state"), *arguments)


def skipped_without_need(said: str) -> list[str]:
    """List the tests that were skipped, but for those that only root can run."""
    return [line for line in said.splitlines() if line.startswith("SKIPPED") and "root" not in line.partition(": ")[2]]


@contextmanager
def unprivileged(name: str) -> Iterator[Unprivileged]:
    """Let a user have a home for a while; skip where he cannot make a sandbox at all."""
    with tempfile.TemporaryDirectory(prefix=f"lambda-lab-{name}-") as home:
        os.chown(home, *pwd.getpwnam(name)[2:4])
        user = Unprivileged(name, Path(home))
        tried = user.run("-c", "import pytest, boto3, runtime.sandbox.host as host; host.require()")
        if tried.returncode:
            give_up = pytest.fail if REQUIRE_ALL else pytest.skip
            give_up(f"{name} cannot make a sandbox here: {tried.stderr.strip()[-500:]}")
        yield user
