"""What both API versions do with the functions of the account: find, keep, drop them, and hand them a role.

There is one namespace of names, and a function belongs to the generation whose API made it. The other API does not see
it; but because that is a rule of this platform and not of AWS, the refusal says so.
Every change is journalled (``function``) and drops the warm environments of the function, so that the next invocation
meets the change.
"""

from __future__ import annotations

from datetime import datetime

from runtime.arn import function_arn
from runtime.errors import ServiceError
from runtime.generation import Generation
from runtime.invocation.execution_role import NOT_ASSUMABLE, SERVICE_PRINCIPAL, session_name
from runtime.resources.function import Function
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter


class Functions:
    """The functions of one account, as one generation sees them."""

    def __init__(self, generation: Generation, collaborators: Collaborators) -> None:
        self._generation = generation
        self._account = collaborators.account
        self._invoker = collaborators.invoker
        self._authority = collaborators.authority
        self._journal = collaborators.journal
        self._settings = collaborators.settings

    def arn(self, name: str) -> str:
        """Return the ARN that a function of that name has in this account."""
        return function_arn(self._settings.region, self._settings.account, name)

    def find(self, name: str, qualifier: str | None = None) -> Function:
        """Return a function of this generation; raise ResourceNotFoundException if there is none of that name."""
        function = self._account.function(name)
        if function is not None and function.generation is self._generation:
            return function
        arn = f"{self.arn(name)}:{qualifier}" if qualifier else self.arn(name)
        hint = "" if function is None else f" ({_belonging(function)})"
        raise ServiceError("ResourceNotFoundException", f"Function not found: {arn}{hint}", 404, {"Type": "User"})

    def of_any_generation(self, name: str) -> Function | None:
        """Return whatever function has that name."""
        return self._account.function(name)

    def all(self) -> list[Function]:
        """Return the functions of this generation, by name."""
        return [function for function in self._account.functions() if function.generation is self._generation]

    async def put(self, function: Function, call: Call) -> Function:
        """Create or replace a function."""
        operation = "created" if self._account.function(function.name) is None else "updated"
        self._account.put_function(function)
        await self._changed(operation, function, call)
        return function

    def publish(self, version: Function, call: Call) -> Function:
        """Keep a version; environments of the function stay warm, since nothing about it has changed."""
        self._account.put_function(version)
        self._record("published", version, call)
        return version

    async def delete_version(self, version: Function, call: Call) -> None:
        """Drop one version, and what is attached to it."""
        self._account.versions.delete_version(version.name, version.version)
        self._account.attachments.drop_qualifier(version.name, version.version)
        await self._changed("unpublished", version, call)

    async def delete(self, function: Function, call: Call) -> None:
        """Drop a function with its versions and all that is attached to them; packages stay in the store."""
        self._account.delete_function(function.name)
        await self._changed("deleted", function, call)

    async def _changed(self, operation: str, function: Function, call: Call) -> None:
        await self._invoker.forget(function.name)
        if operation != "deleted":
            self._invoker.expect(function.runtime)
        self._record(operation, function, call)

    def _record(self, operation: str, function: Function, call: Call) -> None:
        facts = {
            "operation": operation,
            "function": function.name,
            "version": function.version,
            "generation": function.generation.name,
            "code_sha256": function.code_sha256,
            "caller": call.principal.arn,
        }
        self._journal.append("function", facts)

    def require_role(self, role: str, function_name: str, operation: str, call: Call) -> None:
        """Let the caller hand a role to the function: they must be allowed to pass it, and Lambda to assume it.

        AWS documents iam:PassRole for CreateFunction and UpdateFunctionConfiguration; for UploadFunction it is not
        known. It is asked there too: otherwise whoever may upload a function could act as any role that trusts Lambda.
        """
        context = {"iam:PassedToService": SERVICE_PRINCIPAL}
        self._authority.require(
            call.principal,
            "iam:PassRole",
            role,
            context,
            service="lambda",
            operation=operation,
            request_id=call.request_id,
        )
        try:
            self._authority.assume_role(self._authority.service(SERVICE_PRINCIPAL), role, session_name(function_name))
        except ServiceError as refusal:
            raise invalid_parameter(NOT_ASSUMABLE) from refusal


def last_modified(moment: datetime) -> str:
    """Write a moment the way both API versions do: ``2015-08-26T22:47:49.103+0000``."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"


def _belonging(function: Function) -> str:
    version = function.generation.api_version
    return f"it was made through the Lambda API of {version}; use a client of that API version for it"
