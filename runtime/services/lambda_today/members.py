"""The members of Lambda 2015-03-31: what each may be beyond what the model says, in the sentences recorded from AWS.

Members that this platform does not implement yet are refused when they ask for something, never silently dropped; a
value that asks for nothing (an empty list, ``{"Mode": "PassThrough"}``) is accepted.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from runtime.errors import ServiceError
from runtime.generation import TODAY
from runtime.services.constraints import Constraints, invalid_parameter

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
USUAL_LEVEL = "INFO"
UNCONFIGURABLE = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided "
)
NULL = "\0"
MANDATORY = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
AS_IT_IS: Mapping[str, Any] = {
    "tracing_config": {"Mode": "PassThrough"},
    "snap_start": {"ApplyOn": "None"},
    "function_version": "ALL",
}
"""Members that are not implemented, with the value that means "as it is anyway"."""


def check_bounds(given: Mapping[str, Any]) -> None:
    """Raise ValidationException for what is larger than an ordinary function may be; the model's bounds are wider."""
    constraints = Constraints()
    constraints.within("timeout", given.get("timeout"), 1, TODAY.maximum_timeout_seconds)
    constraints.within("memorySize", given.get("memory_size"), TODAY.minimum_memory_mib, TODAY.maximum_memory_mib)
    storage_mib = (given.get("ephemeral_storage") or {}).get("Size")
    constraints.within("ephemeralStorage.size", storage_mib, MINIMUM_STORAGE_MIB, MAXIMUM_STORAGE_MIB)
    constraints.refuse("ValidationException")


def log_members(logging: Mapping[str, Any]) -> dict[str, str]:
    """Return what a LoggingConfig makes of a function; what it does not name is as for a new function.

    That levels are for JSON alone is known, AWS's words for it are not.
    """
    log_format = logging.get("LogFormat") or "Text"
    levels = {member: logging.get(member) or "" for member in ("ApplicationLogLevel", "SystemLogLevel")}
    if log_format != "JSON" and any(levels.values()):
        raise invalid_parameter("Log levels can be set for the log format JSON only. Say LogFormat 'JSON' too.")
    usual = USUAL_LEVEL if log_format == "JSON" else ""
    return {
        "log_group": logging.get("LogGroup") or "",
        "log_format": log_format,
        "application_log_level": levels["ApplicationLogLevel"] or usual,
        "system_log_level": levels["SystemLogLevel"] or usual,
    }


def check_runtime(runtime: str, runtimes: Collection[str]) -> None:
    """Raise InvalidParameterValueException, in AWS's sentence, for a runtime that this machine does not have."""
    if runtime not in runtimes:
        raise invalid_parameter(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set:"
            f" [{', '.join(runtimes)}] or be a valid ARN"
        )


def check_architectures(architectures: list[str] | None, machine: str) -> None:
    """Raise InvalidParameterValueException for an architecture that is not this machine's."""
    if architectures is None:
        return
    if architectures != [machine]:
        raise invalid_parameter(
            f"This machine's processor is {machine}, so a function for {architectures[0]} cannot run on it."
            f" Leave Architectures out, or say ['{machine}']."
        )


def variables(environment: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the environment variables of a function; raise an error for names that are reserved and for over 4 KB.

    And for a value with a null character, at which Linux would cut it off; AWS's words for that are not known.
    """
    given: dict[str, str] = dict((environment or {}).get("Variables") or {})
    reserved = sorted(RESERVED_VARIABLES & given.keys())
    if reserved:
        raise invalid_parameter(
            f"{UNCONFIGURABLE}contains reserved keys that are currently not supported for modification."
            f" Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(given, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > ENVIRONMENT_BYTES:
        raise invalid_parameter(f"{UNCONFIGURABLE}exceeded the 4KB limit. String measured: {measured}")
    cut_off = sorted(name for name, value in given.items() if NULL in value)
    if cut_off:
        raise invalid_parameter(
            f"{UNCONFIGURABLE}contain a null character (\\u0000), which ends a text for Linux. Leave it out of:"
            f" {', '.join(cut_off)}"
        )
    return given


def check_revision(given: str | None, current: str) -> None:
    """Raise PreconditionFailedException if the caller has seen another revision than the current one."""
    if given is not None and given != current:
        message = (
            "The Revision Id provided does not match the latest Revision Id."
            " Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
        )
        raise ServiceError("PreconditionFailedException", message, 412, {"Type": "User"})


def check_handler(handler: str) -> None:
    """Raise InvalidParameterValueException for a null character: the handler's name is an environment variable, too."""
    if NULL in handler:
        message = "Handler contains a null character (\\u0000), which ends a text for Linux. Leave it out."
        raise invalid_parameter(message)


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
        names = ", ".join(_wire_name(name) for name in asking)
        raise invalid_parameter(f"{operation} does not support {names} in this runtime. Leave it out of the call.")


def _wire_name(member: str) -> str:
    """Return a member's name as callers write it: as botocore does, but for the one that begins with an acronym."""
    return "KMSKeyArn" if member == "kms_key_arn" else member.replace("_", " ").title().replace(" ", "")


def is_empty(value: object) -> bool:
    """Tell whether a member asks for nothing: false, empty, or a structure of nothing but such."""
    return all(map(is_empty, value.values())) if isinstance(value, Mapping) else not value
