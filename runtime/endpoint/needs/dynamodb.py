"""DynamoDB and its streams: tables, their indexes, and batches that are about several tables at once.

A statement in PartiQL is not read here: the judge and the store might read it differently. So ExecuteStatement and the
like have no action, and are root's alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runtime.endpoint.needs.asked import Asked, Use
from runtime.endpoint.needs.attributes import attributes
from runtime.endpoint.needs.named import arns_in
from runtime.endpoint.needs.partition_keys import leading_keys
from runtime.policy.values import ContextValue

END_OF_STREAM_ARN = "|"
"""moto's shard iterators begin with the ARN of their stream."""
BATCHES = frozenset({"BatchGetItem", "BatchWriteItem"})
TRANSACTIONS = frozenset({"TransactGetItems", "TransactWriteItems"})
SAID_OUTRIGHT = ("Select", "ReturnValues", "ReturnConsumedCapacity")
"""Parameters that are condition keys."""


def uses(asked: Asked) -> list[Use]:
    """Return what a call to DynamoDB uses."""
    if asked.operation in BATCHES:
        tables = asked.parameters.get("RequestItems")
        named = tables.items() if isinstance(tables, Mapping) else []
        return [_use(asked, asked.operation, name, asked.parameters, items) for name, items in named] or [_none(asked)]
    if asked.operation in TRANSACTIONS:
        return list(_of_transaction(asked)) or [_none(asked)]
    if asked.text("TableName"):
        return [_use(asked, asked.operation, asked.text("TableName"), asked.parameters, asked.parameters)]
    given = (arn.partition(END_OF_STREAM_ARN)[0] for arn in arns_in(asked))
    source = asked.arn(f"table/{asked.text('SourceTableName')}") if asked.text("SourceTableName") else ""
    names = {"GlobalTableName": asked.text("GlobalTableName"), "TableName": asked.text("TargetTableName")}
    return [Use(f"dynamodb:{asked.operation}", names, (*given, source))]


def _none(asked: Asked) -> Use:
    """Return the use of a call that names no table, which DynamoDB will refuse; a right to every table passes it on."""
    action = "dynamodb:GetItem" if asked.operation in TRANSACTIONS else f"dynamodb:{asked.operation}"
    return Use(action)


def _of_transaction(asked: Asked) -> Iterator[Use]:
    items: Any = asked.parameters.get("TransactItems")
    for item in items if isinstance(items, list) else []:
        for kind, content in item.items() if isinstance(item, Mapping) else []:
            operation = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
            said = content if isinstance(content, Mapping) else {}
            yield _use(asked, operation, str(said.get("TableName", "")), said, said)


def _use(asked: Asked, operation: str, table: str, said: Mapping[str, Any], items: object) -> Use:
    index = asked.text("IndexName")
    is_arn = table.startswith("arn:")
    arns = tuple(f"{table}/index/{index}" if index and is_arn else arn for arn in (table, *arns_in(asked)) if is_arn)
    names = {} if is_arn else {"TableName": table, "IndexName": index}
    name = table.rpartition("/")[2] if is_arn else table
    conditions: dict[str, ContextValue] = {
        f"dynamodb:{key}": said[key] for key in SAID_OUTRIGHT if isinstance(said.get(key), str)
    }
    if asked.operation in TRANSACTIONS:
        conditions["dynamodb:EnclosingOperation"] = asked.operation
    key = asked.known.partition_key(name, asked.region) if name else None
    if key is not None:
        conditions["dynamodb:LeadingKeys"] = leading_keys(key, items)
    named = attributes(operation, items)
    if named:
        conditions["dynamodb:Attributes"] = named
    return Use(f"dynamodb:{operation}", names, arns, conditions=conditions)
