"""From what a call uses to what it needs: an action's definition says of which kind its resources are.

What is judged is what the store will serve. An ARN of another region is judged as it was named and as it would be found
here, because a store that goes by names alone does not look at the region. A resource that cannot be derived is ``*``,
which only a policy for all resources allows. An action that nobody defined stays unmapped: only root may use it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runtime.arn import Arn
from runtime.endpoint.needs.asked import Asked, Need, Use
from runtime.endpoint.needs.definitions import Definition, ResourceType, definition
from runtime.policy.values import ContextValue

GLOBAL = "aws:"
TAG_OF_AN_OBJECT = "s3:ExistingObjectTag"
OF_ANY_REGION = frozenset({"lambda"})
"""Whose ARNs are taken as they are: Lambda is ours, and refuses one of another region itself."""


def resolved(asked: Asked, use: Use, circumstances: Mapping[str, ContextValue]) -> Iterator[Need]:
    """Give a need for each resource that a use is about."""
    defined = definition(use.action)
    if defined is None and not use.resource:
        yield Need(use.action, is_mapped=False)
        return
    conditions = _conditions(defined, {**circumstances, **use.conditions})
    for resource in dict.fromkeys(_resources(asked, use, defined)):
        of_resource = _tags(asked, defined, resource) if defined else {}
        yield Need(use.action, resource, use.serves_for_roles, {**conditions, **of_resource})


def _conditions(defined: Definition | None, known: Mapping[str, ContextValue]) -> dict[str, ContextValue]:
    """Leave out what AWS does not give with this action: a condition on it must be as unmet here as it is there."""
    return {
        key: value
        for key, value in known.items()
        if key.startswith(GLOBAL) or (defined and key.partition("/")[0].lower() in defined.condition_keys)
    }


def _tags(asked: Asked, defined: Definition, resource: str) -> dict[str, ContextValue]:
    """Return the tags of what the action is about, where AWS gives them to conditions."""
    if asked.prefix == "s3":
        has_tags, prefixes = TAG_OF_AN_OBJECT.lower() in defined.condition_keys, [TAG_OF_AN_OBJECT]
    else:
        has_tags = any(kind.is_tagged and kind.is_of(resource) for kind in defined.types)
        prefixes = ["aws:ResourceTag", *(["iam:ResourceTag"] if asked.prefix == "iam" else [])]
    tags = asked.known.tags(resource) if has_tags else {}
    return {f"{prefix}/{name}": value for name, value in tags.items() for prefix in prefixes}


def _resources(asked: Asked, use: Use, defined: Definition | None) -> Iterator[str]:
    if use.resource or defined is None:
        yield use.resource
        return
    given = [arn for arn in use.arns if any(kind.is_of(arn) for kind in defined.types)]
    names = {"Partition": "aws", "Region": asked.region, "Account": asked.account, **use.names}
    built = _most_specific([(kind, arn) for kind in defined.types if (arn := kind.arn(names)) is not None])
    found = [*given, *(arn for arn in built if arn not in given)]
    yield from found or ["*"]
    yield from (elsewhere for arn in given if (elsewhere := _here(arn, asked.region)) != arn)


def _most_specific(found: list[tuple[ResourceType, str]]) -> list[str]:
    """Leave out what another of them is a part of: of a table and its index the table."""
    return [
        arn
        for kind, arn in found
        if not any(
            other is not kind and other.template.startswith(kind.template) and other.template != kind.template
            for other, _ in found
        )
    ]


def _here(arn: str, region: str) -> str:
    """Return the ARN of what has this name in the region of the call."""
    parsed = Arn.parse(arn)
    if parsed.service in OF_ANY_REGION or parsed.region in ("", region):
        return arn
    return str(Arn(parsed.partition, parsed.service, region, parsed.account, parsed.resource))
