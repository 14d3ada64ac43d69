"""What the store's streams of DynamoDB lack: iterators that cost nothing and mean the same after a restart.

moto remembers every iterator that it ever gave out, and each answer gives out another one, so a stream that is looked
at once a second fills the memory and every checkpoint; and one from before a restart is a fault. Here an iterator says
itself where it stands, and one that nobody gave out is refused as AWS does it.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

REFUSAL = "Invalid ShardIterator."


def install() -> None:
    """Extend moto's streams of DynamoDB. Idempotent."""
    from moto.core.exceptions import JsonRESTError
    from moto.dynamodbstreams.models import DynamoDBStreamsBackend, ShardIterator

    iterator_class: Any = ShardIterator
    backend_class: Any = DynamoDBStreamsBackend
    if hasattr(iterator_class, "says_where"):
        return
    make = iterator_class.__init__

    def make_and_say(iterator: Any, backend: Any, shard: Any, kind: str, sequence_number: Any = None) -> None:
        make(iterator, backend, shard, kind, None if sequence_number is None else int(sequence_number))
        where = f"{shard.id}:{iterator.sequence_number}"
        iterator.id = base64.b64encode(where.encode()).decode()

    def get_shard_iterator(backend: Any, arn: str, shard_id: str, kind: str, sequence_number: Any = None) -> Any:
        return ShardIterator(backend, _shard(backend, arn, shard_id), kind, sequence_number)

    def get_records(backend: Any, iterator_arn: str, limit: int) -> Any:
        arn, _, where = iterator_arn.partition("|1|")
        try:
            shard_id, _, sequence = base64.b64decode(where, validate=True).decode().partition(":")
            number = int(sequence)
            iterator: Any = ShardIterator(backend, _shard(backend, arn, shard_id), "AT_SEQUENCE_NUMBER", number)
            answer = iterator.get(limit)
        except (binascii.Error, ValueError, AssertionError, AttributeError) as error:
            raise JsonRESTError("ValidationException", REFUSAL) from error
        backend.shard_iterators.clear()
        return answer

    def _shard(backend: Any, arn: str, shard_id: str) -> Any:
        shard = backend._get_table_from_arn(arn).stream_shard
        if shard is None or shard.id != shard_id:
            raise JsonRESTError(
                "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                f"Requested resource not found: Shard: {shard_id} in Stream: {arn} not found",
            )
        return shard

    iterator_class.says_where = True
    iterator_class.__init__ = make_and_say
    backend_class.get_shard_iterator = get_shard_iterator
    backend_class.get_records = get_records
