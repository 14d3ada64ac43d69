"""DynamoDB and its streams: tables, their indexes, and batches that are about several tables at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runtime.endpoint.needs.asked import Asked, Need

END_OF_STREAM_ARN = "|"
"""moto's shard iterators begin with the ARN of their stream."""


def needs(asked: Asked) -> list[Need]:
    """Return what a call to DynamoDB needs."""
    if asked.operation in ("BatchGetItem", "BatchWriteItem"):
        tables = asked.parameters.get("RequestItems")
        names = list(tables) if isinstance(tables, Mapping) else []
        return [_need(asked, asked.operation, name) for name in names] or [_need(asked, asked.operation, "")]
    if asked.operation in ("TransactGetItems", "TransactWriteItems"):
        return list(_of_transaction(asked)) or [_need(asked, asked.operation, "")]
    stream = asked.text("StreamArn") or asked.text("ShardIterator").partition(END_OF_STREAM_ARN)[0]
    if stream.startswith("arn:"):
        return [Need(f"dynamodb:{asked.operation}", stream)]
    return [_need(asked, asked.operation, asked.text("TableName"), asked.text("IndexName"))]


def _of_transaction(asked: Asked) -> Iterator[Need]:
    items: Any = asked.parameters.get("TransactItems")
    for item in items if isinstance(items, list) else []:
        for kind, content in item.items() if isinstance(item, Mapping) else []:
            operation = "ConditionCheckItem" if kind == "ConditionCheck" else f"{kind}Item"
            yield _need(asked, operation, str(content.get("TableName", "")) if isinstance(content, Mapping) else "")


def _need(asked: Asked, operation: str, table: str, index: str = "") -> Need:
    if not table:
        return Need(f"dynamodb:{operation}")
    arn = table if table.startswith("arn:") else asked.arn(f"table/{table}", service="dynamodb")
    return Need(f"dynamodb:{operation}", f"{arn}/index/{index}" if index else arn)
