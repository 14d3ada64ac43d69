"""What IAM asks of a call before it is stored: names that can be, no more than the quotas, policies that are there.

The store would take any ARN for a permissions boundary, and a boundary that does not exist would be one that nobody
sees; and it has words of its own for a text that is no ARN.
"""

from __future__ import annotations

from http import HTTPStatus

from runtime.arn import Arn
from runtime.endpoint.directory import MotoDirectory
from runtime.endpoint.exchange import Answer
from runtime.endpoint.execution import Execution
from runtime.endpoint.iam_names import require_names
from runtime.endpoint.iam_quotas import require_room
from runtime.endpoint.received import Received
from runtime.endpoint.store import Store
from runtime.errors import ServiceError

BOUNDING = frozenset({"CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"})
ATTACHING = frozenset({"AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy"})
DELETING = {"DeleteRole": "role", "DeleteUser": "user"}
NO_ARN = "Invalid ARN:  Could not be parsed!"
"""As AWS says it, with two blanks."""


class IamFace:
    """IAM, as far as it is more than a store."""

    def __init__(self, execution: Execution, store: Store, directory: MotoDirectory) -> None:
        self._execution = execution
        self._store = store
        self._directory = directory

    async def answer(self, received: Received) -> Answer:
        """Carry out a call to IAM."""
        operation = received.operation
        if operation.name in DELETING:
            return await self._deleted(received)
        if operation.is_write:
            members = received.destination.wire.parse(operation, received.labels, received.request)
            require_names(operation, members)
            require_room(operation.name, members, self._store.iam)
            if operation.name in BOUNDING and "PermissionsBoundary" in members:
                self._require_policy(members["PermissionsBoundary"])
            if operation.name in ATTACHING:
                _require_arn(members["PolicyArn"])
        return await self._execution.answer(received)

    async def _deleted(self, received: Received) -> Answer:
        """Delete a user or role; the policies of functions, which the store does not keep, are told."""
        kind = DELETING[received.operation.name]
        members = received.destination.wire.parse(received.operation, received.labels, received.request)
        arn = self._directory.iam_arn(kind, members[f"{kind.capitalize()}Name"])
        holder = self._directory.holder(arn) if arn else None
        answer = await self._execution.answer(received)
        if arn and holder and answer.status == HTTPStatus.OK:
            self._directory.principal_deleted(arn, holder.identifier)
        return answer

    def _require_policy(self, policy_arn: str) -> None:
        if policy_arn not in self._store.iam.managed_policies:
            message = f"Scope ARN: {policy_arn} does not exist or is not attachable."
            raise ServiceError("NoSuchEntity", message, 404)


def _require_arn(text: str) -> None:
    try:
        Arn.parse(text)
    except ValueError as error:
        raise ServiceError("ValidationError", NO_ARN, 400) from error
