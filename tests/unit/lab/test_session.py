"""One kernel's connection."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

import lab
from lab.errors import LabError
from lab.places import lab_version
from lab.session import Session, current_session
from tests.unit.lab.conftest import FakeRuntime


def test_start_points_this_process_at_the_runtime_and_leaving_takes_it_back(
    state: Path, runtime: FakeRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    session = Session()

    session.start()

    assert os.environ["AWS_ENDPOINT_URL"] == runtime.url
    assert os.environ["AWS_ACCESS_KEY_ID"] == "AKIAROOT"
    assert "AWS_PROFILE" not in os.environ

    session.leave()

    assert "AWS_ENDPOINT_URL" not in os.environ
    assert os.environ["AWS_PROFILE"] == "work"


@pytest.mark.usefixtures("started")
def test_a_boto3_client_made_after_start_speaks_to_the_runtime(runtime: FakeRuntime) -> None:
    assert boto3.client("sts").meta.endpoint_url == runtime.url


@pytest.mark.usefixtures("started")
def test_reset_is_a_signed_post(runtime: FakeRuntime) -> None:
    lab.reset()

    ((path, headers),) = runtime.posts
    assert path == "/_lab/reset"
    assert "Credential=AKIAROOT/" in headers["Authorization"]
    assert "/us-east-1/lab/aws4_request" in headers["Authorization"]


def test_what_needs_the_runtime_says_how_to_start_it() -> None:
    with pytest.raises(LabError, match=r"run lab\.start\(\) first"):
        lab.runs()


@pytest.mark.usefixtures("started")
def test_starting_twice_is_harmless() -> None:
    first = current_session().start()

    assert current_session().start() is first


@pytest.mark.usefixtures("started")
def test_the_banner_names_what_this_machine_does_not_enforce() -> None:
    banner = lab.start()

    assert "not enforced here: no network (this kernel has no network namespaces)" in repr(banner)
    assert "Not enforced" in banner._repr_html_()


@pytest.mark.usefixtures("started")
def test_the_banner_says_when_the_runtime_is_older_than_the_lab() -> None:
    banner = lab.start()

    assert "the runtime is of version 0, the lab is not: run lab.stop(), then lab.start()" in repr(banner)
    assert "Outdated" in banner._repr_html_()
    assert "Outdated" not in replace(banner, version=lab_version())._repr_html_()


@pytest.mark.usefixtures("started")
def test_an_advance_of_the_clock_is_a_signed_post_and_says_what_time_it_is(runtime: FakeRuntime) -> None:
    runtime.posted = {
        "now": "2026-11-24T16:00:00.000Z",
        "machine_time": "2026-11-23T16:00:00.000Z",
        "ahead_seconds": 86400.0,
        "appointments": 2,
        "is_settled": True,
    }

    said = repr(lab.advance("24h"))

    assert [path for path, _ in runtime.posts] == ["/_lab/clock?advance=24h"]
    assert said == (
        "In the account it is 2026-11-24T16:00:00.000Z now; on the way something fell due 2 times, and happened."
    )
