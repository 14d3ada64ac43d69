"""A template of a disk is made once for each size, sparse, with room for what it promises."""

from __future__ import annotations

import os
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
