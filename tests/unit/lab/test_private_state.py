"""A state directory for one process alone."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lab.private_state import PREFIX, make_private_state


@pytest.fixture(autouse=True)
def temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture
def left_behind(tmp_path: Path) -> Path:
    """Return the private state of a process that is no more."""
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    state = tmp_path / f"{PREFIX}{ended.stdout.strip()}-abc"
    state.mkdir()
    return state


def test_what_a_killed_process_left_behind_is_removed_by_the_next(left_behind: Path) -> None:
    assert make_private_state().is_dir()

    assert not left_behind.exists()


def test_the_state_of_a_process_that_lives_is_left_alone() -> None:
    first = make_private_state()

    assert make_private_state() != first
    assert first.is_dir()


def test_a_state_whose_runtime_is_about_to_end_is_left_alone(left_behind: Path) -> None:
    with (left_behind / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_private_state()

    assert left_behind.exists()
