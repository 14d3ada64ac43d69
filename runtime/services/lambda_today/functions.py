"""Functions are created, updated and deleted.

CreateFunction refuses a name that is taken; code and configuration are updated apart, and change ``$LATEST`` alone.
What members may be is in ``members``. Every update gives the function a new RevisionId, and a caller who names another
one is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from runtime.generation import TODAY
from runtime.resources.attachments import Kind
from runtime.resources.function import LATEST, Function
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.deployment import Deployment
from runtime.services.lambda_today.catalogue import Catalogue, conflict
from runtime.services.lambda_today.configuration import Configuration
from runtime.services.lambda_today.members import (
    check_architectures,
    check_package,
    check_revision,
    refuse_unimplemented,
)
from runtime.services.lambda_today.shapes import CREATED, UPDATED
from runtime.services.lambda_today.tags import check_tags
from runtime.services.lambda_today.versions import Publisher


class FunctionChanges:
    """CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration, DeleteFunction."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._functions = self._catalogue.functions
        self._configuration = Configuration(collaborators)
        self._deployment = Deployment(collaborators)
        self._publisher = Publisher(collaborators)
        self._account = collaborators.account
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
        architectures: list[str] | None = None,
        package_type: str = "Zip",
        publish: bool = False,
        tags: dict[str, str] | None = None,
        **configuration: Any,
    ) -> dict[str, Any]:
        """Create a function, and publish its first version if that is asked for; a name that is taken is refused."""
        name = self._catalogue.unqualified_name(function_name, "CreateFunction")
        check_architectures(architectures, self._catalogue.architecture)
        check_package(package_type, runtime, handler)
        check_tags(tags or {})
        given = {"role": role, "runtime": runtime, "handler": handler, **configuration}
        self._catalogue.require_free(name)
        members = await self._configuration.members(call, name, given, "CreateFunction")
        package = await self._deployment.keep(call, code, "CreateFunction")
        self._catalogue.require_free(name)
        function = Function(
            **{**DEFAULTS, **members},
            name=name,
            arn=self._functions.arn(name),
            generation=TODAY,
            code_sha256=package.sha256,
            code_size=package.size,
            last_modified=self._clock.now(),
            revision=str(uuid.uuid4()),
        )
        await self._configuration.require_fitting(function)
        await self._functions.put(function, call)
        self._catalogue.transitions.begin(function)
        if tags:
            self._account.attachments.put(Kind.TAGS, name, tags)
        version = self._publisher.publish(function, call) if publish else function
        return self._catalogue.described(version, CREATED)

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
        publish: bool = False,
        revision_id: str | None = None,
        **unimplemented: object,
    ) -> dict[str, Any]:
        """Change the code and nothing else; with DryRun only say what would be."""
        function = self._catalogue.find_settled(function_name, "UpdateFunctionCode")
        check_architectures(architectures, self._catalogue.architecture)
        refuse_unimplemented("UpdateFunctionCode", unimplemented)
        code = {"ZipFile": zip_file, "S3Bucket": s3_bucket, "S3Key": s3_key, "S3ObjectVersion": s3_object_version}
        package = await self._deployment.keep(call, code, "UpdateFunctionCode")
        # Looked up again: unzipping took a while, and the function may have been changed or deleted meanwhile.
        function = self._catalogue.find_settled(function.name, "UpdateFunctionCode")
        check_revision(revision_id, function.revision)
        changed = self._catalogue.changed(function, code_sha256=package.sha256, code_size=package.size)
        await self._configuration.require_fitting(changed)
        if dry_run:
            return self._catalogue.described(changed, UPDATED)
        await self._functions.put(changed, call)
        self._catalogue.transitions.begin(changed, function)
        if not publish:
            return self._catalogue.described(changed, UPDATED)
        version = self._publisher.publish(changed, call)
        return self._catalogue.described(version, UPDATED, version.version)

    async def update_function_configuration(
        self, call: Call, *, function_name: str, revision_id: str | None = None, **configuration: Any
    ) -> dict[str, Any]:
        """Change the members that are given, and never the code. Environment replaces all variables."""
        function = self._catalogue.find_settled(function_name, "UpdateFunctionConfiguration")
        check_revision(revision_id, function.revision)
        members = await self._configuration.members(
            call, function.name, configuration, "UpdateFunctionConfiguration", function
        )
        changed = self._catalogue.changed(function, **members)
        await self._configuration.require_fitting(changed)
        await self._functions.put(changed, call)
        self._catalogue.transitions.begin(changed, function)
        return self._catalogue.described(changed, UPDATED)

    async def delete_function(self, call: Call, *, function_name: str, qualifier: str | None = None) -> dict[str, Any]:
        """Delete a function with everything that belongs to it, or one version of it."""
        reference = self._catalogue.refer(function_name, qualifier)
        function = self._functions.find(reference.name, reference.qualifier)
        if reference.qualifier is None:
            await self._functions.delete(function, call)
        else:
            await self._delete_version(function, reference.qualifier, call)
        return {"StatusCode": 204}

    async def _delete_version(self, function: Function, qualifier: str, call: Call) -> None:
        if qualifier == LATEST:
            raise invalid_parameter("$LATEST version cannot be deleted without deleting the function.")
        if not qualifier.isdecimal():
            raise invalid_parameter("Deletion of aliases is not currently supported.")
        pointing = [alias.name for alias in self._account.aliases(function.name) if qualifier in alias.versions]
        if pointing:
            aliases = ", ".join(pointing)
            raise conflict(f"Unable to delete version because the following aliases reference it: [{aliases}]")
        version = self._account.versions.find(function.name, qualifier)
        if version is not None:  # one that is not there is no mistake
            await self._functions.delete_version(version, call)


DEFAULTS: Mapping[str, Any] = {"memory_mib": 128, "timeout_seconds": 3, "description": ""}
