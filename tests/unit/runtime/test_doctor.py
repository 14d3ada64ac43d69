"""The command ``doctor`` says what was left, and answers accordingly."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.__main__ import main
from runtime.state_directory import is_in_use, locked


def test_what_was_left_is_said_with_the_remedy_and_is_the_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unfinished = tmp_path / "sandbox" / "empty-512-v3.ext4.x1y2z3"
    unfinished.parent.mkdir()
    unfinished.touch()

    status = main(["doctor", "--state", str(tmp_path)])

    assert status == 1
    assert f"files: rm {unfinished}" in capsys.readouterr().out


def test_what_a_living_runtime_is_making_is_not_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unfinished = tmp_path / "sandbox" / "empty-512-v3.ext4.x1y2z3"
    unfinished.parent.mkdir()
    unfinished.touch()

    with locked(tmp_path):
        main(["doctor", "--state", str(tmp_path)])

    assert str(unfinished) not in capsys.readouterr().out


def test_a_directory_is_in_use_while_somebody_holds_its_lock(tmp_path: Path) -> None:
    assert not is_in_use(tmp_path)
    with locked(tmp_path):
        assert is_in_use(tmp_path)
    assert not is_in_use(tmp_path)
