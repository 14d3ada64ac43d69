"""Event patterns: which events a rule of EventBridge, or a filter of an event source mapping, is about.

A pattern is a JSON object: each of its fields must be in the event, and hold one of the values that the pattern lists.
A list of values in the event is met by any of them. Beside plain values, which must be equal, a list may say
``prefix``, ``suffix``, ``equals-ignore-case``, ``wildcard``, ``anything-but``, ``numeric``, ``cidr`` and ``exists``;
and ``$or`` names several patterns of which one must be met. That is the language as AWS documents it.

``require_valid`` refuses what is none, with AWS's short words and a reason; ``matches`` only takes what was let in.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

OR = "$or"
COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}
DEEPEST = 100
"""So many objects inside of each other a pattern may have: whoever matches it goes down with it."""
ABSENT = object()
"""Stands for a field that the event does not have."""


def matches(pattern: Mapping[str, Any], event: Any) -> bool:
    """Tell whether an event meets a pattern."""
    if not isinstance(event, Mapping):
        return False
    return all(
        any(matches(one, event) for one in wanted) if field == OR else _field_matches(wanted, event.get(field, ABSENT))
        for field, wanted in pattern.items()
    )


def _field_matches(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, Mapping):
        if isinstance(value, list):
            return any(_field_matches(wanted, one) for one in value)
        return matches(wanted, value if isinstance(value, Mapping) else {})
    values = value if isinstance(value, list) else [value]
    return any(_meets(rule, one) for rule in wanted for one in values or [ABSENT])


def _meets(rule: Any, value: Any) -> bool:
    if not isinstance(rule, Mapping):
        return _equal(rule, value)
    ((name, argument),) = rule.items()
    if name == "exists":
        # Only leaves exist: an object is none (AWS documents it so).
        return (value is not ABSENT and not isinstance(value, Mapping)) is argument
    return value is not ABSENT and MATCHERS[name](argument, value)


def _equal(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(value, bool) or wanted is None or value is None:
        return wanted is value
    return bool(type(wanted) is type(value) or (_is_number(wanted) and _is_number(value))) and wanted == value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _affix(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def meets(wanted: Any, value: Any) -> bool:
        if isinstance(wanted, Mapping):
            return isinstance(value, str) and test(value.casefold(), wanted["equals-ignore-case"].casefold())
        return isinstance(value, str) and test(value, wanted)

    return meets


def _ignoring_case(wanted: Any, value: Any) -> bool:
    return isinstance(value, str) and value.casefold() == wanted.casefold()


def _wildcard(wanted: Any, value: Any) -> bool:
    first, *between = _without_stars(wanted)
    if not between:
        return bool(value == first)
    last = between.pop()
    if not isinstance(value, str) or len(value) < len(first) + len(last):
        return False
    if not (value.startswith(first) and value.endswith(last)):
        return False
    # Each part where it comes first: a regular expression would try all places of all parts, and never come to an end.
    at, end = len(first), len(value) - len(last)
    for part in between:
        found = value.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def _without_stars(wildcard: str) -> list[str]:
    r"""Return the texts between the stars; ``\*`` is a star that stands for itself, and ``\\`` a backslash."""
    parts = [""]
    for sign in re.findall(r"\\[*\\]|.", wildcard, re.DOTALL):
        if sign == "*":
            parts.append("")
        else:
            parts[-1] += sign[-1]
    return parts


def _anything_but(unwanted: Any, value: Any) -> bool:
    if isinstance(value, Mapping):
        return False
    if isinstance(unwanted, Mapping):
        ((name, argument),) = unwanted.items()
        arguments = argument if isinstance(argument, list) else [argument]
        return not any(MATCHERS[name](one, value) for one in arguments)
    return not any(_equal(one, value) for one in (unwanted if isinstance(unwanted, list) else [unwanted]))


def _numeric(bounds: Sequence[Any], value: Any) -> bool:
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    return _is_number(value) and all(COMPARISONS[sign](value, bound) for sign, bound in pairs)


def _within(block: Any, value: Any) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False


MATCHERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    "equals-ignore-case": _ignoring_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _within,
}
OF_ANYTHING_BUT = frozenset({"prefix", "suffix", "equals-ignore-case", "wildcard"})


def require_valid(pattern: Any, depth: int = 1) -> None:
    """Raise ``ValueError``, which says why, for what is no pattern; ``depth``: the how many-th inside of each other."""
    if depth > DEEPEST:
        raise ValueError(f"a pattern is nested {DEEPEST} levels deep at most")
    if not isinstance(pattern, Mapping):
        raise ValueError("a pattern is a JSON object")
    if not pattern:
        raise ValueError("an empty pattern is about nothing")
    for field, wanted in pattern.items():
        if field == OR:
            _require_alternatives(wanted, depth)
        elif isinstance(wanted, Mapping):
            require_valid(wanted, depth + 1)
        elif isinstance(wanted, list) and wanted:
            for rule in wanted:
                _require_rule(field, rule)
        else:
            raise ValueError(f'"{field}" must be an object or a list that is not empty')


def _require_alternatives(wanted: Any, depth: int) -> None:
    if not isinstance(wanted, list) or len(wanted) < 2:
        raise ValueError(f'"{OR}" must be a list of at least two patterns')
    for one in wanted:
        require_valid(one, depth + 1)


def _require_rule(field: str, rule: Any) -> None:
    if isinstance(rule, list):
        raise ValueError(f'"{field}" holds a list inside of its list')
    if not isinstance(rule, Mapping):
        return
    if len(rule) != 1 or not rule.keys() <= {*MATCHERS, "exists"}:
        raise ValueError(f'Unrecognized match type {next(iter(rule), "(none)")} for "{field}"')
    ((name, argument),) = rule.items()
    if not _is_argument(name, argument):
        raise ValueError(f'{name} of "{field}" cannot be {argument!r}')


def _is_argument(name: str, argument: Any) -> bool:
    match name:
        case "exists":
            return isinstance(argument, bool)
        case "numeric":
            return _are_bounds(argument)
        case "anything-but":
            return _is_unwanted(argument)
        case "cidr":
            return _is_block(argument)
        case "prefix" | "suffix" if isinstance(argument, Mapping):
            return argument.keys() == {"equals-ignore-case"} and isinstance(argument["equals-ignore-case"], str)
        case _:
            return isinstance(argument, str)


def _are_bounds(argument: Any) -> bool:
    return (
        isinstance(argument, list)
        and len(argument) in (2, 4)
        and all(isinstance(sign, str) and sign in COMPARISONS for sign in argument[::2])
        and all(_is_number(bound) for bound in argument[1::2])
    )


def _is_unwanted(argument: Any) -> bool:
    if isinstance(argument, Mapping):
        values = argument.values()
        return (
            len(argument) == 1
            and argument.keys() <= OF_ANYTHING_BUT
            and all(isinstance(one, str) for value in values for one in (value if isinstance(value, list) else [value]))
        )
    many = argument if isinstance(argument, list) else [argument]
    return bool(many) and all(isinstance(one, str) or _is_number(one) for one in many)


def _is_block(argument: Any) -> bool:
    try:
        ipaddress.ip_network(argument, strict=False)
    except ValueError:
        return False
    return isinstance(argument, str)
