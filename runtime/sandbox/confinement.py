"""The last steps before a program: it enters its cgroup, connects its output, and gives up every privilege.

They are taken by the process that becomes the program, whether by ``exec`` (``inside.py``) or because it was forked
from one that has loaded everything already (``zygote.py``). The order is fixed: a cgroup is entered while its files can
be reached, and the list of denied system calls comes last, because it denies what the other steps need.
"""

from __future__ import annotations

# Plain calls instead of pathlib, which would be memory that every fork pays for:
# ruff: noqa: PTH110
import fcntl
import os
import platform
import resource
import signal
from collections.abc import Sequence

from runtime.sandbox import libc, seccomp
from runtime.sandbox.recipe import Order, Recipe

FIRST_KEPT = 3
"""The descriptor that the first of the kept ones becomes; below it are nothing to read, and the output twice."""

_LOCKED_MEMORY_BYTES = 65_536  # as measured on Lambda
_OUT_OF_THE_WAY = 32


def enter_groups(entrances: Sequence[int]) -> None:
    """Enter the sandbox's cgroup, and see it as the root of all that there are."""
    join_groups(entrances)
    if os.path.exists("/proc/self/ns/cgroup"):
        libc.unshare(libc.CLONE_NEWCGROUP)


def join_groups(entrances: Sequence[int]) -> None:
    """Enter the sandbox's cgroup."""
    for entrance in entrances:
        os.write(entrance, b"0")


def connect(output: int, kept: Sequence[int] = (), until_exec: int | None = None) -> None:
    """Leave these descriptors and no others: nothing to read, the output twice, those kept, one that ``exec`` closes.

    They may hold each other's places, so they are moved out of the way first.
    """
    nothing = os.open("/dev/null", os.O_RDONLY)
    wanted = [nothing, output, output, *kept, *([] if until_exec is None else [until_exec])]
    moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY) for descriptor in wanted]
    for target, source in enumerate(moved):
        os.dup2(source, target, inheritable=target < FIRST_KEPT + len(kept))
    os.closerange(len(wanted), 1 << 20)


def limit(order: Order) -> None:
    """Set the limits that the kernel keeps for each process by itself."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (order.file_descriptors, order.file_descriptors))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (_LOCKED_MEMORY_BYTES, _LOCKED_MEMORY_BYTES))


def limit_processes(most: int, own: int = 1) -> None:
    """Let the kernel refuse one more; it counts our ``own`` too, which have the same user. Nobody exceeds his own."""
    _, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    largest = most + own if hard == resource.RLIM_INFINITY else min(most + own, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (largest, largest))


def restore_signals() -> None:
    """Undo what Python changed: a program expects the default action of every signal, and none blocked."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def forbid_privileges() -> None:
    """Give up what could be gained by ``exec``: no child can ever hold a capability that its parent does not have.

    What is held now stays, until :func:`give_up_privileges`.
    """
    libc.drop_bounding_set()
    libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)


def give_up_privileges(uid: int, recipe: Recipe, *, stands_in: bool, order: Order | None = None) -> None:
    """Become an unprivileged user with no capabilities and few ways to ask the kernel, once none can be gained."""
    kept_open = order.file_descriptors if order and order.remembers_descriptors else 0
    if not recipe.in_user_namespace:
        os.setgroups([])
    os.setresgid(recipe.gid, recipe.gid, recipe.gid)
    os.setresuid(uid, uid, uid)
    libc.drop_capabilities()
    libc.install_seccomp_filter(seccomp.program(platform.machine(), has_duties=stands_in, kept_open=kept_open))
