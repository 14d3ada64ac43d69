"""Fires the scheduled rules when they are due, on the account's clock.

A rate counts from when the rule was first seen, which is written down: it goes on in the same steps after a restart. A
rule whose expression was changed, or that was switched on again, counts anew. What would have been due while the
platform did not run, or the machine slept, is not made up for: it fires once, and goes on from now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType

from runtime.clock import MovableClock
from runtime.eventsources.bus.event_bus import EventBus
from runtime.eventsources.bus.expressions import read_schedule
from runtime.eventsources.bus.rules import BusRule, RuleBook
from runtime.journal import Journal
from runtime.resources.account import Account


class Scheduler:
    """The scheduled rules of one account. Entered and left by the same task."""

    def __init__(
        self, *, account: Account, bus: EventBus, rules: RuleBook, clock: MovableClock, journal: Journal
    ) -> None:
        self._schedules = account.schedules
        self._bus = bus
        self._rules = rules
        self._clock = clock
        self._journal = journal
        self._changed = asyncio.Event()
        self._is_waiting = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Scheduler:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def refresh(self) -> None:
        """Look at the rules again: something of them has been changed."""
        self._is_waiting.clear()
        self._changed.set()

    def under_way(self) -> list[str]:
        """Say whether the rules are being looked at; then it is not known yet for when the next one is waited."""
        return [] if self._is_waiting.is_set() else ["rules"]

    async def idle(self) -> None:
        """Wait until the next time is known."""
        await self._is_waiting.wait()

    async def _run(self) -> None:
        while True:
            (fault,) = await asyncio.gather(self._follow(), return_exceptions=True)
            self._journal.fault("the scheduled rules", repr(fault))
            self._is_waiting.set()
            await self._clock.sleep(60, self._changed)

    async def _follow(self) -> None:
        fired = self._clock.now()
        while True:
            self._changed.clear()
            # On a thread, because the first who asks the store for anything has it read all that it keeps.
            rules = await asyncio.to_thread(self._rules)
            upcoming = self._upcoming(rules, fired)
            if not self._changed.is_set():
                self._is_waiting.set()
            if not upcoming:
                await self._changed.wait()
                fired = self._clock.now()
                continue
            await self._clock.until(min(due for due, _ in upcoming), self._changed)
            self._is_waiting.clear()
            now = self._clock.now()
            for due, rule in sorted(upcoming, key=lambda each: each[0]):
                if due <= now:
                    self._bus.fire(rule, due)
                    fired = now

    def _upcoming(self, rules: Sequence[BusRule], after: datetime) -> list[tuple[datetime, BusRule]]:
        """Return the rules that will be due, each with its next time."""
        scheduled = [rule for rule in rules if rule.is_enabled and rule.schedule]
        self._schedules.keep_only([rule.arn for rule in scheduled])
        found = []
        for rule in scheduled:
            expression = rule.schedule or ""
            since = self._schedules.since(rule.arn, expression, self._clock.now())
            due = read_schedule(expression).next_after(max(after, since), since)
            if due is not None:
                found.append((due, rule))
        return found
