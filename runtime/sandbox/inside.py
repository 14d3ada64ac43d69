"""What happens inside a sandbox, in order: process 1, from its birth to the end of the sandbox.

*Theory of operation.* The launcher forks a process that is process 1 of a new process namespace. It leaves all other
namespaces of the host, builds the network and the files, and reports that it is ready. From then on it does what it is
told, one message at a time:

* ``park``: start a program that waits for its order, so that it is there when somebody asks;
* ``admit``: attach the sandbox's own mounts, and give up every way to the host's files;
* ``run``: start a program; or ``settle``: the program is the one that was parked, or is forked from elsewhere. Either
  way process 1 then gives up its own privileges too, reaps what is orphaned, and reports how the program ended.

A program enters the sandbox's cgroup and gives up every privilege before ``exec`` (``confinement.py``). Process 1 stays
outside the cgroup, so it is never frozen, throttled or chosen by the out-of-memory killer. For limits that no cgroup
keeps here it has duties (``keeper.py``).

Without root the same steps are taken in a user namespace, in which the launcher has put process 1 (``launcher.py``).
Where a step must be another one then, a field of the recipe says so.

Process 1 ends when its control channel does: a runtime that is killed takes its sandboxes with it, frozen ones too. And
when process 1 ends, the kernel kills every process of its namespace.

Nothing here returns to the launcher's code: every path ends in ``exec`` or ``_exit``.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from collections.abc import Sequence
from typing import NoReturn

from runtime.sandbox import confinement, libc, mounts, network
from runtime.sandbox.keeper import NOBODY, Attendant, Keeper
from runtime.sandbox.recipe import EXECUTE, Duties, Order, Particulars, Recipe, receive, send, why_not
from runtime.sandbox.tree import Namespace, Tree

NAMESPACES = libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC | libc.CLONE_NEWNET


def be_process_one(control: socket.socket, recipe: Recipe) -> NoReturn:
    """Build the sandbox, do what is told, and stay until the end."""
    status = 1
    try:
        message, descriptors = receive(control)
        if message:
            ProcessOne(control, recipe, Particulars(**message), descriptors).serve()
        status = 0
    except Exception as error:  # noqa: BLE001  whatever it is, the runtime has to be told
        report_failure(control, error)
    finally:
        os._exit(status)


class ProcessOne:
    """The first process of a sandbox."""

    def __init__(
        self, control: socket.socket, recipe: Recipe, particulars: Particulars, descriptors: list[int]
    ) -> None:
        self._control = control
        self._recipe = recipe
        self._uid = particulars.uid
        self._duty_descriptors = [descriptors.pop(), descriptors.pop()] if recipe.has_duties else []
        self._thawing = (descriptors.pop(), particulars.thaw.encode()) if particulars.thaw else None
        disk = descriptors.pop() if particulars.has_disk else None
        self._entrances = descriptors
        self._program = 0
        self._bell = -1
        self._processes = self._build(particulars, disk)

    def serve(self) -> None:
        """Do what is told until the control channel closes."""
        while True:
            message, descriptors = receive(self._control)
            match message:
                case {"park": order}:
                    self._start(Order(**order), descriptors[0], descriptors[1:])
                    send(self._control, {"parked": True})
                case {"admit": targets, "sources": sources}:
                    mounts.admit(targets, sources or descriptors, self._recipe)
                    send(self._control, {"admitted": True})
                case {"run": order, "duties": duties}:
                    if self._start(Order(**order), descriptors[0]):
                        keeper = self._settle(duties)
                        send(self._control, {"started": True})
                        self._reap(keeper)
                        break
                case {"settle": True, "duties": duties}:
                    self._reap(self._settle(duties))
                    break
                case _:
                    break
        if self._thawing is not None:
            os.write(*self._thawing)  # what is frozen cannot end

    def _build(self, particulars: Particulars, disk: int | None) -> int | None:
        libc.prctl(libc.PR_SET_NAME, b"sandbox")
        libc.unshare(NAMESPACES)
        if self._recipe.in_user_namespace:
            mounts.build_root(self._recipe)
        socket.sethostname(particulars.hostname)
        network.raise_loopback()
        listeners = network.listen(self._recipe.ports)
        processes = mounts.furnish(self._recipe, particulars, disk)
        own_process = os.pidfd_open(os.getpid())
        temporary = os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY)
        handed_out = [own_process, temporary, *(listener.fileno() for listener in listeners)]
        send(self._control, {"ready": True}, handed_out)
        for descriptor in (own_process, temporary, *([] if disk is None else [disk])):
            os.close(descriptor)
        for listener in listeners:
            listener.close()
        confinement.forbid_privileges()
        libc.prctl(libc.PR_SET_DUMPABLE, 0)  # a program may have the same user, and must not look into process 1
        return processes

    def _start(self, order: Order, output: int, kept: Sequence[int] = ()) -> bool:
        """Start a program; say whether it could be executed."""
        failure, report = os.pipe()
        if self._bell < 0:
            self._bell = ring_when_children_end()
        self._program = os.fork()
        if self._program == 0:
            self._become_program(order, output, kept, report)
        for descriptor in (report, output, *kept):
            os.close(descriptor)
        if reason := os.read(failure, 4096):
            send(self._control, json.loads(reason))
            return False
        os.close(failure)
        return True

    def _become_program(self, order: Order, output: int, kept: Sequence[int], report: int) -> NoReturn:
        """Turn this process into the program; tell the reason through ``report`` if that fails."""
        step = "prepare the process for"
        try:
            self._enter_groups()
            os.setsid()
            confinement.connect(output, kept, until_exec=report)
            report = confinement.FIRST_KEPT + len(kept)
            confinement.limit(order)
            if self._recipe.counts_processes:
                confinement.limit_processes(order.processes)
            confinement.restore_signals()
            os.umask(0o022)
            confinement.give_up_privileges(self._uid, self._recipe, stands_in=self._recipe.has_duties, order=order)
            step = "enter the working directory of"
            os.chdir(order.working_directory)
            step = EXECUTE
            os.execve(order.argv[0], order.argv, order.environment)
        except (OSError, ValueError) as error:
            os.write(report, why_not(step, order, error))
        finally:
            os._exit(127)

    def _enter_groups(self) -> None:
        confinement.enter_groups(self._entrances)

    def _settle(self, duties: Sequence[int]) -> Attendant:
        """Give up every privilege; return who sees to the limits."""
        if self._bell < 0:
            self._bell = ring_when_children_end()
        for descriptor in self._entrances:
            os.close(descriptor)
        keeper: Attendant = NOBODY
        if self._processes is not None:
            libc.schedule_soon()
            bell, scoreboard = self._duty_descriptors
            told = Duties(*duties)
            tree = Tree(self._processes, Namespace(self._processes), told.last_descriptors)
            keeper = Keeper(told, tree, scoreboard, bell)
        # It alone may continue what is stopped, so nothing of that is denied to it.
        keeper_uid = self._uid if self._recipe.keeper_uid is None else self._recipe.keeper_uid
        confinement.give_up_privileges(keeper_uid, self._recipe, stands_in=False)
        keeper.attend(self._program)
        return keeper

    def _reap(self, keeper: Attendant) -> None:
        """Collect what ends, and see to the limits, until the runtime closes the control channel."""
        while True:
            seconds = keeper.attend(self._program)
            ready, _, _ = select.select([self._bell, self._control.fileno(), *keeper.descriptors], [], [], seconds)
            if self._control.fileno() in ready:
                return
            if self._bell in ready:
                os.read(self._bell, 4096)
                for pid, status in ended_children():
                    if pid == self._program:
                        keeper.conclude()
                        send(self._control, {"exit": os.waitstatus_to_exitcode(status)})


def ring_when_children_end() -> int:
    """Return a descriptor that becomes readable when a child has ended."""
    bell, ringer = os.pipe()
    os.set_blocking(ringer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
    return bell


def ended_children() -> list[tuple[int, int]]:
    """Collect the children that have ended: process id and wait status."""
    ended: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended.append((pid, status))


def report_failure(control: socket.socket, error: Exception) -> None:
    """Tell the runtime why there will be no sandbox; if it has gone, there is nobody who wants one."""
    try:
        send(control, {"error": f"{type(error).__name__}: {error}"})
    except (BrokenPipeError, ConnectionResetError):
        return
