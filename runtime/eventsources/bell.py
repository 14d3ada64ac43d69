"""Tells those who look at a source once in a while that something has just been written to it.

It only spares them the wait: who does not hear it finds the same at the next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

WRITES: Mapping[str, frozenset[str]] = {
    "kinesis": frozenset({"PutRecord", "PutRecords", "SplitShard", "MergeShards", "UpdateShardCount"}),
    "dynamodb": frozenset(
        {"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "ExecuteStatement"}
    ),
    "sqs": frozenset({"SendMessage", "SendMessageBatch", "ChangeMessageVisibility", "ChangeMessageVisibilityBatch"}),
}
"""With these operations something comes that somebody may wait for."""
PERMISSIONS = "permissions"
"""Listened to by whoever was refused something; it rings when anything of IAM or of Lambda is changed."""


class Bell:
    """Rings for whoever listens at that moment, by the name of the service that was written to."""

    def __init__(self) -> None:
        self._heard: dict[str, asyncio.Event] = {}

    def listen(self, service: str) -> asyncio.Event:
        """Return an event that is set at the next ring; to be asked for before the look that may find nothing."""
        return self._heard.setdefault(service, asyncio.Event())

    def written(self, service: str, operation: str) -> None:
        """Take notice of a call that has changed something."""
        if operation in WRITES.get(service, ()):
            self.ring(service)
        if service in ("iam", "lambda") and not operation.startswith("Invoke"):
            self.ring(PERMISSIONS)

    def ring(self, service: str) -> None:
        """Say that something was written to a service."""
        heard = self._heard.pop(service, None)
        if heard is not None:
            heard.set()
