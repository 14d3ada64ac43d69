"""What this host can enforce is said promise by promise, and what is lacking is said with a remedy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.sandbox import host

REPOSITORY = Path(__file__).resolve().parents[4]
NAMES = (
    "memory", "CPU share", "processes and threads", "file descriptors", "storage", "time",
    "files", "privileges", "network",
)  # fmt: skip


def test_every_promise_is_answered_for(tmp_path: Path) -> None:
    promises = host.promises(tmp_path)

    assert tuple(promise.name for promise in promises) == NAMES
    for promise in promises:
        assert promise.mechanism or promise.remark


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_without_root_each_promise_is_lacking_and_the_remedy_is_said(tmp_path: Path) -> None:
    script = Path(__file__).parent / "promises_without_root.py"

    answer = subprocess.run(
        [sys.executable, "-S", str(script), str(REPOSITORY), str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert answer.stdout.count("None") == len(NAMES)
    assert "sudo" in answer.stdout
    assert "refused: Sandboxes cannot be made here" in answer.stdout
