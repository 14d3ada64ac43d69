"""Invoke as today's API has it: wait for the outcome, queue the event, or only check.

A function that fails is answered with 200 too: the failure is the function's, and ``FunctionError`` says so.
"""

from __future__ import annotations

import base64
from typing import Any

from runtime.eventsources.push import invocation_source
from runtime.generation import TODAY
from runtime.invocation.outcome import Invocation, InvocationType
from runtime.resources.function import LATEST
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.lambda_today.catalogue import Catalogue
from runtime.services.lambda_today.members import refuse_unimplemented
from runtime.services.payload import (
    decode_client_context,
    require_asynchronous_size,
    require_json,
    require_synchronous_size,
)

NO_EVENT = b"{}"
"""What a handler gets when the caller sends nothing."""


class Invoking:
    """Invoke."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._invoker = collaborators.invoker
        self._queue = collaborators.queue

    async def invoke(
        self,
        call: Call,
        *,
        function_name: str,
        invocation_type: str = "RequestResponse",
        log_type: str = "None",
        client_context: str | None = None,
        payload: bytes = b"",
        qualifier: str | None = None,
        **unimplemented: object,
    ) -> dict[str, Any]:
        """Run the function and wait, or queue the event, or only check that it could be done."""
        found = self._catalogue.find(function_name, qualifier, unqualified=LATEST)
        refuse_unimplemented("Invoke", unimplemented)
        require_synchronous_size(payload)
        event = payload or NO_EVENT
        require_json(event)
        invocation = Invocation(
            function=self._catalogue.transitions.serving(self._catalogue.drawn(found)),
            request_id=call.request_id,
            payload=event,
            invocation_type=InvocationType(invocation_type),
            caller=call.principal.arn,
            source=invocation_source(call.principal),
            client_context=decode_client_context(client_context),
            qualifier=found.qualifier,
        )
        match invocation.invocation_type:
            case InvocationType.DRY_RUN:
                return {"StatusCode": 204, "Payload": b""}
            case InvocationType.EVENT:
                require_asynchronous_size(event)
                await self._queue.accept(invocation)
                return {"StatusCode": 202, "Payload": b""}
            case InvocationType.REQUEST_RESPONSE:
                return await self._wait(invocation, with_log=log_type == "Tail")

    async def _wait(self, invocation: Invocation, *, with_log: bool) -> dict[str, Any]:
        outcome = await self._invoker.invoke(invocation)
        answer: dict[str, Any] = {
            "StatusCode": 200,
            "ExecutedVersion": invocation.function.version,
            "Payload": outcome.payload,
        }
        if outcome.function_error is not None:
            answer["FunctionError"] = outcome.function_error
        if with_log:
            answer["LogResult"] = base64.b64encode(outcome.log_tail).decode()
        return answer
