"""Lay directories over each other, as a function sees its layers: what a later one has covers what an earlier one has.

Files are not copied but linked, so the result costs no room; it belongs to the same file system as the directories.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path


def lay_over_each_other(trees: Iterable[Path], target: Path) -> None:
    """Make a directory that holds what all of these hold."""
    target.mkdir(mode=0o755)
    for tree in trees:
        _lay(tree, target)


def _lay(tree: Path, target: Path) -> None:
    for entry in os.scandir(tree):
        place = target / entry.name
        if entry.is_dir(follow_symlinks=False):
            if place.is_symlink() or (place.exists() and not place.is_dir()):
                place.unlink()
            place.mkdir(mode=0o755, exist_ok=True)
            _lay(Path(entry.path), place)
            continue
        if place.is_symlink() or place.is_file():
            place.unlink()
        elif place.is_dir():
            shutil.rmtree(place)
        os.link(entry.path, place, follow_symlinks=False)
