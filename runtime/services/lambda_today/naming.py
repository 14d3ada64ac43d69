"""How a caller may name a function today: by its name, a part of its ARN (``123456789012:function:hello``) or all of
it, each with a qualifier after it (``:$LATEST``) or without. The preview knew the bare name alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.errors import ServiceError
from runtime.services.constraints import Constraints, invalid_parameter
from runtime.settings import Settings

PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
)
"""AWS's own pattern for the operations that change a function."""
NAMESPACED_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?"
    r"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
"""AWS's own pattern for the operations that read, delete or invoke a function."""
NAME_LENGTH = 64
REGION, ACCOUNT, NAME, QUALIFIER = 3, 9, 11, 13
"""Groups of both patterns."""


@dataclass(frozen=True, slots=True)
class FunctionReference:
    """A function as a caller named it."""

    name: str
    qualifier: str | None


def refer(text: str, settings: Settings, pattern: str, qualifier: str | None = None) -> FunctionReference:
    """Take a name or an ARN apart; raise ``ServiceError`` if it is none, or names another region or account."""
    constraints = Constraints()
    constraints.matching("functionName", text, pattern)
    constraints.refuse("ValidationException")
    match = re.fullmatch(pattern, text)
    assert match is not None
    _require_here(match, settings)
    _require_short(match[NAME])
    if qualifier is not None and match[QUALIFIER] not in (None, qualifier):
        raise invalid_parameter("The derived qualifier from the function name does not match the specified qualifier.")
    return FunctionReference(match[NAME], qualifier or match[QUALIFIER])


def _require_here(match: re.Match[str], settings: Settings) -> None:
    account, region = (match[ACCOUNT] or "").rstrip(":"), (match[REGION] or "").rstrip(":")
    if account not in ("", settings.account):
        raise ServiceError("AccessDeniedException", "", 403)  # recorded so, without a word
    if region not in ("", settings.region):
        message = f"Functions from '{region}' are not reachable in this region ('{settings.region}')"
        raise ServiceError("ResourceNotFoundException", message, 404, {"Type": "User"})


def _require_short(name: str) -> None:
    constraints = Constraints()
    constraints.no_longer_than("functionName", name, NAME_LENGTH)
    constraints.refuse("InvalidParameterValueException", {"Type": "User"})
