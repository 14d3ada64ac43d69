"""Make the image from its recipe: the Dockerfile beside this file, its list of packages, and what prepares the system.

The image is labelled with a digest of the recipe, so that it is known which one it was made by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.errors import PlatformError
from runtime.images import base
from runtime.sandbox.docker.places import IMAGE, RECIPE_LABEL
from runtime.sandbox.recipe import GID, UID

if TYPE_CHECKING:
    import docker

RECIPE = Path(__file__).parent
FILES = ("Dockerfile", "packages.txt", "prepare.sh")


def digest() -> str:
    """Return what the recipe is known by."""
    return hashlib.sha256(b"\0".join((RECIPE / name).read_bytes() for name in FILES)).hexdigest()[:16]


def build(client: docker.APIClient, base_image: str | None, *, from_packages: bool, say: Callable[[str], None]) -> None:
    """Make the image on ``base_image``, on one that is made from packages, or on Debian's."""
    if from_packages:
        base_image = base.from_packages(client, (RECIPE / "packages.txt").read_text().split(), say)
    arguments = {"USER_ID": str(UID), "GROUP_ID": str(GID), **({"BASE": base_image} if base_image else {})}
    steps = client.build(
        path=str(RECIPE),
        tag=IMAGE,
        buildargs=arguments,
        labels={RECIPE_LABEL: digest()},
        rm=True,
        forcerm=True,
        decode=True,
    )
    for step in steps:
        if "error" in step:
            raise PlatformError(f"The image could not be made: {step['error'].strip()}")
        if line := step.get("stream", step.get("status", "")).strip():
            say(line)
