"""Lambda: actions have the names of the operations, in both API versions, but for those that run a function.

A function is judged by its ARN as it was named, with the version or alias if there was one. Operations that AWS does
not tie to a resource, and names that cannot be read, are judged against ``*``.
"""

from __future__ import annotations

import re

from runtime.endpoint.needs.asked import Asked, Use
from runtime.policy.values import ContextValue
from runtime.services.lambda_today.naming import ACCOUNT, NAME, NAMESPACED_PATTERN, QUALIFIER, REGION

INVOKE_FUNCTION = "lambda:InvokeFunction"
ACTIONS = {
    "Invoke": INVOKE_FUNCTION,
    "InvokeWithResponseStream": INVOKE_FUNCTION,
    "GetLayerVersionByArn": "lambda:GetLayerVersion",
}
EVERYTHING = "*"
OF_THE_PREVIEW = frozenset(
    {"AddEventSource", "GetEventSource", "ListEventSources", "RemoveEventSource", "UploadFunction"}
)
"""Actions that no reference of today names; the API text of 2014 names them after the operations."""


def uses(asked: Asked) -> list[Use]:
    """Return what a call to Lambda uses.

    InvokeAsync needs ``lambda:InvokeAsync`` by the API text of 2014; yet every invocation role that was published
    grants ``lambda:InvokeFunction``, and the text of 2015 asks for that one. So for a role
    session, as S3 is one when it pushes, either will do.
    """
    action = ACTIONS.get(asked.operation, f"lambda:{asked.operation}")
    named = _resource(asked)
    if asked.operation in OF_THE_PREVIEW:
        return [Use(action, resource=named)]
    other = INVOKE_FUNCTION if asked.operation == "InvokeAsync" else ""
    return [Use(action, arns=(named,), conditions=_conditions(asked), serves_for_roles=other)]


def _conditions(asked: Asked) -> dict[str, ContextValue]:
    """Return Lambda's own condition keys, as far as the call says them."""
    context: dict[str, ContextValue] = {}
    if asked.operation.endswith("EventSourceMapping"):
        context |= _function_of_mapping(asked)
    auth_type = asked.text("FunctionUrlAuthType") or asked.text("AuthType")
    if auth_type:
        context["lambda:FunctionUrlAuthType"] = auth_type
    if asked.operation == "AddPermission" and asked.text("Principal"):
        context["lambda:Principal"] = asked.text("Principal")
    layers = asked.parameters.get("Layers")
    if isinstance(layers, list) and layers:
        context["lambda:Layer"] = [str(layer) for layer in layers]
    return context


def _function_of_mapping(asked: Asked) -> dict[str, ContextValue]:
    """Return the function that a mapping is for: the one that the call names, or the one that it is for as yet."""
    if asked.text("FunctionName"):
        return {"lambda:FunctionArn": _function(asked, asked.text("FunctionName"))}
    kept = asked.known.function_of_mapping(asked.text("UUID")) if asked.text("UUID") else None
    return {"lambda:FunctionArn": kept} if kept else {}


def _resource(asked: Asked) -> str:
    if asked.text("UUID"):
        return asked.arn(f"event-source-mapping:{asked.text('UUID')}")
    if asked.text("LayerName"):
        return _layer(asked)
    for arn in ("Arn", "Resource"):
        if asked.text(arn):
            return asked.text(arn)
    name = asked.text("FunctionName")
    return EVERYTHING if not name or "EventSource" in asked.operation else _function(asked, name)


def _layer(asked: Asked) -> str:
    name = asked.text("LayerName")
    arn = name if name.startswith("arn:") else asked.arn(f"layer:{name}")
    return f"{arn}:{asked.text('VersionNumber')}" if asked.text("VersionNumber") else arn


def _function(asked: Asked, name: str) -> str:
    match = re.fullmatch(NAMESPACED_PATTERN, name)
    if match is None:
        return EVERYTHING
    region = (match[REGION] or asked.region).rstrip(":")
    account = (match[ACCOUNT] or asked.account).rstrip(":")
    qualifier = asked.text("Qualifier") or match[QUALIFIER]
    return f"arn:aws:lambda:{region}:{account}:function:{match[NAME]}" + (f":{qualifier}" if qualifier else "")
