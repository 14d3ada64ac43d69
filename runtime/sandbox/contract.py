"""What a sandbox promises, whatever backend keeps it.

A sandbox is a process tree confined by namespaces and one cgroup (or by Docker). It promises:

* **limits**: memory, CPU share, processes and threads together, file descriptors, storage in ``/tmp``
  (:class:`Limits`). The CPU share applies from :meth:`Sandbox.throttle` on, so that a runtime starts up
  at full speed.
* **files**: a read-only root holding the operating system, the mounts of the specification and nothing of the lab or
  of any user; only ``/tmp`` is writable, it is a disk (it does not eat the function's memory), and it begins empty.
* **network**: loopback alone, and on it exactly the ports of the specification. Whoever creates the sandbox holds
  their listening sockets (:attr:`Sandbox.listeners`) and serves them from outside.
* **identity**: an unprivileged user, no capabilities, no way to gain any, no sight of processes outside.
* **an end**: after :meth:`Sandbox.destroy` nothing is left: no process, mount, cgroup, loop device or file.

What a host cannot enforce is said, never faked: :meth:`Backend.promises` lists for each promise the mechanism in use,
``None`` where there is none.

Life: ``create`` -> ``start`` -> (``throttle`` | ``freeze`` | ``thaw``)* -> ``kill`` -> ``destroy``. Every program has a
sandbox of its own; what a second one may find of a first one is its disk (``create``, ``heir_to``).

What sandboxes have in common is their :class:`Mold`. Those of a mold that was stocked (:meth:`Backend.stock`) are made
before anybody asks for them, each for one use; the program too may then have been started ahead (:class:`Program`), or
be forked from a process that has loaded everything (:class:`Zygote`). Nothing of that can be seen but in the time it
takes and in the memory that forked processes share, which is charged to none of them.

Under misuse:

* ``start`` twice, or after ``kill``: :class:`~runtime.errors.PlatformError`.
* ``start`` of what the kernel does not execute: :class:`NotExecutable`; whose fault that is only the caller knows.
* ``kill`` and ``destroy`` are idempotent, may come at any moment (also while ``start`` is under way), and never raise
  because a process is already gone. The first reason given to ``kill`` stays.
* ``throttle``, ``freeze``, ``thaw`` and ``usage`` after the end do nothing, or answer the last known figures.
* A process that cannot be stopped (it waits for the kernel) is no error: ``freeze`` says so, and what was answered
  before remains true.
* A process tree that vanishes by itself ends :meth:`Sandbox.exited`; nothing else happens until ``destroy``.
* A runtime that is killed takes its sandboxes with it; what the kernel keeps (cgroups) is reaped at the next
  start.

How surely a breach is noticed, even when the code inside swallows the error and undoes what led to it:

* time: surely.
* memory, processes and threads: surely where a cgroup counts them, because the kernel counts what it refused. Where
  none does (:meth:`Backend.promises` says "emulated") they are looked at every 20 ms, and what does not last is missed.
* file descriptors: looked at every 20 ms (less often where there are hundreds of processes), and once more when an
  invocation ends. With :attr:`Limits.remembers_descriptors` nothing can be undone, so a breach is seen surely as long
  as the process lives until the next look, or is there at the end; without, one that is undone by then is missed, and
  so is one that left no trace: a call that takes several descriptors and is refused gives back those it had.
* storage: looked at every 20 ms, and once more at the end; what is removed before that is missed. A request that is
  refused as a whole (``fallocate``) leaves the disk full with ext4, and no trace with a tmpfs.

Having exactly as many processes (without a cgroup), file descriptors or bytes as one may is taken for a breach: it
cannot be told from having been refused one more. So is one descriptor less, because a pipe takes two.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from runtime.errors import PlatformError


class Limit(Enum):
    """What can be exceeded."""

    MEMORY = "memory"
    PROCESSES = "processes"
    FILE_DESCRIPTORS = "file descriptors"
    STORAGE = "storage"


ALL_LIMITS = frozenset(Limit)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a sandbox may use. MiB means 1024 KiB, as "MB" does in Lambda's documentation."""

    memory_mib: int
    cpu_share: float
    """Part of one processor, 0.0625 for 128 MB in the preview; above 1.0 it is more than one processor."""
    processes: int = 1024
    """Processes and threads together."""
    file_descriptors: int = 1024
    storage_mib: int = 512
    remembers_descriptors: bool = False
    """Whether it can be told later that a process has once held as many file descriptors as it may: its last two, once
    opened, then stay open until it ends or becomes another program, although closing them seems to go well. For
    sandboxes that are ended by such a breach anyway."""

    @property
    def are_usual(self) -> bool:
        """Say whether those are as usual that cannot be changed once a program has started."""
        return (self.processes, self.file_descriptors, self.storage_mib) == (1024, 1024, 512)


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or directory of the host, visible inside at ``target``; always read-only, without setuid and devices."""

    source: Path
    target: str


@dataclass(frozen=True, slots=True)
class Program:
    """What runs inside: an executable path as seen inside, its arguments, its whole environment."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    working_directory: str = "/var/task"


@dataclass(frozen=True, slots=True)
class Zygote:
    """A process that has loaded an interpreter and a bootstrap once, and is forked into sandboxes."""

    argv: tuple[str, ...]
    """The interpreter as seen inside, with its options; a script follows."""
    environment: Mapping[str, str]
    bootstrap: Path
    """A Python file of the host with ``prepare()``, called once, ``rehearse()``, called in each forked process, and
    ``run(environment, argv, working_directory)``, called once that has its order, which never returns."""


@dataclass(frozen=True, slots=True, eq=False)
class Mold:
    """What the sandboxes of one runtime have in common. Two molds are the same if they are the same object."""

    name: str = "bare"
    mounts: tuple[Mount, ...] = ()
    ports: tuple[int, ...] = ()
    """TCP ports on the sandbox's loopback for which :attr:`Sandbox.listeners` holds listening sockets."""
    user: str = "sbx_user1051"
    """The name that the unprivileged user has inside; its home is ``/tmp``'s parent, and it owns nothing."""
    parked: Program | Zygote | None = None
    """What is started ahead in each stocked sandbox: a program, or a child of a zygote. It writes one byte to
    descriptor 3 when it is ready, and waits there for four bytes of length and a JSON object: the ``environment``,
    ``argv`` and ``working_directory`` of the program that it is to go on as."""
    remembers_descriptors: bool = False
    """What :attr:`Limits.remembers_descriptors` is for what is started ahead."""


BARE = Mold()


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """What a sandbox is to be."""

    limits: Limits
    mold: Mold = BARE
    mounts: tuple[Mount, ...] = ()
    """Its own, beside those of the mold, at places that every sandbox has: :data:`OWN_PLACES`."""
    may_start_early: bool = True
    """Whether the program may be one that was started ahead or is forked: such a process has read some of its variables
    already, so a program with other values for those needs a start of its own."""


OWN_PLACES = ("/var/task", "/opt")


@dataclass(frozen=True, slots=True)
class Breach:
    """A limit that was exceeded."""

    limit: Limit
    configured: int
    observed: int
    unit: str
    """``bytes`` for memory and storage, ``processes and threads``, ``file descriptors``; ``files`` where it was the
    number of files in ``/tmp`` that ran out, not its bytes."""
    mechanism: str
    """Which mechanism noticed it, for example ``cgroup v1 pids``."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a sandbox has used since it was created."""

    cpu_seconds: float
    peak_memory_bytes: int
    """The most memory in use, reclaimable file cache left aside: ``max(sampled working set, kernel peak - cache)``."""


@dataclass(frozen=True, slots=True)
class Exit:
    """How the program (process 1 of the sandbox) ended: an exit status, or the signal that killed it."""

    status: int | None = None
    signal: int | None = None


class NotExecutable(PlatformError):  # noqa: N818 - it says what the program is
    """The kernel does not execute the program: it is not there, or is none for this machine, or may not be executed."""

    def __init__(self, why: str, number: int) -> None:
        super().__init__(why)
        self.errno = number


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise on this host: the mechanism that keeps it, and what is lacking where none or a lesser one does."""

    name: str
    mechanism: str | None
    remark: str = ""
    alternatives: tuple[str, ...] = field(default=())
    """Better mechanisms that this host does not offer, best first."""

    @property
    def is_whole(self) -> bool:
        """Tell whether the best mechanism keeps it."""
        return self.mechanism is not None and not self.alternatives


class Sandbox(Protocol):
    """A confined process tree; see the module's docstring for promises and misuse."""

    id: str
    """Unique for the life of the account: 12 hex digits."""
    listeners: Mapping[int, socket.socket]
    """Port -> non-blocking listening socket, ready to accept from the moment that ``create`` returned."""

    @property
    def has_heritable_disk(self) -> bool:
        """Say whether what is in ``/tmp`` can be left to another sandbox: where it is a disk of its own."""

    @property
    def output(self) -> asyncio.StreamReader:
        """What the program writes on stdout and stderr, merged in the order in which it was written."""

    async def start(self, program: Program) -> None:
        """Run the program as process 1's child, without CPU limit yet.

        Raise :class:`NotExecutable` if the kernel does not execute it, ``PlatformError`` if something else is wrong.
        """

    def throttle(self) -> None:
        """Apply the CPU share from now on."""

    def unthrottle(self) -> None:
        """Lift the CPU share: between invocations a bootstrap asks for its next event at full speed."""

    def drain(self) -> bytes:
        """Return what the program has written that :attr:`output` has not delivered yet, without waiting."""

    async def freeze(self) -> bool:
        """Stop every process until :meth:`thaw`; they use no CPU meanwhile.

        Return ``False`` if not all have stopped after five seconds: one waits for the kernel, a disk for example. It
        stops as soon as it does not wait any more, but nobody should count on that sandbox again: destroy it.
        """

    async def thaw(self) -> bool:
        """Let a frozen sandbox go on; return ``False`` if after five seconds it does not."""

    def usage(self) -> Usage:
        """Return what was used so far."""

    def breached(self, limits: Collection[Limit] = ALL_LIMITS) -> Breach | None:
        """Look now, and return the first of these limits that has been exceeded since the sandbox was created.

        Ask after :meth:`exited`, to know whether a limit was the reason: the kernel has counted by then.
        """

    async def breach(self, limits: Collection[Limit] = ALL_LIMITS) -> Breach:
        """Wait until one of these limits is exceeded, for ever if none is. Cancel it when it no longer matters."""

    async def exited(self) -> Exit:
        """Wait until the program has ended."""

    async def kill(self, reason: str) -> None:
        """End every process of the tree at once, also those that ignore signals or have detached themselves."""

    async def destroy(self) -> None:
        """Kill, and remove everything that belongs to the sandbox from the host."""


class Backend(Protocol):
    """A way to make sandboxes on this host."""

    name: str

    def promises(self) -> tuple[Promise, ...]:
        """Say, promise by promise, which mechanism this host offers."""

    async def tidy(self) -> None:
        """Remove what a runtime that was killed has left behind; to be called once, at the start."""

    def stock(self, mold: Mold, count: int) -> None:
        """Keep so many sandboxes of a mold ready from now on, made in the background; where this cannot be, do nothing.

        A fault of the host in making them is told by ``create``, which makes its own when there is none.
        """

    async def create(self, spec: SandboxSpec, heir_to: Sandbox | None = None) -> Sandbox:
        """Make a sandbox with its limits, its files and its listeners in place, and nothing running in it.

        The heir to a sandbox of the same specification, which was killed, with a heritable disk, has that disk for its
        ``/tmp`` instead of an empty one. All else of it is its own. Destroy the other one afterwards, not before.
        Raise ``PlatformError`` with the remedy if this host cannot.
        """

    async def close(self) -> None:
        """Destroy every sandbox and leave nothing of the backend on the host; nobody may be making one any more."""
