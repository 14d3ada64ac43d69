"""What those who read for one mapping have in of_mapping: parts, and the words for what they meet."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from runtime.clock import MovableClock
from runtime.errors import ServiceError
from runtime.eventsources.bell import PERMISSIONS, Bell
from runtime.eventsources.pull.delivery import Delivery
from runtime.eventsources.pull.filtering import Filters
from runtime.eventsources.pull.health import Health
from runtime.eventsources.pull.role_session import RoleSession
from runtime.eventsources.pull.subscription import Subscription
from runtime.eventsources.retries import back_off
from runtime.journal import Journal
from runtime.resources.positions import Positions

LOOK_SECONDS = 1.0
"""A source is looked at once a second, as AWS says of streams; sooner, when something has been written to it."""
GATHER_SECONDS = 0.05
"""How long what is written one by one is let gather after the first."""
DENIED = frozenset({"AccessDenied", "AccessDeniedException"})
GONE = frozenset({"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
CANNOT_ACCESS = (
    "Cannot access stream {}. Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, and"
    " ListStreams Actions on your stream in IAM."
)
CANNOT_RECEIVE = "The provided execution role does not have permissions to call ReceiveMessage on SQS"


class UnderWay:
    """The batches that are with their functions, and the looks that may find more."""

    def __init__(self) -> None:
        self._functions: Counter[str] = Counter()
        self._none = asyncio.Event()
        self._none.set()

    @contextmanager
    def counting(self, function: str) -> Iterator[None]:
        """Count something as under way."""
        self._functions[function] += 1
        self._none.clear()
        try:
            yield
        finally:
            self._functions[function] -= 1
            if not self._functions.total():
                self._none.set()

    def names(self) -> list[str]:
        """Name the function of everything that is under way."""
        return list(self._functions.elements())

    async def idle(self) -> None:
        """Wait until nothing is under way."""
        await self._none.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One mapping that is read."""

    subscription: Subscription
    session: RoleSession
    filters: Filters
    delivery: Delivery
    health: Health
    positions: Positions
    journal: Journal
    clock: MovableClock
    bell: Bell
    under_way: UnderWay

    def record(self, step: str, **facts: Any) -> None:
        """Journal a step of a batch's way (``batch``)."""
        subscription = self.subscription
        of_mapping = {
            "step": step,
            "mapping": subscription.uuid,
            "source": subscription.service,
            "event_source_arn": subscription.source_arn,
            "function": subscription.function,
            "generation": subscription.generation.name,
        }
        self.journal.append("batch", of_mapping | facts)

    def trouble(self, refusal: ServiceError) -> str:
        """Say in AWS's words why the source cannot be read."""
        arn = self.subscription.source_arn
        if self.subscription.service == "sqs":
            return CANNOT_RECEIVE if refusal.code in DENIED else refusal.message
        if refusal.code in DENIED:
            return CANNOT_ACCESS.format(arn)
        if refusal.code in GONE and not refusal.message.startswith("Function not found"):
            return f"Stream not found: {arn}"
        return refusal.message

    def permitted(self) -> asyncio.Event:
        """Return what is set when IAM or a function is changed; to be asked for before what may be refused."""
        return self.bell.listen(PERMISSIONS)

    async def wait_out(self, hindrances: int, permitted: asyncio.Event) -> None:
        """Wait before another look at what could not be read; less, when it may be permitted now."""
        await self.clock.sleep(back_off(hindrances).total_seconds(), permitted)

    async def wait_for_more(self, heard: asyncio.Event) -> None:
        """Wait for the next look at a source in which there was nothing."""
        await self.clock.sleep(LOOK_SECONDS, heard)
        if heard.is_set():
            await asyncio.sleep(GATHER_SECONDS)
