"""A batch goes to its function, which is waited for.

Today Lambda invokes by itself. In the preview it does so as the invocation role, which must be allowed
``lambda:InvokeFunction``; a denial is journalled like any other. What raises ``ServiceError`` has not reached the
function: it is no attempt.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from runtime.errors import ServiceError
from runtime.eventsources.pull.role_session import RoleSession
from runtime.eventsources.pull.subscription import Subscription
from runtime.generation import PREVIEW
from runtime.identity.authority import Authority
from runtime.invocation.execution_role import SERVICE_PRINCIPAL
from runtime.invocation.invoker import Invoker
from runtime.invocation.outcome import Invocation, InvocationType, Outcome
from runtime.resources.account import Account
from runtime.resources.function import Function

LARGEST_EVENT_BYTES = 6 * 1024 * 1024
"""A batch is no larger, so that it fits into a synchronous invocation."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An attempt that has an outcome."""

    outcome: Outcome
    request_id: str
    version: str
    """Of the function that was executed."""


class Delivery:
    """Invokes functions with batches."""

    def __init__(self, account: Account, invoker: Invoker, authority: Authority) -> None:
        self._account = account
        self._invoker = invoker
        self._authority = authority

    def function(self, subscription: Subscription) -> Function:
        """Return the version that gets the next batch; raise ``ServiceError`` if there is none."""
        function = self._account.resolve(subscription.function, subscription.qualifier)
        if function is None or function.generation is not subscription.generation:
            raise ServiceError("ResourceNotFoundException", f"Function not found: {subscription.function_arn}", 404)
        return function

    async def deliver(self, subscription: Subscription, session: RoleSession, texts: Sequence[str]) -> Delivered:
        """Invoke the function with these records."""
        function = self.function(subscription)
        request_id = str(uuid.uuid4())
        caller = SERVICE_PRINCIPAL
        if subscription.generation is PREVIEW:
            principal = session.identity().principal
            self._authority.require(
                principal,
                "lambda:InvokeFunction",
                function.arn,
                service="lambda",
                operation="InvokeFunction",
                request_id=request_id,
            )
            caller = principal.arn
        invocation = Invocation(
            function=function,
            request_id=request_id,
            payload=('{"Records": [' + ", ".join(texts) + "]}").encode(),
            invocation_type=InvocationType.REQUEST_RESPONSE,
            caller=caller,
            source=subscription.service,
            qualifier=subscription.qualifier,
        )
        return Delivered(await self._invoker.invoke(invocation), request_id, function.version)


def fitting(sizes: Sequence[int], most: int) -> int:
    """Return how many records of these sizes make a batch of at most so many; always one at least."""
    total = 0
    for count, size in enumerate(sizes[:most]):
        total += size + 2
        if total > LARGEST_EVENT_BYTES - len('{"Records": []}') and count:
            return count
    return min(most, len(sizes))
