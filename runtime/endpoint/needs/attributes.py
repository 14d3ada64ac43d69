"""The attributes of items that a call to DynamoDB names or reads: what ``dynamodb:Attributes`` in a condition asks.

A condition that leaves users some attributes asks this of all values (``ForAllValues:StringEquals``). So whatever may
touch other attributes than those that can be told (a read without a projection, an expression with a name that is not
explained) is said as one value that no attribute is called. Only names at the top level count, as on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

UNTOLD = "(any attribute)"
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan"})
COUNTED = "COUNT"
BY_NAME = ("Key", "Item", "Expected", "AttributeUpdates", "KeyConditions", "QueryFilter", "ScanFilter")
EXPRESSIONS = (
    "ProjectionExpression",
    "ConditionExpression",
    "FilterExpression",
    "KeyConditionExpression",
    "UpdateExpression",
)
NAME = re.compile(r"(?<![\w.:#-])#?[A-Za-z_][\w-]*(?![\w-]*\s*\()")
"""A name in an expression: not a value (``:v``), not a part of another name, not a function."""
WORDS = frozenset({"and", "or", "not", "between", "in", "set", "remove", "add", "delete"})


def attributes(operation: str, said: object) -> list[str]:
    """Return the names of the attributes that the parameters of a call are about."""
    return list(dict.fromkeys(_attributes(operation, said)))


def _attributes(operation: str, said: object) -> Iterator[str]:
    if isinstance(said, list):  # the requests of a BatchWriteItem
        for request in said:
            for content in request.values() if isinstance(request, Mapping) else []:
                yield from _attributes(operation, content)
        return
    if not isinstance(said, Mapping):
        return
    for parameter in BY_NAME:
        yield from _names(said.get(parameter))
    for key in _listed(said, "Keys"):
        yield from _names(key)
    yield from (name for name in _listed(said, "AttributesToGet") if isinstance(name, str))
    for parameter in EXPRESSIONS:
        yield from _in_expression(said.get(parameter), said.get("ExpressionAttributeNames"))
    if operation in READS and not (said.get("ProjectionExpression") or said.get("AttributesToGet")):
        yield from () if said.get("Select") == COUNTED else (UNTOLD,)


def _listed(said: Mapping[str, Any], name: str) -> list[Any]:
    found = said.get(name)
    return found if isinstance(found, list) else []


def _names(written: object) -> Iterator[str]:
    yield from (str(name) for name in written) if isinstance(written, Mapping) else ()


def _in_expression(written: object, explained: object) -> Iterator[str]:
    names = explained if isinstance(explained, Mapping) else {}
    for found in NAME.findall(written) if isinstance(written, str) else []:
        if found.startswith("#"):
            meant = names.get(found)
            yield meant if isinstance(meant, str) else UNTOLD
        elif found.lower() not in WORDS:
            yield found
