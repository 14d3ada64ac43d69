"""A template of a disk is made once for each size, sparse, with room for what it promises."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.sandbox.storage import Storage

pytestmark = pytest.mark.isolation


def test_templates_are_sparse_and_made_once(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    template = next(tmp_path.glob("empty-512-*.ext4"))
    made = template.stat().st_mtime_ns

    disk = storage.disk(512)
    disk.release()

    assert template.stat().st_mtime_ns == made
    assert template.stat().st_size > 512 << 20
    assert template.stat().st_blocks * 512 < 2 << 20
    assert os.listdir(tmp_path) == [template.name]  # noqa: PTH208


def test_many_makers_of_one_template_leave_it_whole(tmp_path: Path) -> None:
    def make(_: int) -> None:
        Storage(tmp_path).disk(64).release()

    with ThreadPoolExecutor(8) as makers:
        list(makers.map(make, range(16)))

    for template in tmp_path.iterdir():
        check = subprocess.run(
            ["e2fsck", "-f", "-n", str(template)], capture_output=True, text=True, env={"PATH": "/usr/sbin:/sbin"}
        )
        assert check.returncode == 0, check.stdout
    assert {path.suffix for path in tmp_path.iterdir()} == {".ext4"}
