"""Lambda: actions have the names of the operations, in both API versions, but for those that run a function."""

from __future__ import annotations

from runtime.arn import function_arn
from runtime.endpoint.needs.asked import Asked, Need

INVOKES = frozenset({"Invoke", "InvokeWithResponseStream"})
INVOKE_FUNCTION = "lambda:InvokeFunction"


def needs(asked: Asked) -> list[Need]:
    """Return what a call to Lambda needs.

    InvokeAsync needs ``lambda:InvokeAsync`` by the API text of 2014; yet every invocation role that was published
    grants ``lambda:InvokeFunction``, and the text of 2015 asks for that one. So for a role
    session, as S3 is one when it pushes, either will do.
    """
    resource = _resource(asked)
    if asked.operation in INVOKES:
        return [Need(INVOKE_FUNCTION, resource)]
    if asked.operation == "InvokeAsync":
        return [Need("lambda:InvokeAsync", resource, serves_for_roles=INVOKE_FUNCTION)]
    return [Need(f"lambda:{asked.operation}", resource)]


def _resource(asked: Asked) -> str:
    name, mapping = asked.text("FunctionName"), asked.text("UUID")
    if mapping:
        return asked.arn(f"event-source-mapping:{mapping}")
    if not name or "EventSource" in asked.operation or asked.operation == "ListFunctions":
        return "*"
    if name.startswith("arn:"):
        return name
    # 123456789012:function:name:qualifier is a way to write it, too.
    name = name.partition("function:")[2] or name
    qualifier = asked.text("Qualifier")
    return function_arn(asked.region, asked.account, name) + (f":{qualifier}" if qualifier else "")
