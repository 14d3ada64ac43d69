"""A platform that reads streams is killed and the next one goes on: nothing is skipped, what was done stays done."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.conftest import StartPlatform
from tests.endpoint.events.conftest import Laboratory, texts

pytestmark = pytest.mark.isolation


def kill(laboratory: Laboratory) -> None:
    os.kill(laboratory.platform.pid, signal.SIGKILL)


def test_a_position_survives_and_so_does_what_came_meanwhile(start_platform: StartPlatform, tmp_path: Path) -> None:
    first = Laboratory(start_platform(state=tmp_path))
    function, stream, other = first.function(), first.stream(2), first.stream()
    first.put(other, "before")
    mapping, latest = first.map(stream, function), first.map(other, function, StartingPosition="LATEST")
    first.put(stream, "a", "b")
    first.until(lambda: first.result(mapping) == "OK" and first.got(function))  # whose log is in the store, too
    first.today.update_event_source_mapping(UUID=mapping, Enabled=False)
    first.today.update_event_source_mapping(UUID=latest, Enabled=False)
    first.put(stream, "c")
    first.put(other, "after")
    kill(first)

    second = Laboratory(start_platform(state=tmp_path))
    for uuid in (mapping, latest):
        second.today.update_event_source_mapping(UUID=uuid, Enabled=True)
    second.until(lambda: len(second.got(function)) == 3)

    came = texts(second.got(function))
    assert came[0] == ["a", "b"]
    assert sorted(came[1:]) == [["after"], ["c"]]


def test_tries_are_counted_over_a_restart(start_platform: StartPlatform, tmp_path: Path) -> None:
    first = Laboratory(start_platform(state=tmp_path))
    function, stream = first.function(), first.stream()
    first.put(stream, "bad")
    mapping = first.map(stream, function, MaximumRetryAttempts=5, BatchSize=1)
    first.until(lambda: [step["step"] for step in first.steps(mapping)].count("retry") == 2)
    kill(first)

    second = Laboratory(start_platform(state=tmp_path))
    second.until_later("10s", lambda: second.steps(mapping)[-1]["step"] == "discard")

    runs = [entry["facts"] for entry in second.entries() if entry["kind"] == "invocation"]
    # An attempt whose outcome was just being written down when the platform was killed is made once more.
    assert len([run for run in runs if run["function"] == function]) in (6, 7)
    assert second.steps(mapping)[-1]["attempts"] == 6
