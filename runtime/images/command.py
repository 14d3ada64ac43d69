"""The command ``image``: make, list, remove and check the image of the docker backend.

``check`` makes one sandbox of it and runs what every function may count on. The exit status is 1 if that fails.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from runtime.errors import PlatformError
from runtime.images import building
from runtime.sandbox.contract import Limits, Program, SandboxSpec
from runtime.sandbox.docker.backend import DockerBackend
from runtime.sandbox.docker.engine import Engine
from runtime.sandbox.docker.places import RECIPE_LABEL

COUNTED_ON = ("python3 --version", "convert -version | head -1", "id -un", "df -h /tmp | tail -1")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what can be said to ``image``."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    making = actions.add_parser("build", help=build.__doc__)
    making.set_defaults(action=build)
    source = making.add_mutually_exclusive_group()
    source.add_argument("--base", metavar="IMAGE", help="a Debian to begin with, instead of debian:bookworm-slim")
    source.add_argument(
        "--base-from-packages", action="store_true", help="put the Debian together with mmdebstrap; nothing is pulled"
    )
    for name, action in (("ls", show), ("rm", remove), ("check", check)):
        actions.add_parser(name, help=action.__doc__).set_defaults(action=action)


def run(options: argparse.Namespace) -> int:
    """Do what was asked for; return the exit status."""
    return int(options.action(options))


def build(options: argparse.Namespace) -> int:
    """Make the image; say how far it is, and how large it has become."""
    engine = Engine()
    building.build(engine, options.base, from_packages=options.base_from_packages, say=_say)
    _say_size(engine)
    return 0


def show(_options: argparse.Namespace) -> int:
    """List the images that were made here, with their size and whether this version has made them."""
    with Engine().asked("list the images") as client:
        for image in client.images(filters={"label": RECIPE_LABEL}):
            recipe = image["Labels"][RECIPE_LABEL]
            whose = "of this version" if recipe == building.digest() else "of another version"
            names = ", ".join(image["RepoTags"] or ["<none>"])
            print(f"{names}  {image['Id'].removeprefix('sha256:')[:12]}  {_megabytes(image['Size'])}  {whose}")
    return 0


def remove(_options: argparse.Namespace) -> int:
    """Remove the images that were made here; nothing is done where there are none."""
    with Engine().asked("remove the images") as client:
        for image in client.images(filters={"label": RECIPE_LABEL}):
            client.remove_image(image["Id"], force=True)
            print(f"removed {image['Id'].removeprefix('sha256:')[:12]}")
    return 0


def check(_options: argparse.Namespace) -> int:
    """Make a sandbox of the image, and run in it what functions count on."""
    engine = Engine()
    made_by = (engine.image()["Config"]["Labels"] or {}).get(RECIPE_LABEL)
    _say_size(engine)
    if made_by != building.digest():
        raise PlatformError("The image was made by another version of this project. Make it again: image build.")
    with tempfile.TemporaryDirectory(prefix="lambda-lab-image-") as state:
        return asyncio.run(_try_out(Path(state)))


async def _try_out(state: Path) -> int:
    backend = DockerBackend(state)
    try:
        sandbox = await backend.create(SandboxSpec(Limits(memory_mib=128, cpu_share=1.0)))
        script = " && ".join(COUNTED_ON)
        await sandbox.start(Program(("/bin/sh", "-c", script), {"PATH": "/usr/bin:/bin"}))
        ended = await sandbox.exited()
        print((await sandbox.output.read()).decode(errors="replace"), end="")
        return 0 if ended.status == 0 else 1
    finally:
        await backend.close()


def _say_size(engine: Engine) -> None:
    print(f"{', '.join(engine.image()['RepoTags'])}: {_megabytes(engine.image()['Size'])}")


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.0f} MB"


def _say(line: str) -> None:
    print(line, flush=True)
