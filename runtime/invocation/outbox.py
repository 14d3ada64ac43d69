"""What functions have logged and is on its way to CloudWatch Logs, so that no invocation waits for its delivery.

On AWS, too, the log comes after the answer. But here whoever asks after an invocation has returned finds all its lines:
the endpoint awaits :meth:`Outbox.settled` before it lets anybody read a log or the journal. Until somebody asks,
what one environment logs within :data:`DELAY_SECONDS` goes out together. An environment that has logged so much that
its lines are a burden waits for their delivery.

What has not gone out is lost when the runtime is killed; the journal has the invocation all the same.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from runtime.invocation.delivery import LogDelivery

DELAY_SECONDS = 0.2


class Outbox:
    """The deliveries that are due, one after another for each environment."""

    def __init__(self, delay_seconds: float = DELAY_SECONDS) -> None:
        self._delay_seconds = delay_seconds
        self._due: dict[LogDelivery, asyncio.Task[None]] = {}
        self._in_a_hurry = asyncio.Event()

    async def post(self, delivery: LogDelivery) -> None:
        """Take what an environment has logged since the last time; it is delivered soon."""
        delivery.collect()
        if delivery.has_collected and delivery not in self._due:
            self._schedule(delivery)
        if delivery.is_burden:
            await self._settle({delivery})

    async def settled(self) -> None:
        """Deliver at once, and wait until all that was posted before has been delivered or refused."""
        await self._settle(set(self._due))

    def under_way(self) -> list[str]:
        """Name the log groups whose lines have not been delivered: an advance of the clock waits for them.

        The credentials with which they are delivered would be over, a day later.
        """
        return [delivery.group for delivery in self._due]

    async def idle(self) -> None:
        """Wait until everything has been delivered or refused."""
        await self.settled()

    async def _settle(self, deliveries: set[LogDelivery]) -> None:
        # What was posted while a delivery was under way is in the one that follows it, and in no later one.
        for _ in range(2):
            due = {self._due[one] for one in deliveries if one in self._due}
            if due:
                self._in_a_hurry.set()
                done, _ = await asyncio.wait(due)  # who stops waiting does not stop the delivery
                for task in done:
                    task.result()  # a fault of ours is loud

    def _schedule(self, delivery: LogDelivery) -> None:
        self._due[delivery] = asyncio.create_task(self._deliver(delivery))

    async def _deliver(self, delivery: LogDelivery) -> None:
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._in_a_hurry.wait(), self._delay_seconds)
            await delivery.deliver()
        finally:
            del self._due[delivery]
            if delivery.has_collected:
                self._schedule(delivery)
            if not self._due:
                self._in_a_hurry.clear()
