"""The command line: what it refuses, and how it says so."""

from __future__ import annotations

import resource
import socket
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


@pytest.mark.parametrize("option", ["--port", "--concurrency", "--region"])
def test_a_doctor_is_not_told_what_only_who_serves_must_know(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", option, "1"])

    assert "unrecognized arguments" in capsys.readouterr().err


@pytest.mark.parametrize(("host", "is_warned"), [("127.0.0.2", False), ("192.0.2.1", True), ("no.such.host", True)])
def test_who_lets_others_on_the_network_call_is_told_what_that_means(
    tmp_path: Path, host: str, is_warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.2", 0)) as taken:  # so that it ends at once
        assert main(["serve", "--state", str(tmp_path), "--host", host, "--port", str(taken.getsockname()[1])]) == 1

    assert ("lets others on the network call" in capsys.readouterr().err) is is_warned


def test_where_it_listens_and_where_the_keys_are_is_said_when_it_is_ready(tmp_path: Path) -> None:
    serve = [sys.executable, "-m", "runtime", "serve", "--state", str(tmp_path)]

    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        assert process.stdout is not None
        endpoint, credentials = (process.stdout.readline().split() for _ in range(2))
        process.terminate()

    assert endpoint[1].startswith("http://127.0.0.1:")
    assert credentials == ["credentials", str(tmp_path / "credentials")]


def test_what_is_kept_is_nobody_elses_to_read(tmp_path: Path) -> None:
    serve = [sys.executable, "-m", "runtime", "serve", "--state", str(tmp_path)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, cwd=REPOSITORY, umask=0o022) as process:
        assert process.stdout is not None
        process.stdout.readline()
        files = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.iterdir() if file.is_file()}
        process.terminate()

    assert {"account.sqlite3", "journal.sqlite3", "store.sqlite3", "credentials"} <= set(files)
    assert {name for name, others in files.items() if others} <= {"lock"}


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
