"""Whoever reads: one poller for each mapping that is switched on, begun and ended as mappings come, change and go.

``refresh`` is told of every change. A mapping that was changed goes on with its new settings when the batches that are
under way have ended; one that was deleted or switched off ends likewise. Nobody waits for that. Leaving the context,
and ``abandon``, cancel what is under way; it is delivered again at the next start.

A fault of our own in a poller is journalled, and the poller begins again after a pause.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Protocol

from runtime.arn import function_arn
from runtime.clock import MovableClock
from runtime.eventsources.bell import Bell
from runtime.eventsources.pull.delivery import Delivery
from runtime.eventsources.pull.filtering import Filters
from runtime.eventsources.pull.health import Health, Told, ToldOfQueue, ToldPreview, ToldToday
from runtime.eventsources.pull.kinesis_stream import KinesisStream
from runtime.eventsources.pull.queue import QueuePoller
from runtime.eventsources.pull.reading import Reading, UnderWay
from runtime.eventsources.pull.role_session import RoleSession
from runtime.eventsources.pull.stream import StreamPoller
from runtime.eventsources.pull.subscription import Subscription, of_preview, of_today
from runtime.eventsources.pull.table_stream import TableStream
from runtime.eventsources.retries import back_off
from runtime.identity.authority import Authority
from runtime.identity.seams import Caller
from runtime.invocation.execution_role import session_name
from runtime.invocation.invoker import Invoker
from runtime.journal import Journal
from runtime.resources.account import Account


class Poller(Protocol):
    """Reads one source for one function."""

    async def run(self) -> None:
        """Read until it is stopped."""

    def stop(self) -> None:
        """Begin no batch any more, and return from ``run`` when those under way have ended."""


@dataclass(slots=True)
class Running:
    """A poller at work."""

    subscription: Subscription
    task: asyncio.Task[None]
    poller: Poller


class Pollers:
    """Reads the sources of one account. Entered and left by the same task."""

    def __init__(
        self,
        *,
        account: Account,
        invoker: Invoker,
        authority: Authority,
        caller: Caller,
        journal: Journal,
        clock: MovableClock,
        bell: Bell,
        region: str,
        account_id: str,
    ) -> None:
        self._account = account
        self._authority = authority
        self._caller = caller
        self._journal = journal
        self._clock = clock
        self._bell = bell
        self._function_arn = partial(function_arn, region, account_id)
        self._delivery = Delivery(account, invoker, authority)
        self._under_way = UnderWay()
        self._running: dict[str, Running] = {}
        self._group = asyncio.TaskGroup()
        self._is_open = False

    async def __aenter__(self) -> Pollers:
        await self._group.__aenter__()
        self._is_open = True
        self.refresh()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_open = False
        for running in self._running.values():
            running.task.cancel()
        await self._group.__aexit__(kind, error, traceback)

    def refresh(self) -> None:
        """Read what is to be read now: mappings, or functions, have been changed."""
        if not self._is_open:
            return
        wanted = dict(self._wanted())
        for uuid, running in self._running.items():
            if uuid not in wanted or wanted[uuid][0] != running.subscription:
                running.poller.stop()
        for uuid, (subscription, told) in wanted.items():
            if uuid not in self._running:
                self._begin(subscription, told)
        known = {*self._account.mappings.all(), *(source.uuid for source in self._account.event_sources.all())}
        self._account.positions.keep_only(known | self._running.keys())

    async def abandon(self) -> None:
        """End everything at once: the account is emptied."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self.refresh()

    def under_way(self) -> list[str]:
        """Name the function of every batch that is with it."""
        return self._under_way.names()

    async def idle(self) -> None:
        """Wait until no batch is under way."""
        await self._under_way.idle()

    def _wanted(self) -> Iterator[tuple[str, tuple[Subscription, Told]]]:
        for uuid, mapping in self._account.mappings.all().items():
            subscription = of_today(mapping)
            if subscription is not None:
                told = ToldOfQueue if subscription.service == "sqs" else ToldToday
                yield uuid, (subscription, told(self._account.mappings, uuid))
        for source in self._account.event_sources.all():
            subscription = of_preview(source, self._function_arn(source.function))
            yield source.uuid, (subscription, ToldPreview(self._account.event_sources, source))

    def _begin(self, subscription: Subscription, told: Told) -> None:
        poller = self._poller(subscription, told)
        # A context of its own: what it reads does not follow from the call by which its mapping was made.
        task = self._group.create_task(self._until_stopped(subscription, poller), context=Context())
        self._running[subscription.uuid] = Running(subscription, task, poller)

    async def _until_stopped(self, subscription: Subscription, poller: Poller) -> None:
        try:
            (fault,) = await asyncio.gather(poller.run(), return_exceptions=True)
            if isinstance(fault, Exception):
                self._journal.fault(f"reading {subscription.source_arn} for {subscription.function}", repr(fault))
                await self._clock.sleep(back_off(5).total_seconds())
        finally:
            del self._running[subscription.uuid]
        self.refresh()

    def _poller(self, subscription: Subscription, told: Told) -> Poller:
        session = RoleSession(
            authority=self._authority,
            caller=self._caller,
            clock=self._clock,
            role=self._role(subscription),
            name=session_name(subscription.function),
        )
        reading = Reading(
            subscription=subscription,
            session=session,
            filters=Filters(subscription.filters),
            delivery=self._delivery,
            health=Health(subscription, told, self._journal),
            positions=self._account.positions,
            journal=self._journal,
            clock=self._clock,
            bell=self._bell,
            under_way=self._under_way,
        )
        if subscription.service == "sqs":
            return QueuePoller(reading)
        kind = KinesisStream if subscription.service == "kinesis" else TableStream
        return StreamPoller(reading, kind(subscription, session))

    def _role(self, subscription: Subscription) -> Callable[[], str]:
        """Return who says which role reads: in the preview the mapping, today the function."""
        role = subscription.role
        if role is not None:
            return lambda: role
        return lambda: self._delivery.function(subscription).role
