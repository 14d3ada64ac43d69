"""Make the image from its recipe: the Dockerfile beside this file, its list of packages, and what prepares the system.

The image is labelled with a digest of the recipe, so that it is known which one it was made by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from runtime.errors import PlatformError
from runtime.images import system
from runtime.sandbox.docker.engine import Engine
from runtime.sandbox.docker.places import IMAGE, RECIPE_LABEL
from runtime.sandbox.recipe import GID, UID

RECIPE = Path(__file__).parent
NOT_PULLED = "Where no image can be pulled, --base-from-packages puts the system together."
FILES = ("Dockerfile", "packages.txt", "prepare.sh")


def digest() -> str:
    """Return what the recipe is known by."""
    return hashlib.sha256(b"\0".join((RECIPE / name).read_bytes() for name in FILES)).hexdigest()[:16]


def build(engine: Engine, beginning: str | None, *, from_packages: bool, say: Callable[[str], None]) -> None:
    """Make the image on ``beginning``, on one that is made from packages, or on Debian's."""
    if from_packages:
        beginning = system.from_packages(engine, (RECIPE / "packages.txt").read_text().split(), digest(), say)
    arguments = {"USER_ID": str(UID), "GROUP_ID": str(GID), **({"BASE": beginning} if beginning else {})}
    with engine.asked("make the image") as client:
        for step in client.build(
            path=str(RECIPE),
            tag=IMAGE,
            buildargs=arguments,
            labels={RECIPE_LABEL: digest()},
            rm=True,
            forcerm=True,
            decode=True,
        ):
            if "error" in step:
                raise PlatformError(f"The image could not be made: {step['error'].strip()}. {NOT_PULLED}")
            if line := step.get("stream", step.get("status", "")).strip():
                say(line)
        # What was only a step on the way, or has lost its name to the new one.
        client.prune_images(filters={"dangling": True, "label": RECIPE_LABEL})  # type: ignore[no-untyped-call]
