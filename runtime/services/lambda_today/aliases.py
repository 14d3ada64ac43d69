"""Aliases: names that point to versions, and may send a part of their invocations to a second one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runtime.generation import TODAY
from runtime.resources.alias import Alias
from runtime.resources.attachments import Kind
from runtime.resources.function import LATEST, Function
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.catalogue import Catalogue, conflict, not_found
from runtime.services.lambda_today.members import check_revision
from runtime.services.paging import page

LISTED_AT_ONCE = 50
ONE_AT_MOST = "Number of items in AdditionalVersionWeights cannot be greater than 1"
NOT_WITH_LATEST = "$LATEST is not supported for an alias pointing to more than 1 version"


class Aliases:
    """CreateAlias, GetAlias, ListAliases, UpdateAlias, DeleteAlias."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._account = collaborators.account

    async def create_alias(
        self,
        call: Call,
        *,
        function_name: str,
        name: str,
        function_version: str,
        description: str = "",
        routing_config: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Make an alias; a name that is taken is refused."""
        function = self._catalogue.find_to_change(function_name, "CreateAlias")
        self._catalogue.qualified(function, function_version)
        if self._account.alias(function.name, name) is not None:
            raise conflict(f"Alias already exists: {function.arn}:{name}")
        weights = self._weights(function, function_version, routing_config)
        return self._keep(function, Alias(name, function_version, description, "", weights))

    async def get_alias(self, call: Call, *, function_name: str, name: str) -> dict[str, Any]:
        """Return an alias."""
        function = self._catalogue.find_to_change(function_name, "GetAlias")
        return _shape(function, self._find(function, name))

    async def list_aliases(
        self,
        call: Call,
        *,
        function_name: str,
        function_version: str | None = None,
        marker: str | None = None,
        max_items: int = LISTED_AT_ONCE,
    ) -> dict[str, Any]:
        """Return the aliases of a function by name, or those that point to one version."""
        function = self._catalogue.find_to_change(function_name, "ListAliases")
        aliases = [
            alias for alias in self._account.aliases(function.name) if function_version in (None, *alias.versions)
        ]
        chosen, next_marker = page(aliases, marker, max_items, key=lambda alias: alias.name, operation="ListAliases")
        shapes = [_shape(function, alias) for alias in chosen]
        return {"Aliases": shapes} | ({"NextMarker": next_marker} if next_marker else {})

    async def update_alias(
        self,
        call: Call,
        *,
        function_name: str,
        name: str,
        function_version: str | None = None,
        description: str | None = None,
        routing_config: Mapping[str, Any] | None = None,
        revision_id: str | None = None,
    ) -> dict[str, Any]:
        """Change what is given; an empty routing configuration sends everything to one version again."""
        function = self._catalogue.find_to_change(function_name, "UpdateAlias")
        alias = self._find(function, name)
        check_revision(revision_id, alias.revision)
        version = function_version or alias.version
        self._catalogue.qualified(function, version)
        weights = alias.weights if routing_config is None else self._weights(function, version, routing_config)
        changed = replace(
            alias,
            version=version,
            description=alias.description if description is None else description,
            weights=weights,
        )
        return self._keep(function, changed)

    async def delete_alias(self, call: Call, *, function_name: str, name: str) -> dict[str, Any]:
        """Take an alias away, with what is attached to it; one that is not there is no mistake."""
        function = self._catalogue.find_to_change(function_name, "DeleteAlias")
        if self._account.alias(function.name, name) is not None:
            self._account.attachments.drop_qualifier(function.name, name)
        return {}

    def _find(self, function: Function, name: str) -> Alias:
        alias = self._account.alias(function.name, name)
        if alias is None:
            raise not_found(f"Cannot find alias arn: {function.arn}:{name}")
        return alias

    def _keep(self, function: Function, alias: Alias) -> dict[str, Any]:
        kept = replace(alias, revision=str(uuid.uuid4()))
        self._account.attachments.put(Kind.ALIAS, function.name, kept.document(), kept.name)
        return _shape(function, kept)

    def _weights(
        self, function: Function, version: str, routing_config: Mapping[str, Any] | None
    ) -> Mapping[str, float]:
        weights: dict[str, float] = dict((routing_config or {}).get("AdditionalVersionWeights") or {})
        if len(weights) > 1:
            raise invalid_parameter(ONE_AT_MOST)
        for other in weights:
            if other == version:
                raise invalid_parameter(
                    f"Invalid function version {version}."
                    f" Function version {version} is already included in routing configuration."
                )
            if version == LATEST:
                raise invalid_parameter(NOT_WITH_LATEST)
            self._catalogue.qualified(function, other)
        return weights


def _shape(function: Function, alias: Alias) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "AliasArn": f"{function.arn}:{alias.name}",
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision,
    }
    return shape | ({"RoutingConfig": {"AdditionalVersionWeights": dict(alias.weights)}} if alias.weights else {})
