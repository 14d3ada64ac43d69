"""An execution environment: a sandbox with the bootstrap of one function in it, serving one invocation at a time.

Theory of operation. ``open`` makes the sandbox, opens its two doors (Runtime API, AWS endpoint), starts the bootstrap
at full speed and waits until it asks for its first event: that is the end of init, which may take 10 seconds.
``reset`` ends every process and keeps ``/tmp``, where the host can (``Sandbox.has_heritable_disk``). ``open_again``
then initialises it anew, as a part of an invocation: its time is the function's. Where /tmp cannot be kept, it is over.
``run`` offers an event. When it is handed out the CPU share is applied and the clock starts; whatever comes first ends
it: an answer, the end of the process, a breach, the deadline. An ending that may hide a breach (the kernel
kills or refuses before anybody could look) is looked at once more before it counts.
``rest`` lets the bootstrap ask for the next event and freezes it; ``wake`` thaws it. ``close`` leaves nothing.

What the function writes goes into its log as it comes. Nothing here knows IAM, CloudWatch or what an ending means.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from starlette.types import ASGIApp

from runtime.clock import Clock
from runtime.invocation import entrypoint
from runtime.invocation.ending import Ending, NotStarted, TimeRanOut
from runtime.invocation.limit_exceptions import breach_by_errno, refused_limit
from runtime.invocation.logs import LogStream
from runtime.invocation.metering import Reading
from runtime.invocation.runtime_api import Answer, AnswerKind, Handout, RuntimeApi
from runtime.invocation.states import Event, State
from runtime.sandbox.contract import Backend, Breach, Exit, Limit, NotExecutable, Program, Sandbox, SandboxSpec
from runtime.serving import serve

RUNTIME_API_PORT = 9001
RUNTIME_API = f"127.0.0.1:{RUNTIME_API_PORT}"
ENDPOINT_PORT = 4566
INIT_SECONDS = 10.0
REST_SECONDS = 2.0
"""How long a bootstrap may take to ask for the next event after an answer; one that does not is not used again."""
ON_ITS_WAY_SECONDS = 0.01
"""How long an answer that was taken may be on its way to whoever waits, when the process that gave it has ended."""
READ_BYTES = 65536

MOST_CONNECTIONS = 256
"""At once, at each of the two doors. Each costs the platform a file descriptor, of which it has not many more."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an environment is made of."""

    spec: SandboxSpec
    program: Program | NotStarted
    """What is started, or why there is nothing to start."""
    is_own_program: bool
    """Whether the function brings the program, so that it is the function's failure if it cannot be executed."""
    fatal_limits: frozenset[Limit]
    """Exceeding one of these ends an invocation."""


class ExecutionEnvironment:
    """One sandbox with one function; see the theory of operation."""

    def __init__(
        self, plan: Plan, backend: Backend, endpoint: Callable[[str], ASGIApp], log: LogStream, clock: Clock
    ) -> None:
        self._plan = plan
        self._backend = backend
        self._endpoint = endpoint
        self._log = log
        self._clock = clock
        self._api = RuntimeApi(self._begin)
        self._stack = AsyncExitStack()
        self._sandbox: Sandbox | None = None
        self._on_begin: Callable[[], None] = lambda: None
        self.begin = Reading(0.0, 0.0)
        """Taken when the event of the current invocation was handed out."""
        self.end = self.begin
        """Taken when the current invocation ended."""
        self.peak_memory_bytes = 0
        """As it was when the current invocation ended, or when its last process had."""
        self.init_ms = 0.0
        self.invocations = 0
        """How many events were handed out."""
        self._begins_earlier = False
        """The current invocation began with an init, so handing out the event is not its beginning."""

    @property
    def sandbox(self) -> Sandbox:
        """Return the sandbox; there is one from ``open`` on."""
        assert self._sandbox is not None, "an environment has a sandbox once it is open"
        return self._sandbox

    @property
    def state(self) -> State:
        """Return where it stands."""
        return self._api.state

    @property
    def identity(self) -> str:
        """Return the name of its sandbox; empty as long as it has none."""
        return self._sandbox.id if self._sandbox is not None else ""

    @property
    def is_over(self) -> bool:
        """Say whether it was stopped and serves nothing any more."""
        return self._api.state is State.ENDED

    @property
    def is_new(self) -> bool:
        """Say whether it has not been opened yet."""
        return self._api.state is State.NEW

    @property
    def is_initialised(self) -> bool:
        """Say whether it needs no init before it can serve."""
        return self._api.state is State.READY

    async def open(self) -> Ending | None:
        """Make everything and initialise it; return how init ended if it did not end well."""
        started = self._clock.monotonic()
        ending = await self._open(INIT_SECONDS)
        self.init_ms = (self.end.at - started) * 1000
        self.begin = self.end
        return ending

    async def open_again(self, seconds: float) -> Ending | None:
        """Initialise it after a reset; that is part of an invocation, which begins here, and has its time."""
        self.init_ms = 0.0
        self.begin = Reading(self._clock.monotonic(), 0.0)
        return await self._open(seconds)

    async def _open(self, init_seconds: float) -> Ending | None:
        async with self._stack.pop_all():  # what there was before goes when its heir is there
            self._sandbox = sandbox = await self._backend.create(self._plan.spec, self._sandbox)
        self._stack.push_async_callback(sandbox.destroy)
        self._api = RuntimeApi(self._begin, self._api.state)
        for application, port in ((self._api, RUNTIME_API_PORT), (self._endpoint(sandbox.id), ENDPOINT_PORT)):
            door = serve(application, sandbox.listeners[port], most_connections=MOST_CONNECTIONS)
            await self._stack.enter_async_context(door)
        reader = asyncio.create_task(self._read_output())
        self._stack.push_async_callback(_cancelled, reader)
        self._api.pass_through(Event.START)
        return await self._start(sandbox) or await self._first(self._init(), init_seconds)

    async def _start(self, sandbox: Sandbox) -> NotStarted | None:
        """Start the bootstrap; say why not, if that is for the function's owner to put right."""
        program = self._plan.program
        if isinstance(program, Program):
            try:
                await sandbox.start(program)
                return None
            except NotExecutable as error:
                if not self._plan.is_own_program:
                    raise
                program = entrypoint.refused(program.argv[0], error.errno)
        self.end = self._reading()
        return program

    async def run(self, handout: Handout, timeout_seconds: float, on_begin: Callable[[], None]) -> Ending:
        """Serve one invocation to its end; ``on_begin`` is called when the event has been handed out."""
        self._on_begin = on_begin
        self._begins_earlier = False
        return await self._serve(handout, timeout_seconds)

    async def run_on(self, handout: Handout, timeout_seconds: float, on_begin: Callable[[], None]) -> Ending:
        """Serve the invocation of which ``open_again`` was the beginning, in what it has left of its time."""
        self._on_begin = on_begin
        self._begins_earlier = True
        left = timeout_seconds - (self._clock.monotonic() - self.begin.at)
        ending = await self._serve(handout, max(0.0, left))
        return TimeRanOut(timeout_seconds) if isinstance(ending, TimeRanOut) else ending

    async def _serve(self, handout: Handout, timeout_seconds: float) -> Ending:
        self._api.offer(handout)
        ending = await self._first(self._api.answer(), timeout_seconds)
        assert ending is not None
        return ending

    async def rest(self) -> bool:
        """Lift the CPU share, wait for the bootstrap to ask again, freeze it; say whether that went well.

        One that was reset needs nothing of that.
        """
        if self._api.state is State.STOPPED:
            return True
        self.sandbox.unthrottle()
        async with _beside(self._api.ready(), self.sandbox.exited()) as (asks_again, has_ended):
            await asyncio.wait({asks_again, has_ended}, timeout=REST_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if has_ended.done() or not asks_again.done():
                return False
        self._api.pass_through(Event.FREEZE)
        return await self.sandbox.freeze()

    async def wake(self) -> bool:
        """Let a frozen environment go on; say whether it does: its processes may have been killed from outside."""
        if self._api.state is State.STOPPED:
            return True
        self._api.pass_through(Event.THAW)
        is_awake = await self.sandbox.thaw()
        async with _beside(self.sandbox.exited()) as (has_ended,):
            await asyncio.wait({has_ended}, timeout=0)
            return is_awake and not has_ended.done()

    async def stop(self, reason: str) -> None:
        """End every process now, and take over what they had written."""
        self._api.pass_through(Event.END)
        if self._sandbox is not None:
            await self._sandbox.kill(reason)
            self.peak_memory_bytes = self._sandbox.usage().peak_memory_bytes
            self.collect_output()

    async def reset(self, reason: str) -> None:
        """End every process now, and take over what they had written; ``/tmp`` stays, or else it is over."""
        if not self.sandbox.has_heritable_disk:
            await self.stop(reason)
            return
        self._api.pass_through(Event.RESET)
        await self.sandbox.kill(reason)
        self.peak_memory_bytes = self.sandbox.usage().peak_memory_bytes
        self.collect_output()

    def collect_output(self) -> None:
        """Bring what has been written until now into the log."""
        self._log.write(self.sandbox.drain())

    async def close(self) -> None:
        """Leave nothing; idempotent."""
        self._api.pass_through(Event.END)
        await self._stack.aclose()

    def _begin(self) -> None:
        """Mark the moment in which an event goes out."""
        self.collect_output()
        self.invocations += 1
        self._on_begin()
        if not self._begins_earlier:
            self.begin = self._reading()
        self.sandbox.throttle()

    def _reading(self) -> Reading:
        at, usage = self._clock.monotonic(), self.sandbox.usage()
        self.peak_memory_bytes = usage.peak_memory_bytes
        return Reading(at, usage.cpu_seconds)

    async def _init(self) -> Answer | None:
        """Wait for the end of init: the bootstrap asks for an event, or says why it cannot."""
        async with _beside(self._api.ready(), self._api.answer()) as (ready, failed):
            await asyncio.wait({ready, failed}, return_when=asyncio.FIRST_COMPLETED)
            return failed.result() if failed.done() else None

    async def _first(self, expected: Coroutine[Any, Any, T], seconds: float) -> T | Exit | Breach | TimeRanOut:
        """Return what comes first: what is expected, the end of the process, a breach, or the end of the time."""
        tasks: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self.sandbox.breach(self._plan.fatal_limits)),
            asyncio.ensure_future(expected),
            asyncio.ensure_future(self.sandbox.exited()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if done == {tasks[-1]}:
                await asyncio.wait(tasks[1:2], timeout=ON_ITS_WAY_SECONDS)
        finally:
            finished = [task for task in tasks if task.done()]
            await _cancelled(*(task for task in tasks if not task.done()))
        self.end = self._reading()
        if not done:
            return TimeRanOut(seconds)
        ending = finished[0].result()
        return self._second_look(ending) or ending

    def _second_look(self, ending: object) -> Breach | None:
        """Return the breach behind an ending, if there is one that came too fast to be seen, or was swallowed."""
        if (breach := self.sandbox.breached(self._plan.fatal_limits)) is not None:
            return breach
        limit = refused_limit(self._evidence(ending))
        if limit is None or limit not in self._plan.fatal_limits:
            return None
        return breach_by_errno(limit, self._plan.spec.limits)

    def _evidence(self, ending: object) -> bytes:
        """Return what a failure has left behind: its error object, or the end of the log."""
        if isinstance(ending, Answer):
            return ending.body if ending.kind is AnswerKind.ERROR else b""
        if isinstance(ending, Exit) and ending != Exit(status=0):
            self.collect_output()
            return self._log.tail()
        return b""

    async def _read_output(self) -> None:
        output = self.sandbox.output
        while not output.at_eof():
            self._log.write(await output.read(READ_BYTES))


@asynccontextmanager
async def _beside(*work: Coroutine[Any, Any, Any]) -> AsyncIterator[tuple[asyncio.Future[Any], ...]]:
    """Let several things go on beside each other; whatever is not done at the end of the block is cancelled."""
    tasks = tuple(asyncio.ensure_future(one) for one in work)
    try:
        yield tasks
    finally:
        await _cancelled(*tasks)


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
