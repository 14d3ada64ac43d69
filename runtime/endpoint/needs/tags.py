"""The tags that a call gives or takes away: ``aws:RequestTag/...`` and ``aws:TagKeys`` in conditions.

Services write tags as an object of names and values, or as a list of objects that have a name and a value each.
What a call does not say in one of these ways it does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runtime.endpoint.needs.asked import Asked
from runtime.policy.values import ContextValue

GIVEN = ("Tags", "tags")
TAKEN_AWAY = ("TagKeys", "tagKeys", "tags")
IN_THE_ADDRESS = "tagKeys"


def conditions(asked: Asked) -> dict[str, ContextValue]:
    """Return what conditions may ask about a call's tags; nothing if it has none."""
    given = {name: value for parameter in GIVEN for name, value in pairs(asked.parameters.get(parameter))}
    names = list(dict.fromkeys([*given, *_taken_away(asked)]))
    values: dict[str, ContextValue] = {f"aws:RequestTag/{name}": value for name, value in given.items()}
    return values | ({"aws:TagKeys": names} if names else {})


def pairs(tags: Any) -> Iterator[tuple[str, str]]:
    """Give names and values of tags, whichever way they are written."""
    if isinstance(tags, Mapping):
        yield from ((name, value) for name, value in tags.items() if isinstance(value, str))
    for tag in tags if isinstance(tags, list) else []:
        if isinstance(tag, Mapping) and isinstance(tag.get("Key"), str):
            value = tag.get("Value")
            yield tag["Key"], value if isinstance(value, str) else ""


def _taken_away(asked: Asked) -> Iterator[str]:
    for parameter in TAKEN_AWAY:
        named = asked.parameters.get(parameter)
        yield from (name for name in named if isinstance(name, str)) if isinstance(named, list) else ()
    if IN_THE_ADDRESS in asked.request.query_string:  # which is seldom, and reading it takes a while
        yield from (value for name, value in asked.request.query if name == IN_THE_ADDRESS)
