"""The system that an image begins with, where none can be pulled: put together from Debian's packages by mmdebstrap."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from runtime.errors import PlatformError
from runtime.sandbox.docker.engine import Engine
from runtime.sandbox.docker.places import RECIPE_LABEL

SUITE = "bookworm"
IMAGE = "lambda-lab/system"
TAG = SUITE
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")


def from_packages(engine: Engine, packages: list[str], recipe: str, say: Callable[[str], None]) -> str:
    """Make the system, hand it to the engine, and return the image's name."""
    with tempfile.TemporaryDirectory(prefix="lambda-lab-image-") as directory:
        archive = Path(directory) / "system.tar"
        _bootstrap(archive, packages, say)
        say(f"importing {archive.stat().st_size >> 20} MB")
        with engine.asked("import the system") as client:
            client.import_image(src=str(archive), repository=IMAGE, tag=TAG, changes=[f"LABEL {RECIPE_LABEL}={recipe}"])
    return f"{IMAGE}:{TAG}"


def _bootstrap(archive: Path, packages: list[str], say: Callable[[str], None]) -> None:
    command = [
        "mmdebstrap", "--variant=minbase", f"--include={','.join(packages)}", '--aptopt=Acquire::Languages "none"',
        *(f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT), SUITE, str(archive),
    ]  # fmt: skip
    try:
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None, "it is a pipe"
            said = []
            for line in process.stderr:
                said.append(line.strip())
                if line.startswith("I: "):
                    say(line[3:].strip())
    except FileNotFoundError:
        raise PlatformError("mmdebstrap is not installed (Debian: apt install mmdebstrap).") from None
    if process.returncode:
        raise PlatformError(f"mmdebstrap could not make the system: {' '.join(said[-5:])}")
