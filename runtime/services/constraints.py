"""What is wrong with the members of a request, in AWS's sentences.

AWS collects all violations of its model into one message: ``1 validation error detected: Value '900' at 'timeout'
failed to satisfy constraint: Member must have value less than or equal to 60``. A member that was not given (``None``)
violates nothing. botocore's clients check minima and required members themselves; everything is checked here all the
same, because not every client is botocore.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from runtime.errors import ServiceError


class Constraints:
    """Collects the violations of one request; :meth:`refuse` raises them."""

    def __init__(self) -> None:
        self._violations: list[str] = []

    def violated(self, member: str, value: object, constraint: str) -> None:
        """Note a violation."""
        self._violations.append(f"Value '{value}' at '{member}' failed to satisfy constraint: {constraint}")

    def missing(self, member: str) -> None:
        """Note that a member is absent and must not be."""
        self._violations.append(f"Value null at '{member}' failed to satisfy constraint: Member must not be null")

    def within(self, member: str, value: int | None, minimum: int, maximum: int) -> None:
        """Demand a number between two others, both allowed."""
        if value is not None and value < minimum:
            self.violated(member, value, f"Member must have value greater than or equal to {minimum}")
        if value is not None and value > maximum:
            self.violated(member, value, f"Member must have value less than or equal to {maximum}")

    def matching(self, member: str, value: str | None, pattern: str) -> None:
        """Demand a text that a regular expression matches as a whole."""
        if value is not None and not re.fullmatch(pattern, value):
            self.violated(member, value, f"Member must satisfy regular expression pattern: {pattern}")

    def no_longer_than(self, member: str, value: str | None, maximum: int) -> None:
        """Demand a text of at most so many characters."""
        if value is not None and len(value) > maximum:
            self.violated(member, value, f"Member must have length less than or equal to {maximum}")

    def no_shorter_than(self, member: str, value: str | None, minimum: int) -> None:
        """Demand a text of at least so many characters."""
        if value is not None and len(value) < minimum:
            self.violated(member, value, f"Member must have length greater than or equal to {minimum}")

    def one_of(self, member: str, value: str | None, allowed: Collection[str]) -> None:
        """Demand one of a closed set of values."""
        if value is not None and value not in allowed:
            self.violated(member, value, f"Member must satisfy enum value set: [{', '.join(allowed)}]")

    def refuse(self, code: str, fields: Mapping[str, str] | None = None) -> None:
        """Raise ``ServiceError`` with everything that was noted, if anything was."""
        if self._violations:
            number = len(self._violations)
            counted = f"{number} validation error{'s' if number > 1 else ''} detected: "
            raise ServiceError(code, counted + "; ".join(self._violations), 400, fields)


def invalid_parameter(message: str) -> ServiceError:
    """Return the error with which Lambda answers a value that makes no sense to it."""
    return ServiceError("InvalidParameterValueException", message, 400, {"Type": "User"})
