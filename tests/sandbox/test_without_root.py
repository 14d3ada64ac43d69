"""The promises are kept for an ordinary user too: the same attacks, run again as ``nobody``.

Started by an ordinary user, the suite runs as that user anyway, and this file has nothing to add.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import REQUIRE_ALL
from tests.sandbox.as_nobody import NOBODY

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
LATE = "test_processes.py"
"""Without root the kernel refuses the 1,025th process as surely as with it, but on a busy machine it may take a minute
until a fork bomb is named: ``runtime/README.md`` says so, and only the refusal itself is held by a test."""
PROMISES = sorted(path.name for path in HERE.glob("test_*.py") if path.name not in (Path(__file__).name, LATE))

pytestmark = [
    pytest.mark.isolation,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="whoever is not root runs the whole suite without root"),
]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Return a directory that belongs to ``nobody``."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-nobody-") as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@pytest.fixture(scope="module")
def as_nobody(home: Path) -> Run:
    """Return a function that runs this Python as ``nobody``; skip where he cannot run it at all."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        reachable = (sys.base_prefix, sys.prefix, str(REPOSITORY), "--", sys.executable)
        environment = {
            "PATH": os.defpath,
            "HOME": str(home),
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            [sys.executable, str(HERE / "as_nobody.py"), *reachable, *arguments],
            cwd="/",
            env=environment,
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )

    tried = run("-c", "import pytest, boto3, runtime.sandbox.host as host; host.require()")
    if tried.returncode:
        give_up = pytest.fail if REQUIRE_ALL else pytest.skip
        give_up(f"nobody cannot make a sandbox here: {tried.stderr.strip()[-500:]}")
    return run


def attack(as_nobody: Run, home: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a file of promises as ``nobody``."""
    return as_nobody(
        "-m", "pytest", f"--rootdir={REPOSITORY}", f"--config-file={REPOSITORY / 'pyproject.toml'}", "-q",
        "-p", "no:cacheprovider", f"--basetemp={home / 'pytest'}", str(HERE / name), *arguments,
    )  # fmt: skip


@pytest.mark.parametrize("name", PROMISES)
def test_the_promise_is_kept_without_root(as_nobody: Run, home: Path, name: str) -> None:
    run = attack(as_nobody, home, name)

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert "skipped" not in run.stdout


def test_of_1500_threads_1024_exist_without_root_too(as_nobody: Run, home: Path) -> None:
    run = attack(as_nobody, home, LATE, "-k", "1500_threads")

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert "1 passed" in run.stdout


def test_each_promise_is_kept_and_what_is_emulated_is_said(as_nobody: Run, home: Path) -> None:
    doctor = as_nobody("-m", "runtime", "doctor", "--state", str(home / "state"))

    assert doctor.returncode == 0, doctor.stdout
    assert "NOT KEPT" not in doctor.stdout
    assert "emulated" in doctor.stdout
    assert "user namespace" in doctor.stdout


def test_where_user_namespaces_are_forbidden_too_it_is_said_with_the_remedy(as_nobody: Run, home: Path) -> None:
    doctor = as_nobody(str(HERE / "programs" / "doctor_without_namespaces.py"), str(home / "state"))

    assert doctor.returncode == 1, doctor.stdout + doctor.stderr
    assert "this host forbids user namespaces" in doctor.stdout
    assert "sudo" in doctor.stdout
    assert doctor.stderr == ""
