"""The last steps before a program in a confined sandbox: its group, its limits, its user, its files, its system calls.

As in ``runtime/sandbox/confinement.py`` the order is fixed: what is granted is collected while everything can still be
reached, and the filters come last, because they deny what the other steps need.
"""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from runtime.sandbox import confinement, libc, seccomp
from runtime.sandbox.confined import forks, grants, walls
from runtime.sandbox.confined.landlock import ABI_SCOPES, ABI_TRUNCATE, Ruleset
from runtime.sandbox.confined.order import Confinement
from runtime.sandbox.confined.verdicts import SIGACTION, WAITING
from runtime.sandbox.recipe import EXECUTE, Duties, Order, send, why_not

GUARDIANS_TASKS = 3
"""The guardian, the thread that gives verdicts, and the one that counts files: the kernel counts them as the user's."""


class Ends(NamedTuple):
    """Our ends of the channels between a guardian and what becomes its program."""

    output: int
    hand_over: int
    """Takes the descriptor at which verdicts are given."""
    report: int
    """Takes the reason why there is no program; ``exec`` closes it."""


def become_program(order: Order, plan: Confinement, guardian: int, entrances: Sequence[int], ends: Ends) -> NoReturn:
    """Turn this process into the program; tell the reason if that fails."""
    step, report = "prepare the process for", ends.report
    try:
        for entrance in entrances:
            os.write(entrance, b"0")
        os.setsid()
        confinement.connect(ends.output, [ends.hand_over], until_exec=ends.report)
        hand_over = socket.socket(fileno=confinement.FIRST_KEPT)
        report = confinement.FIRST_KEPT + 1
        _limit(order, plan)
        os.umask(0o022)
        rules = _rules(plan)
        drop_privileges(plan)
        libc.prctl(libc.PR_SET_DUMPABLE, 1)  # the names in its last calls are changed too, as they are read from it
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        if rules is not None:
            rules.enforce()
        _install_filters(order, plan, guardian, hand_over)
        hand_over.close()
        step = "enter the working directory of"
        os.chdir(order.working_directory)
        step = EXECUTE
        os.execve(order.argv[0], order.argv, order.environment)
    except (OSError, ValueError) as error:
        os.write(report, why_not(step, order, error))
    finally:
        os._exit(127)


def drop_privileges(plan: Confinement) -> None:
    """Become the sandbox's user, without any capability; who may not change users stays who he is."""
    if os.geteuid() == 0:
        libc.drop_bounding_set()
        libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    if plan.user is not None:
        os.setgroups([])
        os.setresgid(plan.group, plan.group, plan.group)
        os.setresuid(plan.user, plan.user, plan.user)
    libc.drop_capabilities()
    libc.prctl(libc.PR_SET_DUMPABLE, 0)


def _limit(order: Order, plan: Confinement) -> None:
    confinement.limit(order)
    confinement.restore_signals()
    processes = Duties(*plan.duties).processes
    if processes and plan.user is not None:
        confinement.limit_processes(processes, GUARDIANS_TASKS)
    elif processes and not plan.renames:
        confinement.limit_processes(processes, forks.tasks_of_user())


def _rules(plan: Confinement) -> Ruleset | None:
    """Collect what the program may use."""
    if not plan.landlock:
        return None
    rules = Ruleset(plan.landlock)
    rules.allow([*grants.system(), *grants.mounted(plan.mounts), *grants.own(plan.directory), *grants.oneself()])
    rules.allow_ports([real for _, real in plan.ports])
    return rules


def _install_filters(order: Order, plan: Confinement, guardian: int, hand_over: socket.socket) -> None:
    machine = platform.machine()
    kept_open = order.file_descriptors if order.remembers_descriptors else 0
    libc.install_seccomp_filter(seccomp.program(machine, has_duties=True, kept_open=kept_open))
    may_signal, may_truncate = plan.landlock >= ABI_SCOPES, plan.landlock >= ABI_TRUNCATE
    libc.install_seccomp_filter(walls.program(machine, guardian, may_signal=may_signal, may_truncate=may_truncate))
    listeners = [libc.install_seccomp_listener(walls.waiting(WAITING, SIGACTION))] if plan.renames else []
    send(hand_over, {"confined": True}, listeners)
    for listener in listeners:
        os.close(listener)
