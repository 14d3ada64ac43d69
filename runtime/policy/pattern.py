"""The texts of a policy: lists or single values, ``*`` and ``?``, and ``${variables}``.

A text is first *resolved*: each variable is replaced by what the request has for it, and what came from a variable is
literal, so a user called ``*`` does not match everybody. Then it is compared, as plain text or as a pattern.
``*`` in a resource runs over colons and slashes alike. Variables exist since version 2012-10-17 of the language; before
that, ``${`` is plain text. See "IAM policy elements: variables and tags" in AWS's IAM User Guide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

Context = Mapping[str, tuple[str, ...]]
"""Condition keys in lower case, and their values as texts."""
Resolved = tuple[tuple[str, bool], ...]
"""A text in pieces: (piece, whether it is literal)."""

_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_KEY_WITH_DEFAULT = re.compile(r"\s*(?P<key>[^\s,']+)\s*(?:,\s*'(?P<default>(?:[^']|'')*)'\s*)?")
_LITERALS = frozenset("*?$")
_COLONS_IN_ARN = 5


def texts(value: Any) -> tuple[str, ...]:
    """Return a policy's or a context's value as texts: JSON knows single values, lists, numbers and booleans."""
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, str | int | float):
        return (str(value),)
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(text for item in value for text in texts(item))
    return ()


def resolve(text: str, context: Context, *, has_variables: bool) -> Resolved | None:
    """Replace the variables of a text; ``None`` if the request has no value for one of them and it has no default."""
    if not has_variables or "${" not in text:
        return ((text, False),)
    pieces: list[tuple[str, bool]] = []
    end = 0
    for match in _VARIABLE.finditer(text):
        value = _value(match[1], context)
        if value is None:
            return None
        pieces += [(text[end : match.start()], False), (value, True)]
        end = match.end()
    return (*pieces, (text[end:], False))


def _value(variable: str, context: Context) -> str | None:
    if variable in _LITERALS:
        return variable
    match = _KEY_WITH_DEFAULT.fullmatch(variable)
    if match is None:
        return None
    values = context.get(match["key"].lower(), ())
    if len(values) == 1:
        return values[0]
    default = match["default"]
    return None if default is None or values else default.replace("''", "'")


def plain(resolved: Resolved) -> str:
    """Return the text without any meaning for ``*`` and ``?``."""
    return "".join(piece for piece, _ in resolved)


def is_like(resolved: Resolved, text: str, *, ignores_case: bool = False) -> bool:
    """Tell whether a text fits a pattern."""
    return _expression(resolved, ignores_case).fullmatch(text) is not None


def is_arn_like(resolved: Resolved, text: str) -> bool | None:
    """Compare ARNs part by part: only in the last of the six parts does ``*`` run over colons.
    Unknown if the pattern is no ARN.
    """
    expression = _arn_expression(resolved)
    return None if expression is None else expression.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _expression(resolved: Resolved, ignores_case: bool) -> re.Pattern[str]:
    symbols = {"*": ".*", "?": "."}
    source = "".join(
        re.escape(character) if is_literal else symbols.get(character, re.escape(character))
        for piece, is_literal in resolved
        for character in piece
    )
    return re.compile(source, re.DOTALL | (re.IGNORECASE if ignores_case else 0))


@lru_cache(maxsize=1024)
def _arn_expression(resolved: Resolved) -> re.Pattern[str] | None:
    within, beyond = {"*": "[^:]*", "?": "[^:]"}, {"*": ".*", "?": "."}
    source, colons = "", 0
    for piece, is_literal in resolved:
        for character in piece:
            symbols = beyond if colons >= _COLONS_IN_ARN else within
            source += symbols[character] if character in symbols and not is_literal else re.escape(character)
            colons += character == ":"
    return re.compile(source, re.DOTALL) if colons >= _COLONS_IN_ARN else None
