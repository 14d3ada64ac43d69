"""Where namespaces are forbidden: the same attacks, run again as in a default container, as its root and as a user.

Each promise is either kept there too, or it is said that it is a lesser one (``lesser.py``); none is left out.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.unprivileged import HERE, PROMISES, Unprivileged

pytestmark = [
    pytest.mark.isolation,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a command as in a container"),
]
SLOW = (
    "test_processes.py", "test_cpu_share.py", "test_file_descriptors.py", "test_memory.py", "test_measuring.py",
    "test_storage.py",
)  # fmt: skip
"""Run for the ordinary user alone, whose guardian has the most to do: root's differs in none of what they attack."""
AHEAD = "test_stock.py"
"""Attacks what is made ahead; without namespaces nothing is."""
RUNS = [
    (name, user)
    for name in PROMISES
    for user in ("root", "nobody")
    if name != AHEAD and (user == "nobody" or name not in SLOW)
]


@pytest.fixture
def container(request: pytest.FixtureRequest) -> Iterator[Unprivileged]:
    name = request.param
    with tempfile.TemporaryDirectory(prefix=f"lambda-lab-{name}-") as home:
        Path(home).chmod(0o755)
        if name != "root":
            os.chown(home, 65_534, 65_534)
        yield Unprivileged("" if name == "root" else name, Path(home), "in_container.py")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("name", "container"), RUNS, indirect=["container"])
def test_each_promise_is_kept_or_said_to_be_a_lesser_one(container: Unprivileged, name: str) -> None:
    run = container.attack(name)

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert "cannot isolate" not in run.stdout


@pytest.mark.parametrize("container", ["root", "nobody"], indirect=True)
def test_doctor_says_which_mechanisms_stand_in_and_what_each_lacks(container: Unprivileged) -> None:
    doctor = container.doctor()

    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "Landlock" in doctor.stdout
    assert "names changed in system calls" in doctor.stdout
    assert "a write that is too much is not refused" in doctor.stdout


@pytest.mark.parametrize("container", ["nobody"], indirect=True)
def test_functions_in_every_language_write_to_tmp_and_the_journal_says_what_is_missing(
    container: Unprivileged,
) -> None:
    run = container.run(str(HERE / "programs" / "invoke_everything.py"), str(container.home / "state"))

    assert run.returncode == 0, run.stdout + run.stderr[-4000:]
    entries = json.loads(run.stdout.splitlines()[-1])
    assert {entry["runtime"].rstrip("0123456789.x") for entry in entries} == {"nodejs", "python"}
    for entry in entries:
        assert (entry["status"], entry["backend"]) == ("Succeeded", "confined"), entry
        assert "a write that is too much is not refused" in entry["lacking"]["storage"]
