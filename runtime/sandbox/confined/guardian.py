"""The guardian of a sandbox: what process 1 is where there is a process namespace.

*Theory of operation.* The launcher forks a guardian for each sandbox. It stays outside; every process inside descends
from it, and cannot leave the family (``offspring.py``). When it is told which program to run it forks; the child
gives up what it must not have (``program.py``), hands the guardian the end at which verdicts on names are given
(``verdicts.py``), and becomes the program.
The guardian becomes the same user, because only who has a program's user or all privileges may look into it, reaps what
is orphaned, sees to the limits (``keeper.py``, ``store.py``), and reports how the program ended.

It ends when its control channel does, after it has ended every process of the family: so a runtime that is killed takes
its sandboxes with it. A guardian that is killed itself leaves its family to the launcher, which ends it.

The program can do nothing to it: it may not signal it (Landlock, or a filter), look into it, or change its limits.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from _thread import allocate_lock, start_new_thread
from collections.abc import Sequence
from typing import NoReturn

from runtime.sandbox import inside, libc
from runtime.sandbox.confined import grants
from runtime.sandbox.confined.forks import Forks
from runtime.sandbox.confined.names import Names
from runtime.sandbox.confined.offspring import Offspring
from runtime.sandbox.confined.order import Confinement
from runtime.sandbox.confined.program import Ends, become_program, drop_privileges
from runtime.sandbox.confined.store import Storekeeper
from runtime.sandbox.confined.verdicts import Verdicts
from runtime.sandbox.keeper import Keeper
from runtime.sandbox.recipe import Duties, Order, receive, send
from runtime.sandbox.scoreboard import Scoreboard, Stored
from runtime.sandbox.tree import Tree

_ENDING_STEP_SECONDS = 0.001
_THREAD_TURN_SECONDS = 0.0005
"""How long a thread may keep the others waiting: verdicts and the CPU share are a matter of less than a millisecond."""


def be_guardian(control: socket.socket) -> NoReturn:
    """Run one program, and stay until the end."""
    status = 1
    try:
        message, descriptors = receive(control)
        if message:
            Guardian(control, Confinement(**message), descriptors).serve()
        status = 0
    except (OSError, ValueError, TypeError, LookupError) as error:
        inside.report_failure(control, error)
    finally:
        os._exit(status)


class Guardian:
    """One sandbox, from its own side."""

    def __init__(self, control: socket.socket, plan: Confinement, descriptors: list[int]) -> None:
        self._control = control
        self._plan = plan
        self._orders, self._scoreboard = descriptors.pop(), descriptors.pop()
        self._thawing = (descriptors.pop(), plan.thaw.encode()) if plan.thaw else None
        self._entrances = descriptors
        self._family = Offspring()
        self._waiting = allocate_lock()
        self._verdicts: Verdicts | None = None
        self._bell = inside.ring_when_children_end()
        libc.prctl(libc.PR_SET_NAME, b"sandbox")
        libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
        libc.prctl(libc.PR_SET_DUMPABLE, 0)

    def serve(self) -> None:
        own_process = os.pidfd_open(os.getpid())
        send(self._control, {"ready": True}, [own_process])
        os.close(own_process)
        message, outputs = receive(self._control)
        try:
            if message:
                self._run(Order(**message["run"]), outputs[0])
        finally:
            self._end()

    def _run(self, order: Order, output: int) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        failure, report = os.pipe()
        guardian = os.getpid()
        program = os.fork()
        if program == 0:
            become_program(order, self._plan, guardian, self._entrances, Ends(output, theirs.fileno(), report))
        for descriptor in (output, theirs.detach(), report, *self._entrances):
            os.close(descriptor)
        _, listeners = receive(ours)
        ours.close()
        drop_privileges(self._plan)
        keeper = self._begin_work(listeners)
        if reason := os.read(failure, 4096):
            send(self._control, json.loads(reason))
            return
        os.close(failure)
        keeper.attend(program)
        send(self._control, {"started": True})
        self._stay(program, keeper)

    def _begin_work(self, listeners: Sequence[int]) -> Keeper:
        """Start the threads; from now on verdicts are given and files are counted."""
        libc.schedule_soon()
        sys.setswitchinterval(_THREAD_TURN_SECONDS)
        plan = self._plan
        duties = Duties(*plan.duties)
        if listeners:
            limit = Forks(duties.processes, self._family) if duties.processes and plan.user is None else None
            ports = {inside_port: real for inside_port, real in plan.ports}  # noqa: C416  lists, not pairs, by JSON
            self._verdicts = Verdicts(listeners[0], Names(plan.places, ports), self._waiting, limit)
            start_new_thread(self._verdicts.serve, ())
        store = Storekeeper(
            f"{plan.directory}/{grants.WRITABLE}",
            Scoreboard(self._scoreboard),
            Stored(plan.storage_bytes, plan.storage_files),
            self._family,
        )
        start_new_thread(store.serve, ())
        processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        return Keeper(duties, Tree(processes, self._family, duties.last_descriptors), self._scoreboard, self._orders)

    def _stay(self, program: int, keeper: Keeper) -> None:
        """Collect what ends, and see to the limits, until the runtime closes the control channel."""
        control = self._control.fileno()
        while True:
            seconds = keeper.attend(program)
            ready, _, _ = select.select([self._bell, control, *keeper.descriptors], [], [], seconds)
            if control in ready:
                return
            if self._bell in ready:
                os.read(self._bell, 4096)
            for pid, status in self._ended():
                if pid == program:
                    keeper.conclude()
                    send(self._control, {"exit": os.waitstatus_to_exitcode(status)})

    def _ended(self) -> list[tuple[int, int]]:
        with self._waiting:  # the thread that gives verdicts waits for those that it has stopped, and must find them
            ended = inside.ended_children()
            if self._verdicts is not None:
                ended += self._verdicts.ended
                self._verdicts.ended.clear()
            return ended

    def _end(self) -> None:
        """End every process of the family."""
        if self._thawing is not None:
            os.write(*self._thawing)  # what is frozen cannot end
        while self._family.pids():
            self._family.signal(signal.SIGKILL)
            self._ended()
            time.sleep(_ENDING_STEP_SECONDS)
