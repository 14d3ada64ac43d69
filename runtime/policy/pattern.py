"""The texts of a policy: ``*`` and ``?``, and ``${variables}``.

A text is first *resolved*: each variable is replaced by what the request has for it, and what came from a variable is
literal, so a user called ``*`` does not match everybody. Then it is compared, as plain text or as a pattern.
``*`` in a resource runs over colons and slashes alike. Variables exist since version 2012-10-17 of the language; before
that, ``${`` is plain text. See "IAM policy elements: variables and tags" in AWS's IAM User Guide.

It promises that a comparison takes time in proportion to pattern times text, whatever the pattern: a policy is written
by whoever may write policies, and ``*a*a*a*a*a*b`` must not keep everybody else waiting. Between two stars the first
place that fits is as good as any other, so no expression made here ever tries a second one (``(?>...)``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
    if isinstance(value, str):
        return (value,)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, int | float):
        return (str(value),)
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(text for item in value for text in texts(item))
    return ()


def has_variable(text: str) -> bool:
    """Tell whether a text would have to be resolved."""
    return "${" in text


def resolve(text: str, context: Context, *, has_variables: bool) -> Resolved | None:
    """Replace the variables of a text; ``None`` if the request has no value for one of them and it has no default."""
    if not has_variables or not has_variable(text):
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


def variables(text: str) -> list[str]:
    """Return the condition keys that the variables of a text ask for."""
    matches = (_KEY_WITH_DEFAULT.fullmatch(found) for found in _VARIABLE.findall(text) if found not in _LITERALS)
    return [match["key"] for match in matches if match]


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


def is_like(resolved: Resolved, text: str) -> bool:
    """Tell whether a text fits a pattern."""
    return _expression(resolved).fullmatch(text) is not None


def is_arn_like(resolved: Resolved, text: str) -> bool | None:
    """Compare ARNs part by part: only in the last of the six parts does ``*`` run over colons.
    Unknown if the pattern is no ARN.
    """
    expression = _arn_expression(resolved)
    return None if expression is None else expression.fullmatch(text) is not None


def glob_expression(pattern: str) -> str:
    """Return the regular expression of a pattern without variables; it needs ``re.DOTALL``."""
    return _source(_symbols(((pattern, False),)), ".")


@lru_cache(maxsize=4096)
def _expression(resolved: Resolved) -> re.Pattern[str]:
    return re.compile(_source(_symbols(resolved), "."), re.DOTALL)


@lru_cache(maxsize=1024)
def _arn_expression(resolved: Resolved) -> re.Pattern[str] | None:
    parts: list[list[str]] = [[]]
    for symbol in _symbols(resolved):
        if symbol == ":" and len(parts) <= _COLONS_IN_ARN:
            parts.append([])
        else:
            parts[-1].append(symbol)
    if len(parts) <= _COLONS_IN_ARN:
        return None
    sources = [_source(part, "[^:]") for part in parts[:-1]] + [_source(parts[-1], ".")]
    return re.compile(":".join(sources), re.DOTALL)


def _symbols(resolved: Resolved) -> Iterator[str]:
    """Give a text sign by sign: ``*`` and ``?`` where they mean something, anything else (also a colon) escaped."""
    for piece, is_literal in resolved:
        for sign in piece:
            yield sign if sign in ":" or (sign in "*?" and not is_literal) else re.escape(sign)


def _source(symbols: Iterator[str] | list[str], any_sign: str) -> str:
    """Write an expression that looks for each piece between two stars once, from left to right."""
    pieces = [""]
    for symbol in symbols:
        if symbol == "*":
            pieces.append("")
        else:
            pieces[-1] += any_sign if symbol == "?" else symbol
    first, *rest = pieces
    if not rest:
        return first
    *middle, last = rest
    return first + "".join(f"(?>{any_sign}*?{piece})" for piece in middle if piece) + f"{any_sign}*{last}"
