"""The members of Lambda 2015-03-31: what each may be, in the sentences that were recorded from AWS.

Members that this platform does not implement yet are refused when they ask for something, never silently dropped; a
value that asks for nothing (an empty list, ``{"Mode": "PassThrough"}``) is accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any

from runtime.errors import ServiceError
from runtime.generation import TODAY
from runtime.services.constraints import Constraints, invalid_parameter

HANDLER_PATTERN = r"[^\s]+"
ROLE_PATTERN = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
VARIABLE_PATTERN = r"[a-zA-Z]([a-zA-Z0-9_])+"
MAXIMUM_ITEMS = 10_000
MINIMUM_STORAGE_MIB, MAXIMUM_STORAGE_MIB = 512, 10_240
ENVIRONMENT_BYTES = 4096
RESERVED_VARIABLES = frozenset(
    {
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
)
UNCONFIGURABLE = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided "
)
MANDATORY = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
AS_IT_IS: Mapping[str, Any] = {
    "tracing_config": {"Mode": "PassThrough"},
    "snap_start": {"ApplyOn": "None"},
    "function_version": "ALL",
}
"""Members that are not implemented, with the value that means "as it is anyway"."""


def check_members(
    *,
    role: str | None = None,
    handler: str | None = None,
    description: str | None = None,
    timeout: int | None = None,
    memory_size: int | None = None,
    ephemeral_storage: Mapping[str, int] | None = None,
    package_type: str | None = None,
    max_items: int | None = None,
) -> None:
    """Raise ValidationException with everything in which the members break the model."""
    constraints = Constraints()
    constraints.matching("role", role, ROLE_PATTERN)
    constraints.matching("handler", handler or None, HANDLER_PATTERN)
    constraints.no_longer_than("handler", handler, 128)
    constraints.no_longer_than("description", description, 256)
    constraints.within("timeout", timeout, 1, TODAY.maximum_timeout_seconds)
    constraints.within("memorySize", memory_size, TODAY.minimum_memory_mib, TODAY.maximum_memory_mib)
    storage_mib = ephemeral_storage.get("Size") if ephemeral_storage else None
    constraints.within("ephemeralStorage.size", storage_mib, MINIMUM_STORAGE_MIB, MAXIMUM_STORAGE_MIB)
    constraints.one_of("packageType", package_type, ("Zip", "Image"))
    constraints.within("maxItems", max_items, 1, MAXIMUM_ITEMS)
    constraints.refuse("ValidationException")


def check_runtime(runtime: str, runtimes: Collection[str]) -> None:
    """Raise InvalidParameterValueException, in AWS's sentence, for a runtime that this machine does not have."""
    if runtime not in runtimes:
        raise invalid_parameter(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set:"
            f" [{', '.join(runtimes)}] or be a valid ARN"
        )


def check_architectures(architectures: list[str] | None, machine: str) -> None:
    """Raise an error for more than one architecture, an unknown one, or one that is not this machine's."""
    if architectures is None:
        return
    shown = f"[{', '.join(architectures)}]"
    constraints = Constraints()
    if len(architectures) != 1:
        bound = "less than or equal to 1" if architectures else "greater than or equal to 1"
        constraints.violated("architectures", shown, f"Member must have length {bound}")
    if not set(architectures) <= {"x86_64", "arm64"}:
        enum = "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
        constraints.violated("architectures", shown, f"Member must satisfy constraint: {enum}")
    constraints.refuse("ValidationException")
    if architectures != [machine]:
        raise invalid_parameter(
            f"This machine's processor is {machine}, so a function for {architectures[0]} cannot run on it."
            f" Leave Architectures out, or say ['{machine}']."
        )


def variables(environment: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the environment variables of a function; raise an error for names that are reserved and for over 4 KB."""
    given: dict[str, str] = dict((environment or {}).get("Variables") or {})
    reserved = sorted(RESERVED_VARIABLES & given.keys())
    if reserved:
        raise invalid_parameter(
            f"{UNCONFIGURABLE}contains reserved keys that are currently not supported for modification."
            f" Reserved keys used in this request: {', '.join(reserved)}"
        )
    constraints = Constraints()
    if not all(re.fullmatch(VARIABLE_PATTERN, name) for name in given):
        shown = "{" + ", ".join(f"{key}={value}" for key, value in given.items()) + "}"
        rule = f"[Member must satisfy regular expression pattern: {VARIABLE_PATTERN}, Member must not be null]"
        constraints.violated("environment.variables", shown, f"Map keys must satisfy constraint: {rule}")
    constraints.refuse("ValidationException")
    measured = json.dumps(given, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > ENVIRONMENT_BYTES:
        raise invalid_parameter(f"{UNCONFIGURABLE}exceeded the 4KB limit. String measured: {measured}")
    return given


def check_revision(given: str | None, current: str) -> None:
    """Raise PreconditionFailedException if the caller has seen another revision than the current one."""
    if given is not None and given != current:
        message = (
            "The Revision Id provided does not match the latest Revision Id."
            " Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
        )
        raise ServiceError("PreconditionFailedException", message, 412, {"Type": "User"})


def check_package(package_type: str, runtime: str | None, handler: str | None) -> None:
    """Raise InvalidParameterValueException for anything but a zip with a runtime and a handler."""
    if package_type != "Zip":
        raise invalid_parameter("This runtime runs functions of zip packages. Leave PackageType out, or say 'Zip'.")
    if not runtime or not handler:
        raise invalid_parameter(MANDATORY)


def refuse_unimplemented(operation: str, members: Mapping[str, Any]) -> None:
    """Raise InvalidParameterValueException for members that ask for what this platform does not have."""
    asking = [name for name, value in members.items() if value != AS_IT_IS.get(name) and not is_empty(value)]
    if asking:
        names = ", ".join(name.replace("_", " ").title().replace(" ", "") for name in asking)
        raise invalid_parameter(f"{operation} does not support {names} in this runtime. Leave it out of the call.")


def is_empty(value: object) -> bool:
    """Tell whether a member asks for nothing: false, empty, or a structure of nothing but such."""
    return all(map(is_empty, value.values())) if isinstance(value, Mapping) else not value
