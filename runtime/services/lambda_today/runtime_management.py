"""When a function gets a new release of its runtime, as far as that can act here.

A machine has one release of each runtime, and every function has that one: ``Auto`` and ``FunctionUpdate`` are kept and
shown, and come to the same. ``Manual`` would hold a function to a release, so only the release that is here is taken.
"""

from __future__ import annotations

from typing import Any

from runtime.generation import TODAY
from runtime.resources.attachments import Kind
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.catalogue import Catalogue, Found

MANUAL = "Manual"


class RuntimeManagement:
    """PutRuntimeManagementConfig, GetRuntimeManagementConfig."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._account = collaborators.account
        self._invoker = collaborators.invoker
        self._region = collaborators.settings.region

    async def put_runtime_management_config(
        self,
        call: Call,
        *,
        function_name: str,
        update_runtime_on: str,
        qualifier: str | None = None,
        runtime_version_arn: str | None = None,
    ) -> dict[str, Any]:
        """Say when a version of a function gets a new release of its runtime."""
        found = self._catalogue.find(function_name, qualifier)
        here = self._release(found)
        if update_runtime_on == MANUAL and runtime_version_arn != here:
            raise invalid_parameter(
                f"This machine has one release of {found.function.runtime}. To hold the function to it,"
                f" give its RuntimeVersionArn: {here}"
            )
        if update_runtime_on != MANUAL and runtime_version_arn:
            raise invalid_parameter(f"A RuntimeVersionArn goes with UpdateRuntimeOn {MANUAL} only.")
        document = {"UpdateRuntimeOn": update_runtime_on}
        function = found.function
        self._account.attachments.put(Kind.RUNTIME_MANAGEMENT, function.name, document, function.version)
        return self._shape(found, update_runtime_on)

    async def get_runtime_management_config(
        self, call: Call, *, function_name: str, qualifier: str | None = None
    ) -> dict[str, Any]:
        """Return what was said, ``Auto`` if nothing was."""
        found = self._catalogue.find(function_name, qualifier)
        kept = self._account.attachments.get(Kind.RUNTIME_MANAGEMENT, found.function.name, found.function.version)
        return self._shape(found, (kept or {}).get("UpdateRuntimeOn", "Auto"))

    def _shape(self, found: Found, update_runtime_on: str) -> dict[str, Any]:
        shape = {"UpdateRuntimeOn": update_runtime_on, "FunctionArn": f"{found.function.arn}:{found.function.version}"}
        return shape | ({"RuntimeVersionArn": self._release(found)} if update_runtime_on == MANUAL else {})

    def _release(self, found: Found) -> str:
        return self._invoker.release(found.function.runtime)
