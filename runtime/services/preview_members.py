"""The shapes of Lambda 2014-11-11: what a member may be, and how a function is described.

What the preview answered to values outside its limits is not recorded. Here it is InvalidParameterValueException, which
its model names, with the sentence that AWS uses for its models.
"""

from __future__ import annotations

from typing import Any

from runtime.generation import PREVIEW
from runtime.resources.function import Function
from runtime.services.constraints import Constraints
from runtime.services.functions import last_modified

RUNTIME = "nodejs"
NAME_PATTERN = "[a-zA-Z0-9-_]+"
HANDLER_PATTERN = r"[a-zA-Z0-9./\-_]+"
ROLE_PATTERN = r"arn:aws:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
MAXIMUM_ITEMS = 10_000


def check_members(
    *,
    function_name: str | None = None,
    runtime: str | None = None,
    role: str | None = None,
    handler: str | None = None,
    mode: str | None = None,
    description: str | None = None,
    timeout: int | None = None,
    memory_size: int | None = None,
    max_items: int | None = None,
) -> None:
    """Raise InvalidParameterValueException with everything in which the members break the model of 2014-11-11."""
    constraints = Constraints()
    constraints.matching("functionName", function_name, NAME_PATTERN)
    constraints.no_longer_than("functionName", function_name, 64)
    constraints.one_of("runtime", runtime, (RUNTIME,))
    constraints.matching("role", role, ROLE_PATTERN)
    constraints.matching("handler", handler, HANDLER_PATTERN)
    constraints.one_of("mode", mode, ("event",))
    constraints.no_longer_than("description", description, 256)
    constraints.within("timeout", timeout, 1, PREVIEW.maximum_timeout_seconds)
    constraints.within("memorySize", memory_size, PREVIEW.minimum_memory_mib, PREVIEW.maximum_memory_mib)
    constraints.within("maxItems", max_items, 1, MAXIMUM_ITEMS)
    if memory_size is not None and memory_size % PREVIEW.memory_step_mib:
        constraints.violated("memorySize", memory_size, f"Member must be a multiple of {PREVIEW.memory_step_mib}")
    constraints.refuse("InvalidParameterValueException", {"Type": "User"})


def configuration(function: Function) -> dict[str, Any]:
    """Return a function as the shape FunctionConfiguration."""
    return {
        "FunctionName": function.name,
        "FunctionARN": function.arn,
        "ConfigurationId": function.revision,
        "Runtime": function.runtime,
        "Role": function.role,
        "Handler": function.handler,
        "Mode": "event",
        "CodeSize": function.code_size,
        "Description": function.description,
        "Timeout": function.timeout_seconds,
        "MemorySize": function.memory_mib,
        "LastModified": last_modified(function.last_modified),
    }
