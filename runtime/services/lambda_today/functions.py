"""Functions are created, updated and deleted.

CreateFunction refuses a name that is taken; code and configuration are updated apart. What members may be is in
``members``. Every update gives the function a new RevisionId, and a caller who names another one is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from runtime.generation import TODAY
from runtime.resources.function import Function
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.deployment import Deployment
from runtime.services.lambda_today.catalogue import Catalogue
from runtime.services.lambda_today.members import (
    check_architectures,
    check_members,
    check_package,
    check_revision,
    check_runtime,
    refuse_unimplemented,
    variables,
)
from runtime.services.lambda_today.naming import LATEST
from runtime.services.lambda_today.shapes import CREATED, UPDATED

PREVIEW_RUNTIME = "nodejs"
"""Node v0.10.32 is had through the preview's API only: AWS has ended this runtime for the API of today."""


class FunctionChanges:
    """CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._functions = self._catalogue.functions
        self._deployment = Deployment(collaborators)
        self._runtimes = tuple(name for name in collaborators.invoker.runtimes if name != PREVIEW_RUNTIME)
        self._clock = collaborators.clock

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
        name = self._catalogue.unqualified_name(function_name, "CreateFunction")
        check_members(
            role=role,
            handler=handler,
            description=description,
            timeout=timeout,
            memory_size=memory_size,
            ephemeral_storage=ephemeral_storage,
            package_type=package_type,
        )
        check_architectures(architectures, self._catalogue.architecture)
        check_package(package_type, runtime, handler)
        check_runtime(str(runtime), self._runtimes)
        refuse_unimplemented("CreateFunction", unimplemented)
        given_variables = variables(environment)
        self._catalogue.require_free(name)
        self._functions.require_role(role, name, "CreateFunction", call)
        package = await self._deployment.keep(call, code, "CreateFunction")
        self._catalogue.require_free(name)
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
        return self._catalogue.described(await self._functions.put(function, call), CREATED)

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
        function = self._catalogue.find_to_change(function_name, "UpdateFunctionCode")
        check_architectures(architectures, self._catalogue.architecture)
        refuse_unimplemented("UpdateFunctionCode", unimplemented)
        code = {"ZipFile": zip_file, "S3Bucket": s3_bucket, "S3Key": s3_key, "S3ObjectVersion": s3_object_version}
        package = await self._deployment.keep(call, code, "UpdateFunctionCode")
        # Looked up again: unzipping took a while, and the function may have been changed or deleted meanwhile.
        function = self._functions.find(function.name)
        check_revision(revision_id, function.revision)
        changed = self._catalogue.changed(function, code_sha256=package.sha256, code_size=package.size)
        return self._catalogue.described(changed if dry_run else await self._functions.put(changed, call), UPDATED)

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
        function = self._catalogue.find_to_change(function_name, "UpdateFunctionConfiguration")
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
        changed = self._catalogue.changed(
            function, **{name: value for name, value in given.items() if value is not None}
        )
        return self._catalogue.described(await self._functions.put(changed, call), UPDATED)

    async def delete_function(self, call: Call, *, function_name: str, qualifier: str | None = None) -> dict[str, Any]:
        """Delete a function."""
        function, asked_with = self._catalogue.find(function_name, qualifier)
        if asked_with == LATEST:
            raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
        await self._functions.delete(function, call)
        return {"StatusCode": 204}
