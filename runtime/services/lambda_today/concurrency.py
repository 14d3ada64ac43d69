"""Reserved concurrency: the part of the account's invocations at once that a function has for itself, and no more.

The ceilings are kept by the invoker (``runtime/invocation/concurrency.py``). Provisioned concurrency is not here.
"""

from __future__ import annotations

from typing import Any

from runtime.errors import ServiceError
from runtime.generation import TODAY
from runtime.invocation.concurrency import least_unreserved
from runtime.resources.attachments import Kind
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.catalogue import Catalogue

FUNCTIONS_ONLY = (
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation."
    " Please specify either a function name or an unqualified function ARN."
)


class Concurrency:
    """PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._account = collaborators.account
        self._settings = collaborators.settings

    async def put_function_concurrency(
        self, call: Call, *, function_name: str, reserved_concurrent_executions: int
    ) -> dict[str, Any]:
        """Reserve; what is left for all others must not become too little."""
        name = self._name(function_name)
        others = sum(number for other, number in self._account.reservations().items() if other != name)
        limit = self._settings.concurrency
        if limit - others - reserved_concurrent_executions < least_unreserved(limit):
            message = (
                "Specified ReservedConcurrentExecutions for function decreases account's"
                f" UnreservedConcurrentExecution below its minimum value of [{least_unreserved(limit)}]."
            )
            raise ServiceError("InvalidParameterValueException", message)  # recorded without a Type
        reserved = {"ReservedConcurrentExecutions": reserved_concurrent_executions}
        self._account.attachments.put(Kind.CONCURRENCY, name, reserved)
        return reserved

    async def get_function_concurrency(self, call: Call, *, function_name: str) -> dict[str, Any]:
        """Return what is reserved; nothing if nothing is."""
        name = self._catalogue.find(function_name).function.name
        return self._account.attachments.get(Kind.CONCURRENCY, name) or {}

    async def delete_function_concurrency(self, call: Call, *, function_name: str) -> dict[str, Any]:
        """Give the function back to the account's common part."""
        self._account.attachments.delete(Kind.CONCURRENCY, self._name(function_name))
        return {}

    def _name(self, function_name: str) -> str:
        reference = self._catalogue.refer(function_name)
        if reference.qualifier:
            raise invalid_parameter(FUNCTIONS_ONLY)
        return self._catalogue.functions.find(reference.name).name
