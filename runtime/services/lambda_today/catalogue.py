"""The functions of the account as today's API names, describes and changes them: what its families share.

A qualifier names ``$LATEST``, a published version or an alias. What is asked for with one is described with it in its
ARN, and what is not found is named with it.
"""

from __future__ import annotations

import platform
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runtime.errors import ServiceError
from runtime.generation import TODAY
from runtime.resources.alias import Alias
from runtime.resources.function import LATEST, Function
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.functions import Functions
from runtime.services.lambda_today.naming import NAMESPACED_PATTERN, PATTERN, FunctionReference, refer
from runtime.services.lambda_today.shapes import CREATED, READ, UPDATED, configuration
from runtime.services.transitions import Phase

ARCHITECTURES = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}
"""Lambda's word for a processor by Linux's."""
SAID = {Phase.PENDING: CREATED, Phase.IN_PROGRESS: UPDATED, Phase.SETTLED: READ}
"""What a read says of a function's state."""


@dataclass(frozen=True, slots=True)
class Found:
    """A version of a function, and how it was asked for."""

    function: Function
    """The version; for an alias the one to which it points."""
    qualifier: str | None = None
    alias: Alias | None = None

    @property
    def arn(self) -> str:
        """Return the ARN as it was asked for."""
        return f"{self.function.arn}:{self.qualifier}" if self.qualifier else self.function.arn


class Catalogue:
    """Finds a function by what a caller calls it."""

    def __init__(self, collaborators: Collaborators) -> None:
        self.functions = Functions(TODAY, collaborators)
        self.architecture = ARCHITECTURES.get(platform.machine(), platform.machine())
        self._account = collaborators.account
        self._invoker = collaborators.invoker
        self._settings = collaborators.settings
        self._clock = collaborators.clock
        self.transitions = collaborators.transitions

    def refer(self, text: str, qualifier: str | None = None, pattern: str = NAMESPACED_PATTERN) -> FunctionReference:
        """Take a name or an ARN apart, whether there is such a function or not."""
        return refer(text, self._settings, pattern, qualifier)

    def find(self, text: str, qualifier: str | None = None, *, unqualified: str | None = None) -> Found:
        """Return a version of a function; Invoke names one that is not found with $LATEST where it has no qualifier."""
        reference = self.refer(text, qualifier)
        latest = self.functions.find(reference.name, reference.qualifier or unqualified)
        if reference.qualifier in (None, LATEST):
            return Found(latest, reference.qualifier)
        return self.qualified(latest, str(reference.qualifier))

    def qualified(self, latest: Function, qualifier: str) -> Found:
        """Return the version that a qualifier of a function leads to."""
        alias = self._account.alias(latest.name, qualifier)
        version = self._account.versions.find(latest.name, alias.version if alias else qualifier)
        if version is None:
            raise not_found(f"Function not found: {latest.arn}:{qualifier}")
        return Found(version, qualifier, alias)

    def drawn(self, found: Found) -> Function:
        """Return the version that an invocation gets: for an alias with weights, sometimes the second one."""
        return self.qualified(found.function, found.alias.draw()).function if found.alias else found.function

    def find_to_change(self, text: str, operation: str) -> Function:
        """Return ``$LATEST`` of a function, which alone can be changed."""
        return self.functions.find(self.unqualified_name(text, operation))

    def find_settled(self, text: str, operation: str) -> Function:
        """Return ``$LATEST`` of a function; refuse one that is being made or changed just now."""
        function = self.find_to_change(text, operation)
        self.transitions.require_settled(function)
        return function

    def unqualified_name(self, text: str, operation: str) -> str:
        """Return the name for an operation that is about the function as a whole."""
        reference = self.refer(text, pattern=PATTERN)
        if reference.qualifier not in (None, LATEST):
            raise invalid_parameter(f"{operation} acts on the function itself: leave :{reference.qualifier} out.")
        return reference.name

    def require_free(self, name: str) -> None:
        """Refuse a name that a function of either generation has."""
        other = self.functions.of_any_generation(name)
        if other is None:
            return
        message = f"Function already exist: {name}"
        if other.generation is not TODAY:
            message += f" (it was made through the Lambda API of {other.generation.api_version})"
        raise ServiceError("ResourceConflictException", message, 409, {"Type": "User"})

    def described(self, function: Function, state: Mapping[str, str], qualifier: str | None = None) -> dict[str, Any]:
        """Return a function as the shape FunctionConfiguration."""
        release = self._invoker.release(function.runtime)
        return configuration(function, self.architecture, state, qualifier, release)

    def read(self, found: Found) -> dict[str, Any]:
        """Return a function as one that is read."""
        return self.described(found.function, SAID[self.transitions.phase(found.function)], found.qualifier)

    def changed(self, function: Function, **changes: Any) -> Function:
        """Return the function with changes, and what every change brings."""
        return replace(function, **changes, last_modified=self._clock.now(), revision=str(uuid.uuid4()))


def not_found(message: str) -> ServiceError:
    """Return the error with which Lambda says that something is not there."""
    return ServiceError("ResourceNotFoundException", message, 404, {"Type": "User"})


def conflict(message: str) -> ServiceError:
    """Return the error with which Lambda says that something is there already, or in the way."""
    return ServiceError("ResourceConflictException", message, 409, {"Type": "User"})
