from __future__ import annotations

from pathlib import Path

import pytest

from runtime.invocation.host_memory import HostMemory

GIB = 1024 * 1024 * 1024


def memory(root: Path, available_kib: int, **files: object) -> HostMemory:
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc/meminfo").write_text(f"MemTotal: 8388608 kB\nMemFree: 1 kB\nMemAvailable: {available_kib} kB\nX: y\n")
    for name, content in files.items():
        path = root / "sys/fs/cgroup" / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    return HostMemory(root)


@pytest.mark.parametrize(("available_kib", "is_short"), [(8_000_000, False), (420_000, False), (400_000, True)])
def test_a_machine_with_less_than_a_twentieth_left_is_short_of_memory(
    tmp_path: Path, available_kib: int, is_short: bool
) -> None:
    assert memory(tmp_path, available_kib).is_short is is_short


def test_the_limit_of_a_container_counts_and_file_cache_is_room(tmp_path: Path) -> None:
    limit = {"memory_dot_max": GIB, "memory_dot_current": GIB - 1000}

    assert memory(tmp_path, 8_000_000, **limit, memory_dot_stat="inactive_file 0").is_short
    assert not memory(tmp_path, 8_000_000, **limit, memory_dot_stat=f"inactive_file {GIB // 2}").is_short


def test_the_limit_of_a_container_of_the_first_generation_counts_too(tmp_path: Path) -> None:
    limit = {"memory__memory_dot_limit_in_bytes": GIB, "memory__memory_dot_usage_in_bytes": GIB}

    assert memory(tmp_path, 8_000_000, **limit).is_short


def test_a_group_without_a_limit_is_no_shortage(tmp_path: Path) -> None:
    assert not memory(tmp_path, 8_000_000, memory_dot_max="max", memory_dot_current=9 * GIB).is_short


def test_where_nothing_can_be_read_there_is_no_shortage(tmp_path: Path) -> None:
    assert not HostMemory(tmp_path).is_short
