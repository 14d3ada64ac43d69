"""The one door to running code: an invocation goes in, an outcome comes out, and the journal has it.

``await Invoker.invoke(invocation) -> Outcome``:

1. placement: throttled where it would be one too many (``concurrency.py``), else a warm environment of the function if
   its generation reuses them, else a fresh one if this machine has room for it (``placement.py``);
2. the environment's bootstrap gets the event through the Runtime API; the CPU share applies from that moment;
3. the first of these ends it: a response, an error, the end of the process, the deadline, a breach of a limit (all
   limits in a generation that names limit exceptions, only memory otherwise);
4. the log lines of the generation are posted: CloudWatch Logs gets them soon, with the execution role's credentials;
5. the ``invocation`` entry is journalled, then the outcome is returned.

A function that cannot even begin (its role does not let Lambda in any more, its runtime is not on this machine) has a
failed outcome too, with the entry in the journal; a caller who waits gets it as a ``ServiceError``.
After a crash or a timeout an environment of today is reset: its next invocation finds ``/tmp``, and no process, as it
left them. One that breached another limit than memory is not used again, nor is any of the preview.
``abandon`` ends what is under way without an outcome, so that nothing of an emptied account is seen in the next one.
``async with Invoker(...)`` destroys every environment at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from starlette.types import ASGIApp

from runtime.clock import MovableClock
from runtime.errors import PlatformError, ServiceError
from runtime.identity.authority import Authority
from runtime.identity.seams import Caller
from runtime.invocation.blueprint import Blueprints
from runtime.invocation.concurrency import Concurrency, Throttled
from runtime.invocation.departures import Departures
from runtime.invocation.host_memory import HostMemory
from runtime.invocation.idle import Placed
from runtime.invocation.metering import NOTHING, Figures
from runtime.invocation.outbox import Outbox
from runtime.invocation.outcome import Invocation, InvocationType, Outcome, Report, Status
from runtime.invocation.placement import Placement
from runtime.invocation.population import Ceilings
from runtime.invocation.recording import invocation_facts, throttle_facts
from runtime.invocation.runtimes import find_runtimes
from runtime.invocation.turn import serve_turn
from runtime.invocation.verdict import UNHANDLED, Verdict
from runtime.journal import Journal
from runtime.resources.packages import PackageStore
from runtime.sandbox.contract import Backend
from runtime.settings import Settings
from runtime.timeline import Step, following, under

ABANDONED = "The account was emptied while the function ran; what became of the invocation is not recorded."


class Invoker:
    """Runs the functions of one account."""

    def __init__(
        self,
        *,
        settings: Settings,
        backend: Backend,
        packages: PackageStore,
        authority: Authority,
        caller: Caller,
        journal: Journal,
        clock: MovableClock,
        doors: Callable[[str], ASGIApp],
        concurrency: Concurrency,
        memory: HostMemory | None = None,
    ) -> None:
        self._backend = backend
        self._journal = journal
        self.blueprints = Blueprints(
            runtimes=find_runtimes(settings.parts),
            region=settings.region,
            backend=backend,
            packages=packages,
            authority=authority,
            caller=caller,
            journal=journal,
            clock=clock,
            doors=doors,
            has_later_context=settings.has_later_context,
        )
        self._clock = clock
        self._concurrency = concurrency
        self._placement = Placement(
            self.blueprints,
            clock,
            journal,
            Ceilings(settings.environments, settings.environments_per_function),
            memory or HostMemory(),
            settings.idle_seconds,
        )
        self._departures = Departures(journal)
        self.outbox = Outbox()
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._tending: asyncio.Task[None] | None = None

    @property
    def runtimes(self) -> tuple[str, ...]:
        """Return the identifiers of the runtimes that this machine has."""
        return tuple(self.blueprints.runtimes)

    def release(self, runtime: str) -> str:
        """Return the ARN of the release that this machine has of a runtime; empty if it has none."""
        known = self.blueprints.runtimes.get(runtime)
        return known.release(self.blueprints.region) if known else ""

    async def __aenter__(self) -> Invoker:
        self._tending = asyncio.create_task(self._placement.tend())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._placement.close()
        if self._tending is not None:
            await self._tending
        await self.departed()
        await self.logs_settled()

    def environments(self) -> list[Mapping[str, Any]]:
        """Return where every execution environment stands, the oldest first."""
        return self._placement.environments()

    def expect(self, runtime: str) -> None:
        """Be ready for invocations of functions of a runtime: sandboxes for them are made ahead from now on."""
        self.blueprints.expect(runtime)

    async def departed(self) -> None:
        """Wait until nothing is left of the environments that are over."""
        await self._departures.finished()

    async def logs_settled(self) -> None:
        """Wait until what has been logged until now can be read in CloudWatch Logs."""
        await self.outbox.settled()

    async def forget(self, function_name: str) -> None:
        """Let go of the warm environments of a function that was changed or deleted."""
        await self._placement.forget(function_name)

    async def abandon(self) -> None:
        """End everything: the account is emptied. What was under way has no outcome; who waits for one is refused."""
        under_way = set(self._under_way)
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)
        await self._placement.clear()
        await self.departed()
        await self.logs_settled()

    async def invoke(self, invocation: Invocation) -> Outcome:
        """Run a function once; raise ``Throttled`` where it would be one too many."""
        try:
            with self._concurrency.turn(invocation.function.name):
                return await self._alone(invocation)
        except Throttled as throttled:
            self._journal.append("throttle", throttle_facts(invocation, throttled.fields["Reason"]))
            raise

    async def _alone(self, invocation: Invocation) -> Outcome:
        task = asyncio.create_task(self._invoke(invocation))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await task
        except asyncio.CancelledError:
            waiting = asyncio.current_task()
            if waiting is None or waiting.cancelling():
                raise
            raise ServiceError("ResourceNotFoundException", ABANDONED, 404, {"Type": "User"}) from None

    async def _invoke(self, invocation: Invocation) -> Outcome:
        step = following(self._clock.now())
        with under(step):
            return await self._on_the_way(invocation, step)

    async def _on_the_way(self, invocation: Invocation, step: Step) -> Outcome:
        function = invocation.function
        times_forgotten = self._placement.times_forgotten(function.name)
        try:
            placed = await self._placement.take(function)
        except Throttled:
            raise
        except ServiceError as refusal:
            return self._refuse(invocation, refusal, step)
        is_cold = not placed.environment.is_initialised
        outcome = await self._run(placed, invocation, times_forgotten, is_cold=is_cold)
        await self._keep_record(invocation, outcome, step)
        return outcome

    async def _run(self, placed: Placed, invocation: Invocation, times_forgotten: int, *, is_cold: bool) -> Outcome:
        is_kept = False
        try:
            verdict, figures = await serve_turn(placed, invocation, self._clock, is_cold=is_cold)
            outcome = _outcome(placed, verdict, figures, is_cold=is_cold)
            is_kept = not placed.environment.is_over and await placed.environment.rest()
            await self.outbox.post(placed.delivery)
        finally:
            if not is_kept:
                self._departures.begin(placed.environment)
        if is_kept:
            await self._placement.keep(placed, times_forgotten)
        return outcome

    def _refuse(self, invocation: Invocation, refusal: ServiceError, step: Step) -> Outcome:
        """Record an invocation that could not begin; tell whoever waits for it."""
        verdict = Verdict(Status.FAILED, b"", UNHANDLED, refusal.code, refusal.message)
        outcome = _outcome(None, verdict, NOTHING, is_cold=True)
        self._record(invocation, outcome, step)
        if invocation.invocation_type is InvocationType.REQUEST_RESPONSE:
            raise refusal
        return outcome

    async def _keep_record(self, invocation: Invocation, outcome: Outcome, step: Step) -> None:
        """Record an invocation; where that fails the disk is full, and what idle environments hold in /tmp goes."""
        try:
            self._record(invocation, outcome, step)
        except PlatformError:
            await self._placement.clear()
            raise

    def _record(self, invocation: Invocation, outcome: Outcome, step: Step) -> None:
        facts = invocation_facts(invocation, outcome, backend=self._backend.name, promises=self._backend.promises())
        self._journal.append("invocation", facts | step.facts())


def _outcome(placed: Placed | None, verdict: Verdict, figures: Figures, *, is_cold: bool) -> Outcome:
    report = Report(
        sandbox=placed.environment.sandbox.id if placed else "",
        is_cold=is_cold,
        log_group=placed.log.group if placed else "",
        log_stream=placed.log.name if placed else "",
        init_ms=figures.init_ms,
        duration_ms=figures.duration_ms,
        billed_ms=figures.billed_ms,
        cpu_ms=figures.cpu_ms,
        peak_memory_bytes=figures.peak_memory_bytes,
        cost_usd=figures.cost_usd,
    )
    return Outcome(
        status=verdict.status,
        payload=verdict.payload,
        function_error=verdict.function_error,
        report=report,
        log_tail=placed.log.tail() if placed else b"",
        breach=verdict.breach,
        error_type=verdict.error_type,
        error_message=verdict.error_message,
    )
