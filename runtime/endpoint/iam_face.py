"""What IAM asks of a call before it is stored: that it is within the quotas, and that policies named by ARN are there.

The store would take any ARN for a permissions boundary, and a boundary that does not exist would be one that nobody
sees; and it has words of its own for a text that is no ARN.
"""

from __future__ import annotations

from runtime.arn import Arn
from runtime.endpoint.exchange import Answer
from runtime.endpoint.execution import Execution
from runtime.endpoint.iam_quotas import require_room
from runtime.endpoint.received import Received
from runtime.endpoint.store import Store
from runtime.errors import ServiceError

BOUNDING = frozenset({"CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"})
ATTACHING = frozenset({"AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy"})
NO_ARN = "Invalid ARN:  Could not be parsed!"
"""As AWS says it, with two blanks."""


class IamFace:
    """IAM, as far as it is more than a store."""

    def __init__(self, execution: Execution, store: Store) -> None:
        self._execution = execution
        self._store = store

    async def answer(self, received: Received) -> Answer:
        """Carry out a call to IAM."""
        operation = received.operation
        if operation.is_write:
            members = received.destination.wire.parse(operation, received.labels, received.request)
            require_room(operation.name, members, self._store.iam)
            if operation.name in BOUNDING and "PermissionsBoundary" in members:
                self._require_policy(members["PermissionsBoundary"])
            if operation.name in ATTACHING:
                _require_arn(members["PolicyArn"])
        return await self._execution.answer(received)

    def _require_policy(self, policy_arn: str) -> None:
        if policy_arn not in self._store.iam.managed_policies:
            message = f"Scope ARN: {policy_arn} does not exist or is not attachable."
            raise ServiceError("NoSuchEntity", message, 404)


def _require_arn(text: str) -> None:
    try:
        Arn.parse(text)
    except ValueError as error:
        raise ServiceError("ValidationError", NO_ARN, 400) from error
