"""Bring to other services what the account has for them: at least once, and never without somebody knowing.

Theory of operation. A delivery is written into the account before it is begun (``begin`` takes what is there), and is
dropped when it is over; so ``kill -9`` cannot lose one, and one that was under way then is made again. Eight workers
take deliveries as they come and give each to its *carrier*, who makes the calls that it takes, through the endpoint and
with the rights that AWS would have there.

* A refusal (a missing permission, a queue that is gone) is the end of it, as on AWS: nobody but the journal is told.
* A throttle or a fault of the platform is no end. It is tried again after growing pauses, for a day at most.
* What was under way when the context is left is brought to its end; what waits is for the next platform.

Deliveries have no order among each other.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Protocol

from runtime.clock import MovableClock
from runtime.errors import ServiceError
from runtime.eventsources.agenda import Agenda
from runtime.eventsources.retries import back_off
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.delivery import Delivery
from runtime.timeline import under

WORKERS = 8
LONGEST = timedelta(days=1)
THROTTLED, FIRST_OF_OUR_OWN = 429, 500
GIVEN_UP = "Lambda Lab itself failed, again and again; its journal says why (platform-error)"


class Carrier(Protocol):
    """Knows how one kind of delivery is made."""

    name: str

    async def carry(self, delivery: Delivery) -> None:
        """Make a delivery; raise ``ServiceError`` if it is refused."""

    def entry(self, delivery: Delivery) -> tuple[str, Mapping[str, Any]]:
        """Return what the journal is told of a delivery: the kind, and the facts but for status and message."""


class Deliveries:
    """What is on its way from one account. Entered and left by the same task."""

    def __init__(
        self, *, account: Account, journal: Journal, clock: MovableClock, carriers: Iterable[Carrier] = ()
    ) -> None:
        self._account = account
        self._journal = journal
        self._clock = clock
        self._carriers = {carrier.name: carrier for carrier in carriers}
        self._ready: asyncio.Queue[Delivery] = asyncio.Queue()
        self._later: Agenda[Delivery] = Agenda(clock)
        self._hindrances: Counter[str] = Counter()
        self._begun: set[str] = set()
        self._under_way: Counter[str] = Counter()
        self._is_closing = False
        self._group = asyncio.TaskGroup()
        self._tasks: list[asyncio.Task[None]] = []

    def employ(self, carrier: Carrier) -> None:
        """Let a carrier make the deliveries that name it."""
        self._carriers[carrier.name] = carrier

    async def __aenter__(self) -> Deliveries:
        for delivery in self._account.outgoing.all():
            if delivery.id not in self._begun:
                self.begin(delivery)
        await self._group.__aenter__()
        self._tasks = [self._group.create_task(self._work()) for _ in range(WORKERS)]
        self._tasks.append(self._group.create_task(self._call_up()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_closing = True
        await self._ready.join()
        for task in self._tasks:
            task.cancel()
        await self._group.__aexit__(kind, error, traceback)

    def begin(self, delivery: Delivery) -> None:
        """Begin a delivery that is in the account."""
        self._begun.add(delivery.id)
        self._under_way[delivery.function] += 1
        self._ready.put_nowait(delivery)

    async def idle(self) -> None:
        """Wait until every delivery that is due has had its turn."""
        await self._ready.join()

    def under_way(self) -> list[str]:
        """Name the function of every delivery that is due or being made; those that wait for another time are not."""
        return list(self._under_way.elements())

    async def _call_up(self) -> None:
        while True:
            self.begin(await self._later.next())

    async def _work(self) -> None:
        while True:
            delivery = await self._ready.get()
            try:
                if not self._is_closing:
                    await self._guarded(delivery)
            finally:
                self._under_way[delivery.function] -= 1
                self._ready.task_done()

    async def _guarded(self, delivery: Delivery) -> None:
        # As in the asynchronous queue: a fault of one delivery must not end the worker of the others.
        with under(delivery.step):
            (fault,) = await asyncio.gather(self._turn(delivery), return_exceptions=True)
            if fault is not None:
                self._journal.fault(f"delivery {delivery.id} by {delivery.carrier}", repr(fault))
                if self._may_wait(delivery):
                    self._put_off(delivery)
                else:
                    self._finish(delivery, "refused", GIVEN_UP)

    async def _turn(self, delivery: Delivery) -> None:
        if not self._account.outgoing.has(delivery.id):  # the account was emptied
            self._forget(delivery)
            return
        try:
            await self._carriers[delivery.carrier].carry(delivery)
        except ServiceError as refusal:
            is_ours = refusal.status >= FIRST_OF_OUR_OWN or refusal.status == THROTTLED
            if is_ours and self._may_wait(delivery):
                self._put_off(delivery)
            else:
                self._finish(delivery, "refused", refusal.message)
        else:
            self._finish(delivery, "accepted", "")

    def _may_wait(self, delivery: Delivery) -> bool:
        return self._clock.now() < delivery.accepted_at + LONGEST

    def _finish(self, delivery: Delivery, status: str, message: str) -> None:
        if self._account.outgoing.has(delivery.id):
            kind, facts = self._carriers[delivery.carrier].entry(delivery)
            self._journal.append(kind, {**facts, "status": status, "message": message, **delivery.step.facts()})
            self._account.outgoing.settle(delivery.id)
        self._forget(delivery)

    def _forget(self, delivery: Delivery) -> None:
        self._begun.discard(delivery.id)
        self._hindrances.pop(delivery.id, None)

    def _put_off(self, delivery: Delivery) -> None:
        self._hindrances[delivery.id] += 1
        self._later.add(delivery, self._clock.now() + back_off(self._hindrances[delivery.id]))
