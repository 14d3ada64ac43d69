"""The installer's memory: what is complete is left alone, what was interrupted is not trusted."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
NEEDED = (
    "lab/install.py",
    "pyproject.toml",
    "requirements.lock",
    "requirements-test.lock",
    "runtime/bootstraps",
    "tests/differential",
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a repository that has what the installer reads, and an environment in name only."""
    for name in NEEDED:
        source, target = REPOSITORY / name, tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").touch(mode=0o755)
    return tmp_path


def installer(copy: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location("installer", copy / "lab/install.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["installer"] = module
    specification.loader.exec_module(module)
    return module


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(copy / "lab/install.py"), *arguments], capture_output=True, text=True, timeout=30
    )


def stamp(copy: Path, *, with_tests: bool) -> None:
    (copy / ".venv/installed.json").write_text(json.dumps(installer(copy)._wanted(with_tests=with_tests)))


def test_an_environment_that_is_complete_is_left_alone(copy: Path) -> None:
    stamp(copy, with_tests=False)

    finished = run(copy)

    assert finished.returncode == 0
    assert "[1/" not in finished.stdout


def test_an_environment_for_tests_is_complete_for_the_lab_too(copy: Path) -> None:
    stamp(copy, with_tests=True)

    assert "[1/" not in run(copy).stdout


def test_another_lock_file_asks_for_another_installation(copy: Path) -> None:
    stamp(copy, with_tests=False)
    (copy / "requirements.lock").write_text("boto3==1.0\n")

    module = installer(copy)

    assert not module._stamped().items() >= module._wanted(with_tests=False).items()


def test_a_failure_says_what_failed_leaves_no_stamp_and_is_no_success(copy: Path) -> None:
    (copy / ".venv/bin/python").write_text("#!/bin/sh\necho the index is out of reach\nexit 1\n")
    (copy / ".venv/pyvenv.cfg").write_text(f"version = {sys.version.split()[0]}\n")

    finished = run(copy)

    assert finished.returncode == 1
    assert "the index is out of reach" in finished.stderr
    assert "run the same command again" in finished.stderr
    assert not (copy / ".venv/installed.json").exists()
    assert (copy / ".venv/unfinished").exists()


def test_an_environment_that_was_interrupted_while_it_was_made_is_not_trusted(copy: Path) -> None:
    shutil.rmtree(copy / ".venv")
    command = [sys.executable, "-I", str(copy / "lab/install.py")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as installing:
        while not (copy / ".venv/bin/python").exists():
            assert installing.poll() is None
            time.sleep(0.005)
        os.killpg(installing.pid, signal.SIGKILL)

    assert (copy / ".venv/unfinished").exists()


@pytest.mark.parametrize("version", [(3, 9, 2), (3, 13, 0)])
def test_another_python_is_refused_with_the_way_to_name_the_right_one(copy: Path, version: tuple[int, ...]) -> None:
    module = installer(copy)

    with pytest.raises(module.InstallError, match=r"needs Python 3\.11; this is 3\.[\s\S]*make lab PYTHON=python3\.11"):
        module._check_python(version)
