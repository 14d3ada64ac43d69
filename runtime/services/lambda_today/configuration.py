"""The configuration of a function: what CreateFunction and UpdateFunctionConfiguration take, checked and in our names.

A member that was not given is not in the result, so an update leaves it as it is. A member of botocore's model that
this runtime does not have is refused when it asks for something.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from runtime.generation import TODAY
from runtime.resources.archive_members import MAXIMUM_UNZIPPED_BYTES
from runtime.resources.function import Function
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.functions import Functions
from runtime.services.lambda_today.destinations import Destinations
from runtime.services.lambda_today.layer_use import LayerUse
from runtime.services.lambda_today.members import (
    check_bounds,
    check_handler,
    check_runtime,
    log_members,
    refuse_unimplemented,
    variables,
)

PREVIEW_RUNTIME = "nodejs"
"""Node v0.10.32 is had through the preview's API only: AWS has ended this runtime for the API of today."""
AS_THEY_COME = {
    "role": "role",
    "handler": "handler",
    "description": "description",
    "timeout": "timeout_seconds",
    "memory_size": "memory_mib",
    "runtime": "runtime",
}
"""Members that are kept as they are given, and what the function calls them."""
MADE_INTO_OURS = frozenset({"environment", "ephemeral_storage", "layers", "dead_letter_config", "logging_config"})


class Configuration:
    """Checks the configuration of functions."""

    def __init__(self, collaborators: Collaborators) -> None:
        self._functions = Functions(TODAY, collaborators)
        self._layers = LayerUse(collaborators)
        self._destinations = Destinations(collaborators)
        self._packages = collaborators.packages
        self._runtimes = tuple(name for name in collaborators.invoker.runtimes if name != PREVIEW_RUNTIME)

    async def members(
        self, call: Call, name: str, given: Mapping[str, Any], operation: str, current: Function | None = None
    ) -> dict[str, Any]:
        """Return the members of :class:`Function` that a call gives; raise ``ServiceError`` if one cannot be."""
        given = {member: value for member, value in given.items() if value is not None}
        unknown = {member: value for member, value in given.items() if member not in {*AS_THEY_COME, *MADE_INTO_OURS}}
        refuse_unimplemented(operation, unknown)
        check_bounds(given)
        if "runtime" in given:
            check_runtime(given["runtime"], self._runtimes)
        check_handler(given.get("handler", ""))
        members = {ours: given[member] for member, ours in AS_THEY_COME.items() if member in given}
        members |= self._made(given)
        if "layers" in given:
            members["layers"] = self._layers.taken(call, given["layers"], operation)
        if "role" in given:
            self._functions.require_role(given["role"], name, operation, call)
        if members.get("dead_letter_arn"):
            role = given.get("role") or (current.role if current else "")
            self._destinations.require_dead_letter(members["dead_letter_arn"], role, name)
        return members

    async def require_fitting(self, function: Function) -> None:
        """Refuse a function that is too large with its layers; lay them out, so that the first run need not."""
        if function.layers:
            digests = [layer.code_sha256 for layer in function.layers]
            size = await asyncio.to_thread(self._packages.unzipped_bytes, [function.code_sha256, *digests])
            if size > MAXIMUM_UNZIPPED_BYTES:
                raise invalid_parameter(
                    f"Function code combined with layers exceeds the maximum allowed size of {MAXIMUM_UNZIPPED_BYTES}"
                    f" bytes. The actual size is {size} bytes."
                )
            await asyncio.to_thread(self._packages.merged, digests)

    def _made(self, given: Mapping[str, Any]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        if "environment" in given:
            members["environment"] = variables(given["environment"])
        if "ephemeral_storage" in given:
            members["storage_mib"] = given["ephemeral_storage"]["Size"]
        if "dead_letter_config" in given:
            members["dead_letter_arn"] = given["dead_letter_config"].get("TargetArn", "")
        if "logging_config" in given:
            members |= log_members(given["logging_config"])
        return members
