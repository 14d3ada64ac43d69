"""The verbs of a cgroup, on both generations, as files in a tree that stands for the kernel's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runtime.errors import PlatformError
from runtime.sandbox import cgroup, cgroup_v1, cgroup_v2, control_files, hierarchies, owner
from runtime.sandbox.cgroup import Reading, open_all, quota
from runtime.sandbox.contract import Limits

LIMITS = Limits(memory_mib=128, cpu_share=0.0625)
MIB = 1 << 20


def tree(directory: Path, files: dict[str, str]) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).write_text(text)
    return directory


def second_generation(directory: Path, controllers: str, *, passed_on: str = "", **files: str) -> Path:
    return tree(directory, {"cgroup.controllers": controllers, "cgroup.subtree_control": passed_on, **files})


@pytest.fixture
def first(tmp_path: Path) -> cgroup_v1.GroupV1:
    return cgroup_v1.GroupV1(
        {
            "cpu": tree(tmp_path / "cpu", {"tasks": ""}),
            "cpuacct": tree(tmp_path / "cpu", {"cpuacct.usage": "2500000000\n"}),
            "memory": tree(
                tmp_path / "memory",
                {
                    "tasks": "",
                    "memory.memsw.limit_in_bytes": "",
                    "memory.usage_in_bytes": "5000",
                    "memory.max_usage_in_bytes": "9000",
                    "memory.stat": "cache 1000\ntotal_cache 1500\ntotal_inactive_file 700\n"
                    "total_active_file 300\npgmajfault 1\ntotal_pgmajfault 12\n",
                    "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n",
                },
            ),
            "pids": tree(tmp_path / "pids", {"tasks": "", "pids.current": "7", "pids.events": "max 3\n"}),
            "freezer": tree(tmp_path / "freezer", {"tasks": ""}),
        }
    )


@pytest.fixture
def second(tmp_path: Path) -> cgroup_v2.GroupV2:
    directory = tree(
        tmp_path / "group",
        {
            "cgroup.procs": "12\n13\n",
            "cgroup.events": "populated 1\nfrozen 1\n",
            "cpu.stat": "usage_usec 2500000\nuser_usec 1\n",
            "memory.swap.max": "max",
            "memory.current": "5000",
            "memory.peak": "9000",
            "memory.stat": "anon 1\nfile 1500\ninactive_file 700\nactive_file 300\npgmajfault 12\n",
            "memory.events": "low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\n",
            "pids.current": "7",
            "pids.peak": "11",
            "pids.events": "max 3\n",
        },
    )
    return cgroup_v2.GroupV2(dict.fromkeys(cgroup_v2.CONTROLLERS, directory))


def test_the_first_generation_limits_memory_with_swap_and_processes(first: cgroup_v1.GroupV1, tmp_path: Path) -> None:
    first.limit(LIMITS)

    assert (tmp_path / "memory/memory.limit_in_bytes").read_text() == str(128 * MIB)
    assert (tmp_path / "memory/memory.memsw.limit_in_bytes").read_text() == str(128 * MIB)
    assert (tmp_path / "pids/pids.max").read_text() == "1024"


def test_the_first_generation_throttles_and_lifts_the_limit(first: cgroup_v1.GroupV1, tmp_path: Path) -> None:
    first.throttle(0.0625)
    throttled = [(tmp_path / "cpu" / name).read_text() for name in ("cpu.cfs_period_us", "cpu.cfs_quota_us")]
    first.throttle(None)

    assert throttled == ["20000", "1250"]
    assert (tmp_path / "cpu/cpu.cfs_quota_us").read_text() == "-1"


def test_both_generations_read_the_same_figures(first: cgroup_v1.GroupV1, second: cgroup_v2.GroupV2) -> None:
    assert first.measure() == Reading(2.5, 4300, 9000, 7500, 2, 3, 7, 4000, 12)
    assert second.measure() == Reading(2.5, 4300, 9000, 7500, 2, 3, 11, 4000, 12)


def test_the_second_generation_writes_its_own_files(second: cgroup_v2.GroupV2, tmp_path: Path) -> None:
    second.limit(LIMITS)
    second.throttle(0.0625)

    group = tmp_path / "group"
    assert (group / "memory.max").read_text() == str(128 * MIB)
    assert (group / "memory.swap.max").read_text() == "0"
    assert (group / "pids.max").read_text() == "1024"
    assert (group / "cpu.max").read_text() == "1250 20000"
    assert second.freeze(frozen=True)
    assert (group / "cgroup.freeze").read_text() == "1"
    assert second.members() == [12, 13]


def test_a_controller_that_is_lacking_makes_the_verbs_do_nothing() -> None:
    group = cgroup_v1.GroupV1({})

    group.limit(LIMITS)
    group.throttle(0.5)

    assert group.enter() == []
    assert group.freeze(frozen=True)
    assert group.measure() == Reading()


@pytest.mark.parametrize(
    ("share", "expected"),
    [(0.0625, (1250, 20_000)), (0.5, (10_000, 20_000)), (2.0, (40_000, 20_000)), (0.02, (1000, 50_000))],
)
def test_the_quota_is_never_one_that_the_kernel_refuses(share: float, expected: tuple[int, int]) -> None:
    assert quota(share) == expected


def test_a_share_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(PlatformError, match="smaller than the kernel can keep"):
        quota(0.0005)


def test_a_limit_that_the_kernel_refuses_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="refused"):
        control_files.write(tmp_path / "no" / "cpu.max", "1")


def test_the_first_generation_is_taken_where_it_has_our_controllers(tmp_path: Path) -> None:
    cpu, unified = tree(tmp_path / "cpu", {}), second_generation(tmp_path / "unified", "hugetlb")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        f"32 31 0:29 / {cpu} rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
        f"41 31 0:38 / {unified} rw,relatime - cgroup2 cgroup2 rw\n"
    )

    found = hierarchies.find(mounts)

    assert found.mechanism == "cgroup v1"
    assert found.tops == {"cpu": cpu, "cpuacct": cpu}
    assert found.lacking == ("memory", "pids", "freezer")


def test_the_second_generation_is_taken_where_it_is_alone(tmp_path: Path) -> None:
    unified = second_generation(tmp_path / "unified", "cpuset cpu io memory pids")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"41 31 0:38 / {unified} rw,relatime - cgroup2 cgroup2 rw\n")

    found = hierarchies.find(mounts)

    assert found.mechanism == "cgroup v2"
    assert found.lacking == ()


def test_the_second_generation_passes_on_what_it_does_not_yet(tmp_path: Path) -> None:
    unified = second_generation(tmp_path / "unified", "cpu memory pids", passed_on="memory")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"41 31 0:38 / {unified} rw,relatime - cgroup2 cgroup2 rw\n")

    hierarchies.find(mounts).create("a")

    assert (unified / "cgroup.subtree_control").read_text() == "+cpu +pids"


def test_a_group_with_processes_in_it_passes_nothing_further_on(tmp_path: Path) -> None:
    files = {"cgroup.events": "populated 1\n", "cgroup.procs": "1\n"}
    unified = second_generation(tmp_path / "unified", "cpu memory pids", passed_on="memory", **files)
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"41 31 0:38 / {unified} rw,relatime - cgroup2 cgroup2 rw\n")

    assert set(hierarchies.find(mounts).tops) == {"memory", "freezer"}


def test_a_group_that_has_gone_has_no_members_and_other_errors_are_told(tmp_path: Path) -> None:
    assert cgroup.members_of(tmp_path / "gone" / "cgroup.procs") == []
    with pytest.raises(IsADirectoryError):
        cgroup.members_of(tmp_path)


def test_groups_of_a_runtime_that_is_gone_are_removed_and_others_are_left(tmp_path: Path) -> None:
    unified = second_generation(tmp_path / "unified", "cpu memory pids")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"41 31 0:38 / {unified} rw,relatime - cgroup2 cgroup2 rw\n")
    alive = owner.mark()
    pid, _, namespace = alive.split("-")
    parent = unified / cgroup.PARENT
    names = {f"{alive}-a", f"{pid}-1-{namespace}-b", f"{pid}-1-99-c", "somebody-elses"}
    for name in names:
        (parent / name).mkdir(parents=True)

    hierarchies.find(mounts).remove_stale()

    assert {entry.name for entry in parent.iterdir()} == names - {f"{pid}-1-{namespace}-b"}


def test_runtimes_that_come_and_go_at_once_do_not_take_each_others_directory(tmp_path: Path) -> None:
    tops = {"memory": tmp_path}
    found = cgroup.Hierarchies("cgroup v1", tops, cgroup_v1.GroupV1, cgroup_v1.CONTROLLERS)

    def come_and_go(name: str) -> None:
        for _ in range(50):
            found.create(name).remove()
            found.remove_parent()

    with ThreadPoolExecutor() as pool:
        for gone in [pool.submit(come_and_go, name) for name in "abcd"]:
            gone.result()

    assert list(tmp_path.iterdir()) == []


def test_files_are_opened_all_or_none(tmp_path: Path) -> None:
    (tmp_path / "first").touch()
    before = len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(FileNotFoundError):
        open_all([tmp_path / "first", tmp_path / "absent" / "second"])

    assert len(list(Path("/proc/self/fd").iterdir())) == before
