"""What is in the repository can be read by the language that it is written in, and travels with the package."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lab.places import preview_node, program
from lab.syntax import SCRIPT_CHECK
from tests.docs.test_house import REPOSITORY, tracked

OF_2014 = ("runtime/bootstraps/nodejs/", "lab/handlers/", "lab/check_script.js", "lessons/files/")
"""What runs on Node v0.10.32, or must be able to."""
SHELL = [
    path for path in (REPOSITORY / ".ci/run", *(REPOSITORY / "binder").iterdir()) if path.read_bytes()[:2] == b"#!"
]
WITHOUT_USE = {".md"}
"""Files in the packages that are for readers of the repository alone."""


def name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


def environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "NODE_EXTRA_CA_CERTS"}


@pytest.mark.parametrize("script", tracked("*.js", "*.mjs", "*.cjs"), ids=name)
def test_every_script_is_javascript(script: Path) -> None:
    """A widget's script is a module whatever its ending; for the others Node decides, as it will when they run."""
    is_widget = "widgets" in script.parts
    command = [str(program("node")), "--check", *(["--input-type=module"] if is_widget else [str(script)])]

    read = subprocess.run(
        command, input=script.read_text() if is_widget else "", capture_output=True, text=True, env=environment()
    )

    assert read.returncode == 0, read.stderr


@pytest.mark.skipif(not preview_node().exists(), reason="Node v0.10.32 comes with the installation")
@pytest.mark.parametrize("script", [path for path in tracked("*.js") if name(path).startswith(OF_2014)], ids=name)
def test_what_runs_on_the_node_of_2014_can_be_read_by_it(script: Path) -> None:
    command = [str(preview_node()), str(SCRIPT_CHECK), str(script)]

    read = subprocess.run(command, capture_output=True, text=True, env=environment())

    assert read.returncode == 0, read.stderr


@pytest.mark.parametrize("script", SHELL, ids=name)
def test_every_shell_script_can_be_read_and_stops_at_the_first_error(script: Path) -> None:
    read = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True)

    assert read.returncode == 0, read.stderr
    assert "set -euo pipefail" in script.read_text()
    assert os.access(script, os.X_OK)


def test_the_package_carries_every_file_that_its_code_needs(tmp_path: Path) -> None:
    for path in tracked("lab", "runtime", "pyproject.toml", "README.md", "LICENSE"):
        copy = tmp_path / "source" / path.relative_to(REPOSITORY)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)

    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
         "--disable-pip-version-check", f"--wheel-dir={tmp_path}", str(tmp_path / "source")],
        capture_output=True,
        text=True,
    )  # fmt: skip

    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(zipfile.ZipFile(wheel).namelist())
    wanted = {name(path) for path in tracked("lab", "runtime") if path.suffix not in WITHOUT_USE}
    assert wanted - carried == set()
