"""A sandbox on Linux: what it consists of, and its life.

    a cgroup                     how much memory, CPU and processes there are    cgroup.py
    a disk                       what may be kept, and for how long              storage.py
    namespaces, a root           what is seen                                    inside.py, mounts.py
    listening sockets            who can be talked to                            network.py
    a user without privileges    what may be asked of the kernel                 confinement.py, seccomp.py
    a pipe                       what is said                                    output.py

``shell.py`` puts these together, ahead of time where it can; here a program is started in them, watched
(``breaches.py``), frozen, and ended. The contract, misuse included, is in ``contract.py``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Collection, Mapping
from typing import Protocol

from runtime.errors import PlatformError
from runtime.sandbox import channel
from runtime.sandbox.breaches import Storage, Watch
from runtime.sandbox.cgroup import Group
from runtime.sandbox.contract import ALL_LIMITS, Breach, Exit, Limit, NotExecutable, Program, SandboxSpec, Usage
from runtime.sandbox.output import Output
from runtime.sandbox.storage import Inheritance
from runtime.sandbox.thoroughly import see_through

SAMPLING_SECONDS = 0.02
_LOOKS_PER_TIME = 9
"""A look that takes long is followed by a pause that is so many times as long."""
_FREEZING_SECONDS = 5.0
_ENDING_SECONDS = 0.1
"""How long a lone program may take to die; one that waits for a disk takes longer, and is left to the end of all."""
_FREEZER_STEP_SECONDS = 0.001


class Parts(Protocol):
    """What a sandbox consists of, whichever backend made it: ``shell.py``, ``confined/shell.py``."""

    id: str
    output: Output
    process: int
    """A process descriptor: readable when every process of the sandbox has ended."""

    @property
    def group(self) -> Group: ...

    @property
    def listeners(self) -> Mapping[int, socket.socket]: ...

    @property
    def storage(self) -> Storage:
        """Return what is looked at to know how full ``/tmp`` is."""

    @property
    def inheritance(self) -> Inheritance | None:
        """Return what another sandbox needs to mount the disk of ``/tmp``, if it is one that can be mounted."""

    async def begin(self, program: Program, spec: SandboxSpec) -> socket.socket:
        """Let the program begin in the way that is quickest; return where it is said how it ended."""

    def kill(self) -> None:
        """End every process; :attr:`process` tells when that is done."""

    def let_go(self) -> None:
        """Close every hold on what has ended but for the disk and the group; that takes no time."""

    def remove(self) -> None:
        """Remove the disk and the group: blocks for milliseconds."""


class LinuxSandbox:
    """A confined process tree; see ``contract.py``."""

    def __init__(self, spec: SandboxSpec, shell: Parts) -> None:
        self.id = shell.id
        self.listeners: Mapping[int, socket.socket] = shell.listeners
        self._spec = spec
        self._shell = shell
        self._group = shell.group
        self._output = shell.output
        self._watch = Watch(spec.limits, shell.group, shell.storage)
        self._cpu_seconds_before = shell.group.measure().cpu_seconds
        self._usage = Usage(0.0, 0)
        self._has_started = False
        self._may_be_frozen = False
        self._is_removed = False
        self._reason: str | None = None
        self._exit: Exit | None = None
        self._endings: socket.socket | None = None
        self._program_ended = asyncio.Event()
        self._tree_ended = asyncio.Event()
        self._removal = asyncio.Lock()
        asyncio.get_running_loop().add_reader(shell.process, self._on_tree_ended)

    @property
    def output(self) -> asyncio.StreamReader:
        return self._output.reader

    @property
    def inheritance(self) -> Inheritance | None:
        """Return what another sandbox needs to mount its disk, as long as it has one that can be mounted."""
        return None if self._is_removed else self._shell.inheritance

    @property
    def has_heritable_disk(self) -> bool:
        return self.inheritance is not None

    @property
    def reason(self) -> str | None:
        """Why it was killed, if it was."""
        return self._reason

    @property
    def is_removed(self) -> bool:
        """Tell whether nothing of it is left on the host."""
        return self._is_removed and not self._removal.locked()

    async def start(self, program: Program) -> None:
        if self._has_started or self._reason is not None or self._tree_ended.is_set():
            raise PlatformError(f"Sandbox {self.id} has been started or ended already: every program needs a new one.")
        self._has_started = True
        await self._output.connect()
        try:
            self._endings = await self._shell.begin(program, self._spec)
        except NotExecutable:
            raise
        except PlatformError as error:
            why = self._reason or str(error)
            raise PlatformError(f"The program of sandbox {self.id} could not be started: {why}.") from error
        finally:
            self._output.handed_over()
        if not self._tree_ended.is_set():
            asyncio.get_running_loop().add_reader(self._endings, self._on_program_ended)

    def throttle(self) -> None:
        if not self._tree_ended.is_set():
            self._group.throttle(self._spec.limits.cpu_share)

    def unthrottle(self) -> None:
        if not self._tree_ended.is_set():
            self._group.throttle(None)

    def drain(self) -> bytes:
        return self._output.drain()

    async def freeze(self) -> bool:
        self._may_be_frozen = True
        return await self._freezer(frozen=True)

    async def thaw(self) -> bool:
        is_awake = await self._freezer(frozen=False)
        self._may_be_frozen = not is_awake
        return is_awake

    def usage(self) -> Usage:
        self._look(among=())
        return self._usage

    def breached(self, limits: Collection[Limit] = ALL_LIMITS) -> Breach | None:
        self._look(limits)
        return self._watch.first(limits)

    async def breach(self, limits: Collection[Limit] = ALL_LIMITS) -> Breach:
        while not self._tree_ended.is_set():
            began = time.monotonic()
            if (breach := self.breached(limits)) is not None:
                return breach
            # A thousand processes take long to look at, and there are other sandboxes to be looked at.
            await asyncio.sleep(max(SAMPLING_SECONDS, _LOOKS_PER_TIME * (time.monotonic() - began)))
        return self.breached(limits) or await asyncio.get_running_loop().create_future()

    async def exited(self) -> Exit:
        await self._program_ended.wait()
        return self._exit or Exit(signal=signal.SIGKILL)

    async def kill(self, reason: str) -> None:
        if self._reason is None:
            self._reason = reason
        if self._tree_ended.is_set():
            return
        self._look()
        self._group.throttle(None)  # a thousand threads take long to end on a sixteenth of a processor
        if not await self._end_lone_program():
            await self._end_tree()

    async def destroy(self) -> None:
        async with self._removal:
            if self._is_removed:
                return
            await self.kill("destroyed")
            await self._end_tree()
            self._look()
            self._is_removed = True
            self._forget_endings()
            self._shell.let_go()
            await see_through(asyncio.to_thread(self._shell.remove))

    async def _end_lone_program(self) -> bool:
        """End a program that has nobody beside it; say whether nothing is left but process 1.

        The end of process 1 surely ends everything, but takes the kernel milliseconds, so it is left for later where it
        is not needed. Only the kernel knows surely who there is, and only once nothing more is being started.
        """
        members = self._group.certain_members()
        if self._endings is None or self._may_be_frozen or members is None or len(members) > 1:
            return False
        return all([await _end(pid, self._group) for pid in members]) and not self._group.certain_members()

    async def _end_tree(self) -> None:
        if not self._tree_ended.is_set():
            self._shell.kill()
            self._group.freeze(frozen=False)  # what is frozen does not even die
            await self._tree_ended.wait()

    def _look(self, among: Collection[Limit] = ALL_LIMITS) -> None:
        """Read the counters; keep the last known figures and the first breaches."""
        if self._is_removed:
            return
        reading = self._group.measure()
        peak = max(self._usage.peak_memory_bytes, reading.working_set_bytes)
        if self._tree_ended.is_set() or self._exit is not None:
            peak = max(peak, reading.peak_without_cache_bytes)
        self._usage = Usage(reading.cpu_seconds - self._cpu_seconds_before, peak)
        self._watch.look(reading, among)

    async def _freezer(self, *, frozen: bool) -> bool:
        deadline = asyncio.get_running_loop().time() + _FREEZING_SECONDS
        while self._reason is None and not self._tree_ended.is_set() and not self._group.freeze(frozen=frozen):
            if asyncio.get_running_loop().time() > deadline:
                return False
            await asyncio.sleep(_FREEZER_STEP_SECONDS)
        return True

    def _on_program_ended(self) -> None:
        assert self._endings is not None, "there is a program"
        try:
            answer, _ = channel.receive_now(self._endings)
        except BlockingIOError:
            return
        self._forget_endings()
        if "exit" in answer:
            code: int = answer["exit"]
            self._end_program(Exit(status=code) if code >= 0 else Exit(signal=-code))
        else:
            # Process 1 has gone, and the kernel kills the others; frozen ones only when they are thawed. Or the zygote
            # has: nobody would tell how the program ends, so it ends now.
            self._shell.kill()
            self._end_program(Exit(signal=signal.SIGKILL))

    def _on_tree_ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._shell.process)
        self._tree_ended.set()
        self._end_program(Exit(signal=signal.SIGKILL))

    def _end_program(self, ended: Exit) -> None:
        if self._exit is None:
            self._exit = ended
            self._look()
            self._program_ended.set()

    def _forget_endings(self) -> None:
        if self._endings is not None:
            asyncio.get_running_loop().remove_reader(self._endings)
            self._endings = None


async def _end(pid: int, group: Group) -> bool:
    """Kill one process of a group; say whether it has ended soon."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        if pid in (group.certain_members() or ()):  # if not, it has ended, and the number may be somebody else's
            signal.pidfd_send_signal(process, signal.SIGKILL)
            await asyncio.wait_for(channel.readable(process), _ENDING_SECONDS)
    except ProcessLookupError:
        return True
    except TimeoutError:
        return False
    finally:
        os.close(process)
    return True
