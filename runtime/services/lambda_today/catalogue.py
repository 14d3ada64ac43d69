"""The functions of the account as today's API names, describes and changes them: what its families share."""

from __future__ import annotations

import platform
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runtime.errors import ServiceError
from runtime.generation import TODAY
from runtime.resources.function import Function
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.functions import Functions
from runtime.services.lambda_today.naming import LATEST, NAMESPACED_PATTERN, PATTERN, refer
from runtime.services.lambda_today.shapes import configuration

ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
"""Lambda's word for a processor by Linux's."""


class Catalogue:
    """Finds a function by what a caller calls it."""

    def __init__(self, collaborators: Collaborators) -> None:
        self.functions = Functions(TODAY, collaborators)
        self.architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
        self._settings = collaborators.settings
        self._clock = collaborators.clock

    def find(self, text: str, qualifier: str | None, *, unqualified: str | None = None) -> tuple[Function, str | None]:
        """Return a function, and the qualifier with which it was asked for.

        A function that is not found is named with its qualifier, and by Invoke with $LATEST where it has none.
        """
        reference = refer(text, self._settings, NAMESPACED_PATTERN, qualifier)
        function = self.functions.find(reference.name, reference.qualifier or unqualified)
        if reference.qualifier not in (None, LATEST):
            arn = f"{function.arn}:{reference.qualifier}"
            raise ServiceError("ResourceNotFoundException", f"Function not found: {arn}", 404, {"Type": "User"})
        return function, reference.qualifier

    def find_to_change(self, text: str, operation: str) -> Function:
        return self.functions.find(self.unqualified_name(text, operation))

    def unqualified_name(self, text: str, operation: str) -> str:
        reference = refer(text, self._settings, PATTERN)
        if reference.qualifier not in (None, LATEST):
            raise invalid_parameter(f"{operation} acts on the function itself: leave :{reference.qualifier} out.")
        return reference.name

    def require_free(self, name: str) -> None:
        other = self.functions.of_any_generation(name)
        if other is None:
            return
        message = f"Function already exist: {name}"
        if other.generation is not TODAY:
            message += f" (it was made through the Lambda API of {other.generation.api_version})"
        raise ServiceError("ResourceConflictException", message, 409, {"Type": "User"})

    def described(self, function: Function, state: Mapping[str, str], qualifier: str | None = None) -> dict[str, Any]:
        return configuration(function, self.architecture, state, qualifier)

    def changed(self, function: Function, **changes: Any) -> Function:
        return replace(function, **changes, last_modified=self._clock.now(), revision=str(uuid.uuid4()))
