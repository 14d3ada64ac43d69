"""The promises are kept for an ordinary user too: the same attacks, run again as ``nobody``.

Started by an ordinary user, the suite runs as that user anyway, and this file has nothing to add.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.sandbox.unprivileged import HERE, PROMISES, Unprivileged, skipped_without_need, unprivileged

pytestmark = [
    pytest.mark.isolation,
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="whoever is not root runs the whole suite without root"),
]


@pytest.fixture(scope="module")
def nobody() -> Iterator[Unprivileged]:
    with unprivileged("nobody") as user:
        yield user


@pytest.mark.parametrize("name", PROMISES)
def test_the_promise_is_kept_without_root(nobody: Unprivileged, name: str) -> None:
    run = nobody.attack(name)

    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]
    assert skipped_without_need(run.stdout) == []


def test_each_promise_is_kept_and_what_is_emulated_is_said(nobody: Unprivileged) -> None:
    doctor = nobody.doctor()

    assert doctor.returncode == 0, doctor.stdout
    assert "NOT KEPT" not in doctor.stdout
    assert "emulated" in doctor.stdout
    assert "delegate" in doctor.stdout
    assert "user namespace" in doctor.stdout


def test_where_user_namespaces_are_forbidden_too_it_is_said_what_comes_nearest(nobody: Unprivileged) -> None:
    doctor = nobody.run(str(HERE / "programs" / "doctor_without_namespaces.py"), str(nobody.home / "state"))

    assert doctor.stderr == ""
    assert "Landlock" in doctor.stdout
    assert "mount, process, IPC and UTS namespaces" not in doctor.stdout
    assert doctor.returncode == int("NOT KEPT" in doctor.stdout), doctor.stdout
