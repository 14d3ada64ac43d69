"""The tags of what the store keeps: queues, tables, streams, log groups, policies, objects.

Each service keeps them in a way of its own. What nobody has called yet is not imported for it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

from runtime.arn import Arn


def stored_tags(account: str, arn: Arn) -> Mapping[str, str]:
    """Return the tags of a resource; none if it does not exist, or is of a kind that is not looked up."""
    if arn.service == "s3":
        return _of_object(_backend("s3", account, "aws"), arn)
    read = READERS.get(arn.service)
    backend = _backend(arn.service, account, "aws" if arn.service == "iam" else arn.region)
    return read(backend, arn) if read and backend else {}


def _backend(service: str, account: str, place: str) -> Any:
    """Return a service's state as moto keeps it; ``None`` if it has none."""
    models = sys.modules.get(f"moto.{service}.models")
    backends = getattr(models, f"{service}_backends", None)
    return backends[account][place] if backends else None


def _of_object(s3: Any, arn: Arn) -> Mapping[str, str]:
    bucket, _, name = arn.resource.partition("/")
    kept = s3.buckets.get(bucket) if s3 else None
    found = kept.keys.get(name) if kept and name else None
    return dict(s3.tagger.get_tag_dict_for_resource(found.arn)) if found else {}


def _of_queue(sqs: Any, arn: Arn) -> Mapping[str, str]:
    queue = sqs.queues.get(arn.resource)
    return dict(queue.tags or {}) if queue else {}


def _of_table(dynamodb: Any, arn: Arn) -> Mapping[str, str]:
    table = dynamodb.tables.get(arn.resource.split("/")[1]) if "/" in arn.resource else None
    return {tag["Key"]: tag["Value"] for tag in list(table.tags)} if table else {}


def _of_stream(kinesis: Any, arn: Arn) -> Mapping[str, str]:
    stream = kinesis.streams.get(arn.resource.partition("/")[2])
    return dict(stream.tags or {}) if stream else {}


def _of_log_group(logs: Any, arn: Arn) -> Mapping[str, str]:
    group = logs.groups.get(arn.resource.removeprefix("log-group:").partition(":")[0])
    return dict(logs.tagger.get_tag_dict_for_resource(group.arn)) if group else {}


def _of_policy(iam: Any, arn: Arn) -> Mapping[str, str]:
    policy = iam.managed_policies.get(str(arn))
    return {name: tag["Value"] for name, tag in dict(policy.tags).items()} if policy else {}


READERS: Mapping[str, Callable[[Any, Arn], Mapping[str, str]]] = {
    "dynamodb": _of_table,
    "iam": _of_policy,
    "kinesis": _of_stream,
    "logs": _of_log_group,
    "sqs": _of_queue,
}
