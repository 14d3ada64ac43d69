"""Services of which an operation is an action, and whose parameters name the resources: only where is to be said.

The variables are those in the forms of ARNs. A parameter that holds an ARN is taken for one whatever it is called; of
which kind it is, its form says.
"""

from __future__ import annotations

from collections.abc import Mapping

from runtime.endpoint.needs.asked import Asked, Use

NAMES: Mapping[str, Mapping[str, str]] = {
    "sns": {"TopicName": "Name"},
}
"""Of each service, the variables and the parameters that they are called in."""
MANY_AT_ONCE = frozenset({"PublishBatch"})


def uses(asked: Asked) -> list[Use]:
    """Return what a call uses: the action of its own name."""
    names = {variable: asked.text(parameter) for variable, parameter in NAMES.get(asked.prefix, {}).items()}
    operation = asked.operation.removesuffix("Batch") if asked.operation in MANY_AT_ONCE else asked.operation
    return [Use(f"{asked.prefix}:{operation}", names, arns_in(asked))]


def arns_in(asked: Asked) -> tuple[str, ...]:
    """Return every parameter of a call that is an ARN."""
    values = asked.parameters.values()
    return tuple(value for value in values if isinstance(value, str) and value.startswith("arn:"))
