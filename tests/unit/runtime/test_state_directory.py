"""A state directory belongs to one runtime, keeps its keys, and hides them."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.state_directory import announced, clock_ahead, keep_clock_ahead, locked, root_keys


def test_the_root_key_is_made_once_and_stays(tmp_path: Path) -> None:
    first = root_keys(tmp_path)

    assert root_keys(tmp_path) == first
    assert first[0].startswith("AKIA")


def test_only_the_owner_may_read_the_root_key(tmp_path: Path) -> None:
    root_keys(tmp_path)

    assert (tmp_path / "credentials").stat().st_mode & 0o777 == 0o600


def test_a_damaged_credentials_file_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[other]\n")

    with pytest.raises(PlatformError, match="delete it to get a new key"):
        root_keys(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b"no section",
        b"[default]\na=1\na=1\n",
        b"[default]\naws_access_key_id =\naws_secret_access_key =\n",
    ],
    ids=["no text", "no section", "twice", "empty"],
)
def test_no_damage_to_the_credentials_file_is_worse_than_another(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "credentials").write_bytes(content)

    with pytest.raises(PlatformError, match="delete it to get a new key"):
        root_keys(tmp_path)


def test_a_place_that_cannot_be_a_state_directory_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(PlatformError, match="Give --state a directory"), locked(place):
            pass


def test_a_second_runtime_is_refused_also_when_the_first_ones_whereabouts_are_damaged(tmp_path: Path) -> None:
    (tmp_path / "endpoint.json").write_text("[1, 2]")

    with locked(tmp_path), pytest.raises(PlatformError, match="Another runtime"), locked(tmp_path):
        pass


def test_a_second_runtime_is_refused_and_told_where_the_first_one_is(tmp_path: Path) -> None:
    with (
        locked(tmp_path),
        announced(tmp_path, "http://127.0.0.1:5000"),
        pytest.raises(PlatformError, match=r"process \d+, http://127\.0\.0\.1:5000"),
        locked(tmp_path),
    ):
        pass


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    with locked(tmp_path):
        pass

    with locked(tmp_path):
        pass


def test_the_endpoint_is_announced_while_the_runtime_runs(tmp_path: Path) -> None:
    with announced(tmp_path, "http://127.0.0.1:5000"):
        said = json.loads((tmp_path / "endpoint.json").read_text())

    assert said == {"url": "http://127.0.0.1:5000", "pid": os.getpid()}
    assert not (tmp_path / "endpoint.json").exists()


def test_how_far_the_clock_is_ahead_is_kept_for_the_next_runtime(tmp_path: Path) -> None:
    assert clock_ahead(tmp_path) == timedelta(0)

    keep_clock_ahead(tmp_path, timedelta(hours=24, microseconds=1))

    assert clock_ahead(tmp_path) == timedelta(hours=24, microseconds=1)


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"ahead_seconds": "soon"}', '{"ahead_seconds": -1}', '{"ahead_seconds": 1e300}',
                '{"ahead_seconds": 1e10}', '{"ahead_seconds": NaN}']
)  # fmt: skip
def test_a_clock_that_cannot_be_read_is_named_with_its_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / "clock.json").write_text(content)

    with pytest.raises(PlatformError, match=r"clock\.json .* delete it"):
        clock_ahead(tmp_path)
