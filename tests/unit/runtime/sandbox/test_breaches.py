"""A breach is what was observed, and the first one of each limit is remembered."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.sandbox.breaches import FileSystem, Watch
from runtime.sandbox.cgroup import Reading, open_descriptors
from runtime.sandbox.cgroup_v1 import GroupV1
from runtime.sandbox.contract import ALL_LIMITS, Breach, Limit, Limits

MIB = 1 << 20


@pytest.fixture
def watch() -> Iterator[Watch]:
    """Return the watch of a group without members, on a file system that is not full."""
    directory = os.open(tempfile.gettempdir(), os.O_RDONLY)
    yield Watch(Limits(128, 0.0625), GroupV1({}), FileSystem(directory, "a disk"))
    os.close(directory)


def test_nothing_exceeded_is_no_breach(watch: Watch) -> None:
    watch.look(Reading(peak_bytes=128 << 20, most_processes=1024))

    assert watch.first(ALL_LIMITS) is None


def test_a_kill_for_memory_is_a_breach_with_the_peak_that_the_kernel_saw(watch: Watch) -> None:
    watch.look(Reading(oom_kills=1, peak_bytes=134_000_000))
    watch.look(Reading(oom_kills=2, peak_bytes=134_217_728))

    breach = watch.first(ALL_LIMITS)
    assert breach is not None
    assert (breach.limit, breach.observed, breach.mechanism) == (Limit.MEMORY, 134_000_000, "cgroup v1 memory")


def test_a_full_memory_that_keeps_reading_its_own_code_is_a_breach_although_nothing_was_killed(watch: Watch) -> None:
    watch.look(Reading(held_bytes=100 * MIB, major_faults=300))
    watch.look(Reading(held_bytes=127 * MIB, peak_bytes=128 * MIB, major_faults=399))
    before = watch.first(ALL_LIMITS)
    watch.look(Reading(held_bytes=127 * MIB, peak_bytes=128 * MIB, major_faults=400))

    breach = watch.first(ALL_LIMITS)
    assert before is None
    assert breach is not None
    assert (breach.limit, breach.observed) == (Limit.MEMORY, 128 * MIB)


def test_reading_much_with_room_for_the_code_is_no_breach(watch: Watch) -> None:
    watch.look(Reading(held_bytes=20 * MIB, peak_bytes=128 * MIB, major_faults=5000))

    assert watch.first(ALL_LIMITS) is None


def test_a_refused_fork_is_a_breach_and_can_be_left_aside(watch: Watch) -> None:
    watch.look(Reading(refused_forks=1, most_processes=1024))

    assert watch.first([Limit.MEMORY, Limit.STORAGE]) is None
    assert watch.first([Limit.PROCESSES]) is not None


class Untouchable:
    """A disk at which nobody may look."""

    def breach(self, limits: Limits) -> Breach | None:
        raise AssertionError("somebody looked")


def test_what_nobody_asks_for_is_not_looked_for() -> None:
    watch = Watch(Limits(128, 0.0625), GroupV1({}), Untouchable())

    watch.look(Reading(oom_kills=1), [Limit.MEMORY])

    assert watch.first(ALL_LIMITS) is not None
    with pytest.raises(AssertionError, match="somebody looked"):
        watch.look(Reading(), [Limit.STORAGE])


def test_descriptors_are_counted_from_outside(tmp_path: Path) -> None:
    before = open_descriptors(os.getpid())
    with (tmp_path / "file").open("w"):
        assert open_descriptors(os.getpid()) == before + 1
    assert open_descriptors(2**22 + 1) == 0
