"""What the store's Kinesis gets wrong, put right: shards that were split or merged.

moto moves the records of a closed shard into its children, with new numbers, and goes on writing to the closed one. On
AWS a closed shard keeps what it has until that expires, its children begin empty and their numbers go on behind it, and
a reader at its end is told so (there is no next iterator): only thus can parents be read before children, and every
record once.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any


def install() -> None:
    """Extend moto's Kinesis. Idempotent."""
    from moto.kinesis.models import KinesisBackend, Shard, Stream

    stream_class: Any = Stream
    shard_class: Any = Shard
    backend_class: Any = KinesisBackend
    if hasattr(shard_class, "begins_behind"):
        return
    split, merge = stream_class.split_shard, stream_class.merge_shards
    put_record, get_records = shard_class.put_record, backend_class.get_records

    def split_and_keep(stream: Any, shard_to_split: str, new_starting_hash_key: str) -> None:
        with _Kept(stream, shard_to_split):
            split(stream, shard_to_split, new_starting_hash_key)

    def merge_and_keep(stream: Any, shard_to_merge: str, adjacent_shard_to_merge: str) -> None:
        with _Kept(stream, shard_to_merge, adjacent_shard_to_merge):
            merge(stream, shard_to_merge, adjacent_shard_to_merge)

    def shard_for_key(stream: Any, partition_key: str, explicit_hash_key: str) -> Any:
        everything, stream.shards = stream.shards, {name: s for name, s in stream.shards.items() if s.is_open}
        try:
            return found(stream, partition_key, explicit_hash_key)
        finally:
            stream.shards = everything

    def put_behind(shard: Any, partition_key: str, content: str, explicit_hash_key: str) -> str:
        if shard.records or not shard.begins_behind:
            return str(put_record(shard, partition_key, content, explicit_hash_key))
        put_record(shard, partition_key, content, explicit_hash_key)
        record = shard.records.pop(1)
        record.sequence_number = shard.begins_behind + 1
        shard.records[record.sequence_number] = record
        return str(record.sequence_number)

    def get_to_the_end(backend: Any, stream_arn: str | None, shard_iterator: str, limit: int | None) -> Any:
        iterator, records, behind = get_records(backend, stream_arn, shard_iterator, limit)
        return None if _is_at_the_end(backend, stream_arn, iterator) else iterator, records, behind

    found = stream_class.get_shard_for_key
    shard_class.begins_behind = 0
    stream_class.split_shard, stream_class.merge_shards = split_and_keep, merge_and_keep
    stream_class.get_shard_for_key = shard_for_key
    shard_class.put_record = put_behind
    backend_class.get_records = get_to_the_end


class _Kept:
    """While it lasts, shards seem empty to moto; afterwards they have their records, and new shards begin behind."""

    def __init__(self, stream: Any, *names: str) -> None:
        self._stream = stream
        self._parents = [stream.get_shard(name) for name in names]
        self._known = set(stream.shards)
        self._records = [parent.records for parent in self._parents]

    def __enter__(self) -> None:
        for parent in self._parents:
            parent.records = OrderedDict()

    def __exit__(self, *_: object) -> None:
        for parent, records in zip(self._parents, self._records, strict=True):
            parent.records = records
        last = max(max(parent.records, default=parent.begins_behind) for parent in self._parents)
        for name in self._stream.shards.keys() - self._known:
            self._stream.shards[name].begins_behind = last


def _is_at_the_end(backend: Any, stream_arn: str | None, iterator: str) -> bool:
    from moto.kinesis.utils import decompose_shard_iterator

    stream_name, shard_id, position = decompose_shard_iterator(iterator)
    shard = backend.describe_stream(stream_arn=stream_arn, stream_name=stream_name).get_shard(shard_id)
    return not shard.is_open and int(position) >= max(shard.records, default=0)
