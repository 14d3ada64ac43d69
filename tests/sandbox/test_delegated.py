"""The promises are kept for an ordinary user to whom root has delegated cgroups, and by the kernel."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.sandbox import hierarchies
from tests.sandbox.unprivileged import PROMISES, REPOSITORY, Unprivileged, skipped_without_need, unprivileged

USER, UID = "daemon", 1
"""Who is there on every Linux, and is not the one who runs the same attacks without delegated groups."""

pytestmark = [
    pytest.mark.isolation,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root delegates"),
]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runtime", "delegate", *arguments],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )


def delegated() -> list[Path]:
    places = (hierarchies.belonging_to(UID, mounted.place) for mounted in hierarchies.mounted())
    return [place for place in places if place.exists()]


@pytest.fixture(scope="module")
def user() -> Iterator[Unprivileged]:
    """Return a user with groups of his own, made by the command that root would type."""
    with unprivileged(USER) as made:
        given = command(USER)
        if given.returncode:
            pytest.skip(f"cgroups cannot be delegated here: {given.stderr}")
        yield made
        assert command("--remove", USER).returncode == 0
        assert delegated() == []


@pytest.mark.parametrize("name", PROMISES)
def test_the_promise_is_kept_with_delegated_groups(user: Unprivileged, name: str) -> None:
    run = user.attack(name)

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert skipped_without_need(run.stdout) == []


def test_the_kernel_keeps_what_was_emulated(user: Unprivileged) -> None:
    doctor = user.doctor()

    mechanisms = dict(line.split("  ", 1) for line in doctor.stdout.splitlines() if line[:1].strip() and "  " in line)
    assert doctor.returncode == 0, doctor.stdout
    assert mechanisms["CPU share"].strip() in ("cgroup v1 cpu, quota every 20 ms", "cgroup v2 cpu, quota every 20 ms")
    assert mechanisms["processes and threads"].strip() in ("cgroup v1 pids", "cgroup v2 pids")


def test_delegating_again_changes_nothing_and_says_so(user: Unprivileged) -> None:
    before = delegated()

    again = command(USER)

    assert again.returncode == 0
    assert again.stdout.count("Already there") == len(before) > 0
    assert delegated() == before


def test_groups_in_use_are_not_taken_away(user: Unprivileged) -> None:
    top = delegated()[0]
    group = top / "lambda-lab" / f"{os.getpid()}-somebody-elses"
    group.mkdir(parents=True)
    try:
        refused = command("--remove", USER)
        assert refused.returncode == 1
        assert "Stop it, then run this again" in refused.stderr
        assert len(delegated()) > 0
    finally:
        group.rmdir()
        group.parent.rmdir()


def test_another_user_has_no_right_in_them(user: Unprivileged) -> None:
    place = delegated()[0]

    with unprivileged("nobody") as other:
        tried = other.run("-c", f"import os; os.mkdir({str(place / 'mine')!r})")

    assert "PermissionError" in tried.stderr


@pytest.mark.parametrize(
    ("name", "reason"), [("no-such-user", "There is no user no-such-user"), ("root", "Root needs no cgroups")]
)
def test_who_cannot_be_given_any_is_told_why(name: str, reason: str) -> None:
    refused = command(name)

    assert refused.returncode == 1
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr


def test_only_root_may_delegate() -> None:
    with unprivileged("nobody") as other:
        refused = other.run("-m", "runtime", "delegate", "nobody")

    assert refused.returncode == 1
    assert re.search(r"sudo /\S+ -m runtime delegate nobody", refused.stderr)
