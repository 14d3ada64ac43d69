from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from runtime.bootstraps import parts

BOOTSTRAPS = Path(parts.__file__).parent


@pytest.fixture
def tools(tmp_path: Path) -> tuple[Path, Path]:
    """Return a Python that installs nothing and says it is 3.11, and an npm that refuses."""
    python, npm = tmp_path / "python", tmp_path / "npm"
    python.write_text('#!/bin/sh\n[ "$1" = -c ] && echo 3.11\nexit 0\n')
    npm.write_text("#!/bin/sh\necho no such registry >&2\nexit 1\n")
    for tool in (python, npm):
        tool.chmod(0o755)
    return python, npm


def test_a_tool_that_fails_is_quoted_and_what_was_there_stays(tmp_path: Path, tools: tuple[Path, Path]) -> None:
    (tmp_path / "parts/nodejs").mkdir(parents=True)
    (tmp_path / "parts/nodejs/old").touch()

    with pytest.raises(RuntimeError, match="no such registry"):
        parts.install(tmp_path / "parts", *tools)

    assert (tmp_path / "parts/nodejs/old").exists()


def test_parts_whose_locks_have_not_changed_are_left_alone(
    tmp_path: Path, tools: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    nodejs = tmp_path / "parts/nodejs"
    nodejs.mkdir(parents=True)
    locks = [BOOTSTRAPS / "nodejs" / name for name in ("package.json", "package-lock.json")]
    (nodejs / parts.STAMP).write_text(hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest())

    parts.install(tmp_path / "parts", *tools)
    parts.install(tmp_path / "parts", *tools)

    said = capsys.readouterr().out.splitlines()
    assert said == [
        "parts: nodejs is up to date",
        "parts: fetching python3.11 ...",
        "parts: python3.11 is ready",
        "parts: nodejs is up to date",
        "parts: python3.11 is up to date",
    ]
    assert (tmp_path / "parts/empty").is_dir()


def test_the_lock_of_npm_names_no_registry_and_pins_everything() -> None:
    lock = json.loads((BOOTSTRAPS / "nodejs/package-lock.json").read_text())

    packages = [package for name, package in lock["packages"].items() if name]
    assert all(package["integrity"] and "resolved" not in package for package in packages)


def test_what_python_functions_find_is_pinned() -> None:
    lines = (BOOTSTRAPS / "python/requirements.txt").read_text().splitlines()

    assert all("==" in line for line in lines if not line.startswith("#"))
