"""How a function is described today: the shape FunctionConfiguration, at the moments of a function's life.

A function can be invoked as soon as CreateFunction has answered. The answer still says ``Pending`` and an update's
``InProgress``, as AWS's do, and the next read says ``Active`` and ``Successful``; so tools that wait, and tools that do
not, both find what they know. How these moments can be made to last is in ``runtime/services/transitions.py``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from runtime.invocation.logs import group_name
from runtime.resources.function import Function
from runtime.services.functions import last_modified

BEING_CREATED = "The function is being created."


CREATED: Mapping[str, str] = {"State": "Pending", "StateReason": BEING_CREATED, "StateReasonCode": "Creating"}
UPDATED: Mapping[str, str] = {
    "State": "Active",
    "LastUpdateStatus": "InProgress",
    "LastUpdateStatusReason": BEING_CREATED,
    "LastUpdateStatusReasonCode": "Creating",
}
READ: Mapping[str, str] = {"State": "Active", "LastUpdateStatus": "Successful"}
LISTED: Mapping[str, str] = {}
"""What is said of a function's state when it was just created or updated, is read, or is listed."""


def configuration(
    function: Function, architecture: str, state: Mapping[str, str], qualifier: str | None, release: str
) -> dict[str, Any]:
    """Return a function as the shape FunctionConfiguration; a qualifier that was asked with shows in the ARN."""
    shape: dict[str, Any] = {
        "FunctionName": function.name,
        "FunctionArn": f"{function.arn}:{qualifier}" if qualifier else function.arn,
        "Runtime": function.runtime,
        "Role": function.role,
        "Handler": function.handler,
        "CodeSize": function.code_size,
        "Description": function.description,
        "Timeout": function.timeout_seconds,
        "MemorySize": function.memory_mib,
        "LastModified": last_modified(function.last_modified),
        "CodeSha256": base64.b64encode(bytes.fromhex(function.code_sha256)).decode(),
        "Version": function.version,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": function.revision,
        "PackageType": "Zip",
        "Architectures": [architecture],
        "EphemeralStorage": {"Size": function.storage_mib},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": _logging(function),
    }
    if release:
        shape["RuntimeVersionConfig"] = {"RuntimeVersionArn": release}
    if function.layers:
        shape["Layers"] = [{"Arn": layer.arn, "CodeSize": layer.code_size} for layer in function.layers]
    if function.dead_letter_arn:
        shape["DeadLetterConfig"] = {"TargetArn": function.dead_letter_arn}
    if function.environment:
        shape["Environment"] = {"Variables": dict(function.environment)}
    return shape | dict(state)


def _logging(function: Function) -> dict[str, str]:
    logging = {"LogFormat": function.log_format, "LogGroup": function.log_group or group_name(function.name)}
    if function.log_format == "JSON":
        logging["ApplicationLogLevel"] = function.application_log_level
        logging["SystemLogLevel"] = function.system_log_level
    return logging
