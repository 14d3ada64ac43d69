"""The partition keys that a call to DynamoDB is about: what ``dynamodb:LeadingKeys`` in a condition asks.

A condition that lets users see only their own items asks this of all values (``ForAllValues:StringEquals``), and for
no values at all it would be true. So what cannot be told (an expression that is not a plain comparison) is said as one
value that nobody's key is. With a Scan AWS does not give the key at all, so such a policy must not allow it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

UNTOLD = "(any partition key)"


def leading_keys(attribute: str, said: object) -> list[str]:
    """Return the values of the partition key that the parameters of a call name."""
    return list(dict.fromkeys(_values(attribute, said))) or [UNTOLD]


def _values(attribute: str, said: object) -> Iterator[str]:
    if isinstance(said, list):  # the requests of a BatchWriteItem
        for request in said:
            for content in request.values() if isinstance(request, Mapping) else []:
                yield from _values(attribute, content)
        return
    if not isinstance(said, Mapping):
        return
    for key in _keys(said):
        yield _text(key.get(attribute))
    if "KeyConditionExpression" in said or "KeyConditions" in said:
        yield _of_query(attribute, said)


def _keys(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    keys = said.get("Keys")
    for key in (said.get("Key"), said.get("Item"), *(keys if isinstance(keys, list) else ())):
        if isinstance(key, Mapping):
            yield key


def _text(value: object) -> str:
    """Return a value as a condition compares it: that of ``{"S": "ann"}`` is ``ann``."""
    if isinstance(value, Mapping) and len(value) == 1:
        written = next(iter(value.values()))
        if isinstance(written, str):
            return written
    return UNTOLD


def _of_query(attribute: str, said: Mapping[str, Any]) -> str:
    conditions = said.get("KeyConditions")
    if "KeyConditionExpression" in said and "KeyConditions" in said:
        return UNTOLD
    if isinstance(conditions, Mapping):
        condition = conditions.get(attribute)
        values = condition.get("AttributeValueList") if isinstance(condition, Mapping) else None
        is_equal = isinstance(condition, Mapping) and condition.get("ComparisonOperator") == "EQ"
        return _text(values[0]) if is_equal and isinstance(values, list) and len(values) == 1 else UNTOLD
    names, values = (said.get(f"ExpressionAttribute{kind}") for kind in ("Names", "Values"))
    names, values = (each if isinstance(each, Mapping) else {} for each in (names, values))
    spellings = [attribute, *(short for short, name in names.items() if name == attribute)]
    either = "|".join(re.escape(str(spelling)) for spelling in spellings)
    found = re.findall(rf"(?:^|[\s(])(?:{either})\s*=\s*(:\w+)", str(said.get("KeyConditionExpression")))
    return _text(values.get(found[0])) if len(found) == 1 else UNTOLD
