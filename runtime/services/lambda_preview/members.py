"""The shapes of Lambda 2014-11-11: what a member may be, and how a function is described.

What the preview answered to values outside its limits is not recorded. Here it is InvalidParameterValueException, which
its model names, with the sentence that AWS uses for its models.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.generation import PREVIEW
from runtime.resources.function import Function
from runtime.services.constraints import Constraints
from runtime.services.functions import last_modified
from runtime.settings import Settings

RUNTIME = "nodejs"
NAME_PATTERN = "[a-zA-Z0-9-_]+"
HANDLER_PATTERN = r"[a-zA-Z0-9./\-_]+"
ROLE_PATTERN = r"arn:aws:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
MAXIMUM_ITEMS = 10_000
STREAM_PATTERN = (
    r"arn:aws:(kinesis:{region}:{account}:stream/[a-zA-Z0-9_.-]+"
    r"|dynamodb:{region}:{account}:table/[a-zA-Z0-9_.-]+/stream/[^/]+)"
)
"""Launch day knew Kinesis alone; DynamoDB's streams came with their own preview, some weeks later."""
DEFAULT_BATCH_SIZE, MAXIMUM_BATCH_SIZE = 100, 10_000
ONE_KEY = "Map keys must satisfy constraint: [Member must satisfy enum value set: [InitialPositionInStream]]"
INITIAL_POSITION = "InitialPositionInStream"
INITIAL_POSITIONS = ("TRIM_HORIZON", "LATEST")
DEFAULT_PARAMETERS = {INITIAL_POSITION: "TRIM_HORIZON"}


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


def check_mapping(stream: str, batch_size: int | None, parameters: Mapping[str, str], settings: Settings) -> None:
    """Raise InvalidParameterValueException with everything that is wrong with a mapping's stream and how it is read."""
    constraints = Constraints()
    here = STREAM_PATTERN.format(region=settings.region, account=settings.account)
    constraints.matching("eventSource", stream, here)
    constraints.within("batchSize", batch_size, 1, MAXIMUM_BATCH_SIZE)
    for name in sorted(parameters.keys() - {INITIAL_POSITION}):
        constraints.violated(
            "parameters",
            name,
            f"Map keys must satisfy constraint: [Member must satisfy enum value set: [{INITIAL_POSITION}]]",
        )
    constraints.one_of(f"parameters.{INITIAL_POSITION}", parameters.get(INITIAL_POSITION), INITIAL_POSITIONS)
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
