"""Functions in the preview: upload, read, change, delete, and invoke without waiting.

UploadFunction creates *or replaces*; the only runtime is ``nodejs``, the only mode ``event``, and the only way to run
a function is InvokeAsync. What members may be is in ``members.py``.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from runtime.eventsources.push import invocation_source
from runtime.generation import PREVIEW
from runtime.invocation.outcome import Invocation, InvocationType
from runtime.resources.function import Function
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.deployment import keep_upload
from runtime.services.functions import Functions
from runtime.services.lambda_preview.members import MAXIMUM_ITEMS, RUNTIME, check_members, configuration
from runtime.services.paging import page
from runtime.services.payload import require_asynchronous_size, require_json

NO_RUNTIME = (
    "The runtime nodejs is the real Node v0.10.32, and this machine does not have it, so the function could not run. "
    "`python -m runtime doctor` lists the runtimes that are here, and `make lab` fetches what is missing."
)


class PreviewFunctions:
    """The operations of Lambda 2014-11-11 on functions, by botocore's names."""

    service = "lambda"
    api_version = PREVIEW.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._functions = Functions(PREVIEW, collaborators)
        self._packages = collaborators.packages
        self._invoker = collaborators.invoker
        self._queue = collaborators.queue
        self._clock = collaborators.clock
        self._locations = collaborators.locations

    async def upload_function(
        self,
        call: Call,
        *,
        function_name: str,
        function_zip: bytes,
        runtime: str,
        role: str,
        handler: str,
        mode: str,
        description: str = "",
        timeout: int = 3,
        memory_size: int = 128,
    ) -> dict[str, Any]:
        """Create a function, or replace the code and everything else of one."""
        check_members(
            function_name=function_name,
            runtime=runtime,
            role=role,
            handler=handler,
            mode=mode,
            description=description,
            timeout=timeout,
            memory_size=memory_size,
        )
        if RUNTIME not in self._invoker.runtimes:
            raise invalid_parameter(NO_RUNTIME)
        self._functions.require_role(role, function_name, "UploadFunction", call)
        package = await keep_upload(self._packages, function_zip)
        self._require_own_name(function_name)
        function = Function(
            name=function_name,
            arn=self._functions.arn(function_name),
            generation=PREVIEW,
            runtime=runtime,
            handler=handler,
            role=role,
            memory_mib=memory_size,
            timeout_seconds=timeout,
            description=description,
            code_sha256=package.sha256,
            code_size=package.size,
            last_modified=self._clock.now(),
            revision=str(uuid.uuid4()),
        )
        return configuration(await self._functions.put(function, call))

    async def get_function(self, call: Call, *, function_name: str) -> dict[str, Any]:
        """Return the configuration, and where the deployment package can be fetched for ten minutes."""
        function = self._find(function_name)
        location = self._locations.location(call.endpoint_url, function.code_sha256)
        return {
            "Configuration": configuration(function),
            "Code": {"RepositoryType": "S3", "Location": location},
        }

    async def get_function_configuration(self, call: Call, *, function_name: str) -> dict[str, Any]:
        """Return the configuration."""
        return configuration(self._find(function_name))

    async def update_function_configuration(
        self,
        call: Call,
        *,
        function_name: str,
        role: str | None = None,
        handler: str | None = None,
        description: str | None = None,
        timeout: int | None = None,
        memory_size: int | None = None,
    ) -> dict[str, Any]:
        """Change the members that are given, and never the code."""
        check_members(
            function_name=function_name,
            role=role,
            handler=handler,
            description=description,
            timeout=timeout,
            memory_size=memory_size,
        )
        function = self._find(function_name)
        if role is not None:
            self._functions.require_role(role, function_name, "UpdateFunctionConfiguration", call)
        changed = replace(
            function,
            role=function.role if role is None else role,
            handler=function.handler if handler is None else handler,
            description=function.description if description is None else description,
            timeout_seconds=function.timeout_seconds if timeout is None else timeout,
            memory_mib=function.memory_mib if memory_size is None else memory_size,
            last_modified=self._clock.now(),
            revision=str(uuid.uuid4()),
        )
        return configuration(await self._functions.put(changed, call))

    async def list_functions(
        self, call: Call, *, marker: str | None = None, max_items: int = MAXIMUM_ITEMS
    ) -> dict[str, Any]:
        """Return the functions of the preview, by name."""
        check_members(max_items=max_items)
        functions, next_marker = page(
            self._functions.all(), marker, max_items, key=lambda function: function.name, operation="ListFunctions"
        )
        answer: dict[str, Any] = {"Functions": [configuration(function) for function in functions]}
        return answer | ({"NextMarker": next_marker} if next_marker else {})

    async def delete_function(self, call: Call, *, function_name: str) -> dict[str, Any]:
        """Delete a function."""
        await self._functions.delete(self._find(function_name), call)
        return {}

    async def invoke_async(self, call: Call, *, function_name: str, invoke_args: bytes) -> dict[str, Any]:
        """Accept an event; it is durable when this answers 202, and the function runs soon after.

        Today's API has this operation too, on the same path, so it takes the functions of both.
        """
        check_members(function_name=function_name)
        function = self._functions.of_any_generation(function_name) or self._functions.find(function_name)
        require_asynchronous_size(invoke_args)
        require_json(invoke_args)
        invocation = Invocation(
            function=function,
            request_id=call.request_id,
            payload=invoke_args,
            invocation_type=InvocationType.EVENT,
            caller=call.principal.arn,
            source=invocation_source(call.principal),
        )
        await self._queue.accept(invocation)
        return {"Status": 202}

    def _find(self, function_name: str) -> Function:
        check_members(function_name=function_name)
        return self._functions.find(function_name)

    def _require_own_name(self, name: str) -> None:
        other = self._functions.of_any_generation(name)
        if other is not None and other.generation is not PREVIEW:
            raise invalid_parameter(
                f"The name {name} is taken by a function that was made through the Lambda API of"
                f" {other.generation.api_version}. Choose another name, or delete that function first."
            )
