"""The execution role of a function, as Lambda assumes it: when the function is configured, and when it runs."""

from __future__ import annotations

SERVICE_PRINCIPAL = "lambda.amazonaws.com"
NOT_ASSUMABLE = "The role defined for the function cannot be assumed by Lambda."


def session_name(function_name: str) -> str:
    """Return the session name under which a function acts: its own; STS wants two characters at least."""
    return function_name if len(function_name) > 1 else f"{function_name}@lambda_function"
