from __future__ import annotations

import errno
from pathlib import Path

import pytest

from runtime.invocation.ending import NotStarted
from runtime.invocation.entrypoint import find, refused
from runtime.sandbox.contract import Mount

CANDIDATES = ("/var/task/bootstrap", "/opt/bootstrap")


@pytest.fixture
def mounts(tmp_path: Path) -> tuple[Mount, Mount]:
    for name in ("package", "layers"):
        (tmp_path / name).mkdir()
    return Mount(tmp_path / "package", "/var/task"), Mount(tmp_path / "layers", "/opt")


def test_what_the_package_brings_comes_before_what_a_layer_brings(mounts: tuple[Mount, Mount]) -> None:
    package, layers = mounts

    (layers.source / "bootstrap").touch()
    assert find(CANDIDATES, mounts) == "/opt/bootstrap"
    (package.source / "bootstrap").touch()
    assert find(CANDIDATES, mounts) == "/var/task/bootstrap"


def test_neither_a_folder_nor_a_link_into_the_void_is_a_program(mounts: tuple[Mount, Mount]) -> None:
    package, layers = mounts
    (package.source / "bootstrap").mkdir()
    (layers.source / "bootstrap").symlink_to("nowhere")

    lacking = find(CANDIDATES, mounts)

    assert lacking == NotStarted("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")


def test_a_link_to_a_file_of_the_package_is_a_program(mounts: tuple[Mount, Mount]) -> None:
    package, _ = mounts
    (package.source / "mine").touch()
    (package.source / "bootstrap").symlink_to("mine")

    assert find(CANDIDATES, mounts) == "/var/task/bootstrap"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "permission denied"),
        (errno.ENOEXEC, "exec format error"),
        (errno.ENOENT, "no such file or directory"),
    ],
)
def test_an_errno_is_told_in_the_words_of_go(number: int, words: str) -> None:
    assert refused("/opt/bootstrap", number).why == f"fork/exec /opt/bootstrap: {words}"
