"""What happens inside a sandbox, in order: process 1, and what lies between its fork and the program.

*Theory of operation.* The launcher forks a process that is process 1 of a new process namespace. It leaves all other
namespaces of the host, builds the network and the files, and reports that it is ready. When it is told which program
to run it forks once more; that child enters the sandbox's cgroup, gives up every privilege, and becomes the program.
Process 1 then gives up its own privileges too, reaps what is orphaned, and reports how the program ended. It stays
outside the cgroup, so it is never frozen, throttled or chosen by the out-of-memory killer. For limits that no cgroup
keeps here it has duties (``keeper.py``).

Without root the same steps are taken in a user namespace, in which the launcher has put process 1 (``launcher.py``).
Where a step must be another one then, a field of the recipe says so.

Process 1 ends when its control channel does: a runtime that is killed takes its sandboxes with it, frozen ones too. And
when process 1 ends, the kernel kills every process of its namespace.

Nothing here returns to the launcher's code: every path ends in ``exec`` or ``_exit``.
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH110, PTH123
import fcntl
import os
import platform
import resource
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from runtime.sandbox import libc, mounts, network, seccomp
from runtime.sandbox.keeper import NOBODY, Attendant, Keeper
from runtime.sandbox.recipe import Recipe, receive, send

NAMESPACES = libc.CLONE_NEWNS | libc.CLONE_NEWUTS | libc.CLONE_NEWIPC | libc.CLONE_NEWNET

_LOCKED_MEMORY_BYTES = 65_536  # as measured on Lambda


def be_process_one(control: socket.socket) -> NoReturn:
    """Build the sandbox, run one program in it, and stay until the end."""
    status = 1
    try:
        message, entrances = receive(control)
        if message:
            recipe = Recipe(**message)
            duties = recipe.duties_of_process_one
            bell, scoreboard = (entrances.pop(), entrances.pop()) if duties else (-1, -1)
            thaw = entrances.pop() if recipe.thaw else None
            processes = _build(recipe, control)
            keeper: Attendant = NOBODY
            if duties and processes is not None:
                libc.schedule_soon()
                keeper = Keeper(duties, processes, scoreboard, bell)
            order, outputs = receive(control)
            if order:
                _run(order, outputs[0], entrances, recipe, control, keeper)
            if thaw is not None:
                os.write(thaw, recipe.thaw.encode())  # what is frozen cannot end
        status = 0
    except (OSError, ValueError, TypeError, LookupError) as error:
        report_failure(control, error)
    finally:
        os._exit(status)


def _build(recipe: Recipe, control: socket.socket) -> int | None:
    libc.prctl(libc.PR_SET_NAME, b"sandbox")
    libc.unshare(NAMESPACES)
    socket.sethostname(recipe.hostname)
    network.raise_loopback()
    listeners = network.listen(recipe.ports)
    processes = mounts.build(recipe)
    own_process = os.pidfd_open(os.getpid())
    disk = os.open("/tmp", os.O_RDONLY | os.O_DIRECTORY)
    send(control, {"ready": True}, [own_process, disk, *(listener.fileno() for listener in listeners)])
    os.close(own_process)
    os.close(disk)
    for listener in listeners:
        listener.close()
    return processes


def _run(
    order: Mapping[str, Any],
    output: int,
    entrances: Sequence[int],
    recipe: Recipe,
    control: socket.socket,
    keeper: Attendant,
) -> None:
    failure, report = os.pipe()
    bell = _ring_when_children_end()
    libc.prctl(libc.PR_SET_DUMPABLE, 0)  # the program may have the same user, and must not look into process 1
    program = os.fork()
    if program == 0:
        _become_program(order, output, entrances, recipe, report)
    for descriptor in (report, output, *entrances):
        os.close(descriptor)
    if reason := os.read(failure, 4096):
        send(control, {"error": reason.decode()})
        return
    os.close(failure)
    _give_up_privileges(recipe.keeper_uid, recipe._replace(duties=None))  # it alone may continue what is stopped
    keeper.attend(program)
    send(control, {"started": program})
    _reap(program, bell, control, keeper)


def _become_program(
    order: Mapping[str, Any], output: int, entrances: Sequence[int], recipe: Recipe, report: int
) -> NoReturn:
    """Turn this process into the program; tell the reason through ``report``, which ``exec`` closes, if that fails."""
    step = "prepare the process for"
    try:
        for entrance in entrances:
            os.write(entrance, b"0")
        if os.path.exists("/proc/self/ns/cgroup"):
            libc.unshare(libc.CLONE_NEWCGROUP)
        os.setsid()
        _connect(output, report)
        resource.setrlimit(resource.RLIMIT_NOFILE, (recipe.file_descriptors, recipe.file_descriptors))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (_LOCKED_MEMORY_BYTES, _LOCKED_MEMORY_BYTES))
        if (duties := recipe.duties_of_process_one) and duties.processes:
            _limit_processes(duties.processes)
        _restore_signals()
        os.umask(0o022)
        _give_up_privileges(recipe.uid, recipe)
        step = "enter the working directory of"
        os.chdir(order["working_directory"])
        step = "execute"
        os.execve(order["argv"][0], order["argv"], order["environment"])
    except (OSError, ValueError) as error:
        os.write(3, f"cannot {step} {order['argv'][0]}: {error}".encode())
    finally:
        os._exit(127)


def _connect(output: int, report: int) -> None:
    """Leave four descriptors: nothing to read, the output twice, and the report until ``exec``."""
    nothing = os.open("/dev/null", os.O_RDONLY)
    # They may hold each other's places, so move them out of the way first.
    sources = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 16) for descriptor in (nothing, output, output, report)]
    for target, source in enumerate(sources):
        os.dup2(source, target, inheritable=target < 3)
    os.closerange(4, 1 << 20)


def _limit_processes(most: int) -> None:
    """Let the kernel refuse one more; it counts process 1 too, which has the same user, and nobody exceeds his own."""
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    limit = most + 1 if hard == resource.RLIM_INFINITY else min(most + 1, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))


def _restore_signals() -> None:
    """Undo what Python changed: a program expects the default action of every signal, and none blocked."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _give_up_privileges(uid: int, recipe: Recipe) -> None:
    """Become an unprivileged user with no capabilities, no way to gain any, and few ways to ask the kernel."""
    with open("/proc/sys/kernel/cap_last_cap", "rb") as file:  # as bytes: no codec can be imported in here
        last_capability = int(file.read())
    for capability in range(last_capability + 1):
        libc.prctl(libc.PR_CAPBSET_DROP, capability)
    libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    if not recipe.keeps_groups:
        os.setgroups([])
    os.setresgid(recipe.gid, recipe.gid, recipe.gid)
    os.setresuid(uid, uid, uid)
    libc.drop_capabilities()
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    libc.install_seccomp_filter(seccomp.program(platform.machine(), has_duties=recipe.duties is not None))


def _ring_when_children_end() -> int:
    """Return a descriptor that becomes readable when a child has ended."""
    bell, ringer = os.pipe()
    os.set_blocking(ringer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
    return bell


def _reap(program: int, bell: int, control: socket.socket, keeper: Attendant) -> None:
    """Collect every process that ends here and see to the limits, until the runtime closes the control channel."""
    while True:
        seconds = keeper.attend(program)
        ready, _, _ = select.select([bell, control.fileno(), *keeper.descriptors], [], [], seconds)
        if control.fileno() in ready:
            return
        if bell in ready:
            os.read(bell, 4096)
            for pid, status in ended_children():
                if pid == program:
                    keeper.conclude()
                    send(control, {"exit": os.waitstatus_to_exitcode(status)})


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
    """Tell the runtime why there will be no sandbox."""
    try:
        send(control, {"error": f"{type(error).__name__}: {error}"})
    except OSError:
        print(f"sandbox: {error}", file=sys.stderr)  # the runtime has gone: nobody else can be told
