"""What IAM does beyond storing: the permissions boundaries of users, which the store does not know.

* A boundary must be a managed policy that exists; the store would take any ARN.
* PutUserPermissionsBoundary and DeleteUserPermissionsBoundary are carried out here, and CreateUser's boundary is kept:
  a boundary that was taken without a word and then ignored would give more than was asked for.

The boundary is kept on the store's own user, so GetUser shows it, and it is gone when the user is.
"""

from __future__ import annotations

from runtime.endpoint.exchange import Answer
from runtime.endpoint.execution import Execution
from runtime.endpoint.received import Received
from runtime.endpoint.store import Store
from runtime.errors import ServiceError

BOUNDARY = "PermissionsBoundary"
OF_USERS = frozenset({"PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary"})
CONCERNED = OF_USERS | {"CreateUser", "CreateRole", "PutRolePermissionsBoundary"}


class IamFace:
    """IAM, as far as it is more than a store."""

    def __init__(self, execution: Execution, store: Store) -> None:
        self._execution = execution
        self._store = store

    async def answer(self, received: Received) -> Answer:
        """Carry out a call to IAM."""
        operation = received.operation
        if operation.name not in CONCERNED:
            return await self._execution.answer(received)
        members = received.destination.wire.parse(operation, received.labels, received.request)
        policy_arn = members.get(BOUNDARY)
        if policy_arn is not None:
            self._require_policy(policy_arn)
        if operation.name in OF_USERS:
            return self._bound(received, members["UserName"], policy_arn)
        answer = await self._execution.answer(received)
        if operation.name == "CreateUser" and policy_arn is not None and answer.status < 300:
            self._store.bound_user(members["UserName"], policy_arn)
        return answer

    def _require_policy(self, policy_arn: str) -> None:
        if policy_arn not in self._store.iam.managed_policies:
            message = f"Scope ARN: {policy_arn} does not exist or is not attachable."
            raise ServiceError("NoSuchEntity", message, 404)

    def _bound(self, received: Received, user: str, policy_arn: str | None) -> Answer:
        if not self._store.bound_user(user, policy_arn):
            raise ServiceError("NoSuchEntity", f"The user with name {user} cannot be found.", 404)
        return received.destination.wire.answer(received.operation, {}, received.request_id)
