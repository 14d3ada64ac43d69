"""The filter says what its lists say; judged by a small interpreter of its instructions."""

from __future__ import annotations

import errno
import struct

import pytest

from runtime.sandbox import seccomp
from runtime.sandbox.host import MACHINES

ALLOW, KILL = 0x7FFF0000, 0x80000000
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def failure(number: int) -> int:
    return 0x00050000 | number


def judge(
    machine: str,
    number: int,
    *arguments: int,
    architecture: int | None = None,
    has_duties: bool = False,
    kept_open: int = 0,
) -> int:
    """Run the filter on one system call, as the kernel would."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    call = struct.pack("<IIQ6Q", number, architecture or ARCHITECTURES[machine], 0, *padded)
    steps = list(struct.iter_unpack("<HBBI", seccomp.program(machine, has_duties=has_duties, kept_open=kept_open)))
    position = accumulator = 0
    while True:
        operation, if_true, if_false, operand = steps[position]
        position += 1
        if operation == 0x06:
            return int(operand)
        if operation == 0x20:
            accumulator = struct.unpack_from("<I", call, operand)[0]
        elif operation == 0x54:
            accumulator &= operand
        else:
            tests = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: bool(accumulator & operand)}
            position += if_true if tests[operation] else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_of_the_lists_is_denied_and_ordinary_ones_are_not(machine: str) -> None:
    numbers = seccomp.NUMBERS[machine]

    for name in seccomp.denied_names():
        if name in numbers:
            assert judge(machine, numbers[name]) == failure(errno.EPERM), name
    for ordinary in (0, 1, 3, 9, 13):
        assert judge(machine, ordinary) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_may_be_cloned_and_namespaces_may_not(machine: str) -> None:
    clone = seccomp.NUMBERS[machine]["clone"]

    assert judge(machine, clone, 0x3D0F00) == ALLOW
    assert judge(machine, clone, 0x10000000 | 17) == failure(errno.EPERM)
    assert judge(machine, seccomp.NUMBERS[machine]["clone3"]) == failure(errno.ENOSYS)


@pytest.mark.parametrize(
    ("family", "kind", "protocol", "verdict"),
    [
        (1, 1, 0, ALLOW),
        (2, 1 | 0x80000, 6, ALLOW),
        (10, 2, 0, ALLOW),
        (2, 1, 132, failure(errno.EPROTONOSUPPORT)),
        (16, 3, 0, ALLOW),
        (16, 3, 9, failure(errno.EPERM)),
        (2, 3, 1, failure(errno.EPERM)),
        (10, 3 | 0x80000, 58, failure(errno.EPERM)),
        (17, 3, 0, failure(errno.EAFNOSUPPORT)),
        (40, 1, 0, failure(errno.EAFNOSUPPORT)),
        (38, 5, 0, failure(errno.EAFNOSUPPORT)),
    ],
)
def test_sockets_are_judged_by_family_and_kind(family: int, kind: int, protocol: int, verdict: int) -> None:
    assert judge("x86_64", seccomp.NUMBERS["x86_64"]["socket"], family, kind, protocol) == verdict


@pytest.mark.parametrize("machine", MACHINES)
def test_a_process_stays_a_linux_process_and_types_on_no_terminal(machine: str) -> None:
    numbers = seccomp.NUMBERS[machine]

    assert judge(machine, numbers["personality"], 0xFFFFFFFF) == ALLOW
    assert judge(machine, numbers["personality"], 0x40000) == failure(errno.EPERM)
    assert judge(machine, numbers["ioctl"], 0, 0x5401) == ALLOW
    assert judge(machine, numbers["ioctl"], 0, 0x5412) == failure(errno.EPERM)
    assert judge(machine, numbers["socketpair"], 1, 1, 0) == ALLOW
    assert judge(machine, numbers["socketpair"], 30, 1, 0) == failure(errno.EAFNOSUPPORT)


@pytest.mark.parametrize("machine", MACHINES)
def test_closing_one_of_the_last_descriptors_is_only_pretended_where_they_are_remembered(machine: str) -> None:
    numbers = seccomp.NUMBERS[machine]

    def kept(name: str, *arguments: int) -> int:
        return judge(machine, numbers[name], *arguments, kept_open=1024)

    assert judge(machine, numbers["close"], 1023) == ALLOW
    assert [kept("close", number) for number in (1021, 1022, 1023)] == [ALLOW, failure(0), failure(0)]
    assert kept("close_range", 3, 900) == ALLOW
    assert kept("close_range", 3, 0x7FFFFFFF) == failure(errno.ENOSYS)


def test_the_numbers_of_another_architecture_are_not_trusted() -> None:
    assert judge("x86_64", 1, architecture=0x40000003) == KILL
    assert judge("x86_64", 0x40000000 | 165) == failure(errno.ENOSYS)


def test_each_name_is_in_one_list_only_and_every_x86_number_is_used_once() -> None:
    names = seccomp.denied_names()
    numbers = seccomp.NUMBERS["x86_64"].values()

    assert len(set(names)) == len(names)
    assert set(names) <= set(seccomp.NUMBERS["x86_64"])
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("machine", MACHINES)
def test_process_one_is_left_alone(machine: str) -> None:
    numbers = seccomp.NUMBERS[machine]

    for name in seccomp.ABOUT_PROCESS_ONE.split():
        assert judge(machine, numbers[name], 1) == failure(errno.EPERM), name
        assert judge(machine, numbers[name], 7) == ALLOW
    assert judge(machine, numbers["setpriority"], 0, 1, 19) == failure(errno.EPERM)
    assert judge(machine, numbers["setpriority"], 2, 0, 19) == failure(errno.EPERM)
    assert judge(machine, numbers["setpriority"], 0, 0, 19) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_where_process_one_stands_in_nobody_continues_what_is_stopped_or_hides_memory(machine: str) -> None:
    numbers = seccomp.NUMBERS[machine]
    calls = [(numbers["kill"], (7, 18)), (numbers["tgkill"], (7, 7, 18)), (numbers["memfd_create"], ()),
             (numbers["timer_create"], ()), (numbers["fcntl"], (3, 10, 18))]  # fmt: skip

    for number, arguments in calls:
        assert judge(machine, number, *arguments) == ALLOW
        assert judge(machine, number, *arguments, has_duties=True) == failure(errno.EPERM)
    assert judge(machine, numbers["kill"], 7, 15, has_duties=True) == ALLOW
