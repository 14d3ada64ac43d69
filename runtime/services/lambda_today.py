"""Lambda as it is today: API version 2015-03-31, functions of zip packages, ``$LATEST`` alone.

CreateFunction refuses a name that is taken; code and configuration are updated apart; Invoke waits (RequestResponse),
queues (Event) or only checks (DryRun). What members may be is in ``today_members``. Versions, aliases, layers, resource
policies, concurrency and event source mappings are not here yet, and a call that asks for them is refused.
"""

from __future__ import annotations

import platform
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runtime.clock import Clock
from runtime.errors import ServiceError
from runtime.eventsources.asynchronous import EventQueue
from runtime.generation import TODAY
from runtime.identity.authority import Authority
from runtime.identity.seams import Caller
from runtime.invocation.invoker import Invoker
from runtime.journal import Journal
from runtime.resources.account import Account
from runtime.resources.function import Function
from runtime.resources.packages import PackageStore
from runtime.services.call import Call
from runtime.services.constraints import invalid_parameter
from runtime.services.deployment import Deployment
from runtime.services.functions import Functions
from runtime.services.invoking import Invoking
from runtime.services.locations import PackageLocations
from runtime.services.naming import LATEST, NAMESPACED_PATTERN, PATTERN, refer
from runtime.services.paging import page
from runtime.services.today_members import (
    check_architectures,
    check_members,
    check_package,
    check_revision,
    check_runtime,
    refuse_unimplemented,
    variables,
)
from runtime.services.today_shapes import CREATED, LISTED, READ, UPDATED, configuration
from runtime.settings import Settings

PREVIEW_RUNTIME = "nodejs"
"""Node v0.10.32 is had through the preview's API only: AWS has ended this runtime for the API of today."""
LISTED_AT_ONCE = 50
"""However many MaxItems asks for, AWS answers at most so many functions a page."""
ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
"""Lambda's word for a processor by Linux's."""


class LambdaToday:
    """The operations of Lambda 2015-03-31, by botocore's names."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(
        self,
        *,
        account: Account,
        packages: PackageStore,
        invoker: Invoker,
        queue: EventQueue,
        authority: Authority,
        caller: Caller,
        journal: Journal,
        settings: Settings,
        clock: Clock,
        locations: PackageLocations,
    ) -> None:
        self._functions = Functions(
            generation=TODAY,
            account=account,
            invoker=invoker,
            authority=authority,
            journal=journal,
            settings=settings,
        )
        self._deployment = Deployment(packages=packages, authority=authority, caller=caller)
        self._invoking = Invoking(invoker=invoker, queue=queue)
        self._runtimes = tuple(name for name in invoker.runtimes if name != PREVIEW_RUNTIME)
        self._architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
        self._settings = settings
        self._clock = clock
        self._locations = locations

    async def create_function(
        self,
        call: Call,
        *,
        function_name: str,
        role: str,
        code: Mapping[str, Any],
        runtime: str | None = None,
        handler: str | None = None,
        description: str = "",
        timeout: int = 3,
        memory_size: int = 128,
        environment: Mapping[str, Any] | None = None,
        ephemeral_storage: Mapping[str, int] | None = None,
        architectures: list[str] | None = None,
        package_type: str = "Zip",
        **unimplemented: object,
    ) -> dict[str, Any]:
        """Create a function; a name that is taken is refused."""
        name = self._unqualified_name(function_name, "CreateFunction")
        check_members(
            role=role,
            handler=handler,
            description=description,
            timeout=timeout,
            memory_size=memory_size,
            ephemeral_storage=ephemeral_storage,
            package_type=package_type,
        )
        check_architectures(architectures, self._architecture)
        check_package(package_type, runtime, handler)
        check_runtime(str(runtime), self._runtimes)
        refuse_unimplemented("CreateFunction", unimplemented)
        given_variables = variables(environment)
        self._require_free(name)
        self._functions.require_role(role, name, "CreateFunction", call)
        package = await self._deployment.keep(call, code, "CreateFunction")
        self._require_free(name)
        function = Function(
            name=name,
            arn=self._functions.arn(name),
            generation=TODAY,
            runtime=str(runtime),
            handler=str(handler),
            role=role,
            memory_mib=memory_size,
            timeout_seconds=timeout,
            description=description,
            code_sha256=package.sha256,
            code_size=package.size,
            last_modified=self._clock.now(),
            revision=str(uuid.uuid4()),
            environment=given_variables,
            storage_mib=ephemeral_storage["Size"] if ephemeral_storage else 512,
        )
        return self._described(await self._functions.put(function, call), CREATED)

    async def get_function(self, call: Call, *, function_name: str, qualifier: str | None = None) -> dict[str, Any]:
        """Return the configuration, and where the deployment package can be fetched for ten minutes."""
        function, asked_with = self._find(function_name, qualifier)
        location = self._locations.location(call.endpoint_url, function.code_sha256)
        return {
            "Configuration": self._described(function, READ, asked_with),
            "Code": {"RepositoryType": "S3", "Location": location},
        }

    async def get_function_configuration(
        self, call: Call, *, function_name: str, qualifier: str | None = None
    ) -> dict[str, Any]:
        """Return the configuration."""
        function, asked_with = self._find(function_name, qualifier)
        return self._described(function, READ, asked_with)

    async def list_functions(
        self, call: Call, *, marker: str | None = None, max_items: int = LISTED_AT_ONCE, **unimplemented: object
    ) -> dict[str, Any]:
        """Return the functions of today's API, by name."""
        check_members(max_items=max_items)
        refuse_unimplemented("ListFunctions", unimplemented)
        functions, next_marker = page(self._functions.all(), marker, min(max_items, LISTED_AT_ONCE))
        answer: dict[str, Any] = {"Functions": [self._described(function, LISTED) for function in functions]}
        return answer | ({"NextMarker": next_marker} if next_marker else {})

    async def update_function_code(
        self,
        call: Call,
        *,
        function_name: str,
        zip_file: bytes | None = None,
        s3_bucket: str | None = None,
        s3_key: str | None = None,
        s3_object_version: str | None = None,
        architectures: list[str] | None = None,
        dry_run: bool = False,
        revision_id: str | None = None,
        **unimplemented: object,
    ) -> dict[str, Any]:
        """Change the code and nothing else; with DryRun only say what would be."""
        function = self._find_to_change(function_name, "UpdateFunctionCode")
        check_architectures(architectures, self._architecture)
        refuse_unimplemented("UpdateFunctionCode", unimplemented)
        code = {"ZipFile": zip_file, "S3Bucket": s3_bucket, "S3Key": s3_key, "S3ObjectVersion": s3_object_version}
        package = await self._deployment.keep(call, code, "UpdateFunctionCode")
        # Looked up again: unzipping took a while, and the function may have been changed or deleted meanwhile.
        function = self._functions.find(function.name)
        check_revision(revision_id, function.revision)
        changed = self._changed(function, code_sha256=package.sha256, code_size=package.size)
        return self._described(changed if dry_run else await self._functions.put(changed, call), UPDATED)

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
        environment: Mapping[str, Any] | None = None,
        runtime: str | None = None,
        revision_id: str | None = None,
        ephemeral_storage: Mapping[str, int] | None = None,
        **unimplemented: object,
    ) -> dict[str, Any]:
        """Change the members that are given, and never the code. Environment replaces all variables."""
        function = self._find_to_change(function_name, "UpdateFunctionConfiguration")
        check_members(
            role=role,
            handler=handler,
            description=description,
            timeout=timeout,
            memory_size=memory_size,
            ephemeral_storage=ephemeral_storage,
        )
        refuse_unimplemented("UpdateFunctionConfiguration", unimplemented)
        check_revision(revision_id, function.revision)
        given: dict[str, Any] = {
            "role": role,
            "handler": handler,
            "description": description,
            "timeout_seconds": timeout,
            "memory_mib": memory_size,
            "runtime": runtime,
            "environment": None if environment is None else variables(environment),
            "storage_mib": ephemeral_storage["Size"] if ephemeral_storage else None,
        }
        if runtime is not None:
            check_runtime(runtime, self._runtimes)
        if role is not None:
            self._functions.require_role(role, function.name, "UpdateFunctionConfiguration", call)
        changed = self._changed(function, **{name: value for name, value in given.items() if value is not None})
        return self._described(await self._functions.put(changed, call), UPDATED)

    async def delete_function(self, call: Call, *, function_name: str, qualifier: str | None = None) -> dict[str, Any]:
        """Delete a function."""
        function, asked_with = self._find(function_name, qualifier)
        if asked_with == LATEST:
            raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
        await self._functions.delete(function, call)
        return {"StatusCode": 204}

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
        function, _ = self._find(function_name, qualifier, unqualified=LATEST)
        refuse_unimplemented("Invoke", unimplemented)
        return await self._invoking.invoke(
            call,
            function,
            invocation_type=invocation_type,
            log_type=log_type,
            client_context=client_context,
            payload=payload,
        )

    def _find(self, text: str, qualifier: str | None, *, unqualified: str | None = None) -> tuple[Function, str | None]:
        """Return a function, and the qualifier with which it was asked for.

        A function that is not found is named with its qualifier, and by Invoke with $LATEST where it has none.
        """
        reference = refer(text, self._settings, NAMESPACED_PATTERN, qualifier)
        function = self._functions.find(reference.name, reference.qualifier or unqualified)
        if reference.qualifier not in (None, LATEST):
            arn = f"{function.arn}:{reference.qualifier}"
            raise ServiceError("ResourceNotFoundException", f"Function not found: {arn}", 404, {"Type": "User"})
        return function, reference.qualifier

    def _find_to_change(self, text: str, operation: str) -> Function:
        return self._functions.find(self._unqualified_name(text, operation))

    def _unqualified_name(self, text: str, operation: str) -> str:
        reference = refer(text, self._settings, PATTERN)
        if reference.qualifier not in (None, LATEST):
            raise invalid_parameter(f"{operation} acts on the function itself: leave :{reference.qualifier} out.")
        return reference.name

    def _require_free(self, name: str) -> None:
        other = self._functions.of_any_generation(name)
        if other is None:
            return
        message = f"Function already exist: {name}"
        if other.generation is not TODAY:
            message += f" (it was made through the Lambda API of {other.generation.api_version})"
        raise ServiceError("ResourceConflictException", message, 409, {"Type": "User"})

    def _described(self, function: Function, state: Mapping[str, str], qualifier: str | None = None) -> dict[str, Any]:
        return configuration(function, self._architecture, state, qualifier)

    def _changed(self, function: Function, **changes: Any) -> Function:
        return replace(function, **changes, last_modified=self._clock.now(), revision=str(uuid.uuid4()))
