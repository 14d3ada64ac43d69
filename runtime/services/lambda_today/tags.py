"""Tags of a function: at most 50 names with values. (Event source mappings can be tagged on AWS too; not here yet.)"""

from __future__ import annotations

from typing import Any

from runtime.arn import Arn
from runtime.generation import TODAY
from runtime.resources.attachments import Kind
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.catalogue import Catalogue

MOST_TAGS = 50
NO_QUALIFIER = (
    "Tagging operations are permitted on Lambda functions only. Tags on aliases and versions are not supported."
    " Please specify either a function name or a function ARN."
)


class Tags:
    """TagResource, UntagResource, ListTags."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._attachments = collaborators.account.attachments

    async def tag_resource(self, call: Call, *, resource: str, tags: dict[str, str]) -> dict[str, Any]:
        """Add tags, or change the values of those that are there."""
        name = self._name(resource)
        if not tags:
            raise invalid_parameter("An error occurred and the request cannot be processed.")
        self._put(name, (self._attachments.get(Kind.TAGS, name) or {}) | tags)
        return {}

    async def untag_resource(self, call: Call, *, resource: str, tag_keys: list[str]) -> dict[str, Any]:
        """Take tags away; those that are not there are no mistake."""
        name = self._name(resource)
        tags = self._attachments.get(Kind.TAGS, name) or {}
        self._put(name, {key: value for key, value in tags.items() if key not in tag_keys})
        return {}

    async def list_tags(self, call: Call, *, resource: str) -> dict[str, Any]:
        """Return the tags of a function."""
        return {"Tags": self._attachments.get(Kind.TAGS, self._name(resource)) or {}}

    def _put(self, name: str, tags: dict[str, str]) -> None:
        check_tags(tags)
        self._attachments.put(Kind.TAGS, name, tags)

    def _name(self, resource: str) -> str:
        kind = Arn.parse(resource).resource.partition(":")[0]
        if kind != "function":
            raise invalid_parameter(f"This runtime keeps tags of functions only, not of a {kind.replace('-', ' ')}.")
        found = self._catalogue.find(resource)
        if found.qualifier:
            raise invalid_parameter(NO_QUALIFIER)
        return found.function.name


def check_tags(tags: dict[str, str]) -> None:
    """Refuse more tags than a function may have."""
    if len(tags) > MOST_TAGS:
        raise invalid_parameter("Number of tags exceeds resource tag limit.")
