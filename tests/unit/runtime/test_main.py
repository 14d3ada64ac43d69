"""The command line: what it refuses, and how it says so."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.__main__ import main

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("option", "value"),
    [("--port", "65536"), ("--port", "-1"), ("--region", "us east"), ("--account", "١٢٣٤٥٦٧٨٩٠١٢"), ("--state", "\0")],
)
def test_a_value_that_cannot_be_is_refused_at_once(option: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["serve", option, value])

    assert f"argument {option}" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["lock", "journal.sqlite3", "account.sqlite3", "credentials", "endpoint.json"])
def test_a_state_directory_that_cannot_be_used_is_a_sentence_and_no_stack(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).mkdir()

    assert main(["serve", "--state", str(tmp_path)]) == 1

    said = capsys.readouterr().err
    assert said.startswith("runtime: ")
    assert str(tmp_path) in said


def test_serving_takes_all_the_file_descriptors_that_it_may_have(tmp_path: Path) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    serve = [sys.executable, "-m", "runtime", "serve", "--state", str(tmp_path)]
    command = ["/bin/sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh", *serve]

    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        process.stdout.readline()
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        process.terminate()

    (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
    assert int(line.split()[3]) == min(hard, 65_536)
