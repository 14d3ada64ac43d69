"""The directory of a confined sandbox, and which names inside stand for what in it.

``tmp`` is what the program calls ``/tmp``; ``etc`` has the few files that name nobody of the machine; ``empty`` stands
for everything that is hidden; ``frame`` has the directories in which mounts would lie. The mounts stand where they are.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from runtime.errors import PlatformError
from runtime.sandbox import configuration
from runtime.sandbox.confined import grants
from runtime.sandbox.contract import OWN_PLACES, SandboxSpec
from runtime.sandbox.mounts import PLACES
from runtime.sandbox.recipe import GID

FRAMES = ("/var", "/opt")
FRAMED = ("/var/task", "/var/runtime", "/var/lang", "/opt")
_ATTEMPTS = 30


def furnish(directory: Path, spec: SandboxSpec, sandbox_id: str, user: int | None) -> None:
    """Make the directory of a sandbox."""
    directory.mkdir(parents=True)
    for name in (grants.WRITABLE, *grants.READABLE):
        (directory / name).mkdir()
    owner = os.geteuid() if user is None else user
    group = os.getegid() if user is None else GID
    for name, text in (
        *configuration.of_all(spec.mold.user, group),
        *configuration.of_each(f"sandbox-{sandbox_id}", spec.mold.user, owner, group),
    ):
        (directory / "etc" / name).write_text(text)
    for target in (*FRAMED, *(mount.target for mount in (*spec.mold.mounts, *spec.mounts))):
        if target.startswith(FRAMES):
            (directory / f"frame{target}").mkdir(parents=True, exist_ok=True)
    for path in (directory, *directory.rglob("*")):  # however cautious the runtime's own user is
        path.chmod(0o755 if path.is_dir() else 0o644)
    writable = directory / grants.WRITABLE
    writable.chmod(0o700)
    if user is not None:
        os.chown(writable, user, GID)


def require_places(spec: SandboxSpec) -> None:
    """Refuse mounts at places where they could not be mounted either."""
    for mount in spec.mounts:
        if mount.target not in (*OWN_PLACES, *PLACES):
            raise PlatformError(
                f"The sandbox could not be built: {mount.target} is no directory that every sandbox has."
            )
    mounts = {mount.target: str(mount.source.resolve()) for mount in spec.mold.mounts}
    for place, _ in _covered(mounts):
        if Path(place).resolve() != Path(place):
            raise PlatformError(f"The sandbox could not be built: {place} lies behind a symbolic link.")


def places(directory: str, mounts: Mapping[str, str]) -> dict[str, str]:
    """Return what each name inside stands for."""
    return {
        **dict.fromkeys(grants.hidden(), f"{directory}/empty"),
        **{f"/etc/{name}": f"{directory}/etc/{name}" for name in (*configuration.OF_ALL, *configuration.OF_EACH)},
        **{frame: f"{directory}/frame{frame}" for frame in FRAMES},
        "/tmp": f"{directory}/{grants.WRITABLE}",
        **mounts,
        **dict(_covered(mounts)),
    }


def _covered(mounts: Mapping[str, str]) -> list[tuple[str, str]]:
    """List the parts of mounts that others cover, by their real names, with what covers them."""
    return [
        (source + other[len(target) :], cover)
        for target, source in mounts.items()
        for other, cover in mounts.items()
        if other.startswith(target + "/")
    ]


def remove_tree(directory: Path) -> None:
    """Remove a directory, also what its owner has locked, and what is made in it while the last process ends."""
    for attempt in range(_ATTEMPTS):
        shutil.rmtree(directory, onerror=_unlock)
        if not directory.exists():
            return
        time.sleep(attempt / 100)
    raise PlatformError(f"{directory} could not be removed: something in it does not end.")


def _unlock(_attempt: Callable[..., Any], path: str, _error: object) -> None:
    """Open what is locked, for the next time."""
    for place in (Path(path).parent, Path(path)):
        if place.is_dir() and not place.is_symlink():
            place.chmod(0o700)
