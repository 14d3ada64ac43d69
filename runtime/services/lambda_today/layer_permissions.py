"""The policy of a layer version: who else may use it."""

from __future__ import annotations

import json
from typing import Any

from runtime.generation import TODAY
from runtime.resources.attachments import Kind
from runtime.resources.layers import LayerVersion
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.lambda_today.catalogue import not_found
from runtime.services.lambda_today.layers import bare_name, require_number
from runtime.services.lambda_today.resource_policy import NO_POLICY, ResourcePolicy


class LayerPermissions:
    """AddLayerVersionPermission, RemoveLayerVersionPermission, GetLayerVersionPolicy."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._account = collaborators.account
        self._settings = collaborators.settings

    async def add_layer_version_permission(
        self,
        call: Call,
        *,
        layer_name: str,
        version_number: int,
        statement_id: str,
        action: str,
        principal: str,
        organization_id: str | None = None,
        revision_id: str | None = None,
    ) -> dict[str, Any]:
        """Let an account, all accounts of an organisation, or everybody use a layer version."""
        version = self._find(layer_name, version_number)
        everybody_or_account = principal if principal == "*" else {"AWS": _account_root(principal)}
        statement: dict[str, Any] = {
            "Sid": statement_id,
            "Effect": "Allow",
            "Principal": everybody_or_account,
            "Action": action,
            "Resource": version.arn,
        }
        if organization_id:
            statement["Condition"] = {"StringEquals": {"aws:PrincipalOrgID": organization_id}}
        revision = self._policy(version).add(statement, revision_id)
        return {"Statement": json.dumps(statement, separators=(",", ":")), "RevisionId": revision}

    async def remove_layer_version_permission(
        self,
        call: Call,
        *,
        layer_name: str,
        version_number: int,
        statement_id: str,
        revision_id: str | None = None,
    ) -> dict[str, Any]:
        """Take a statement away."""
        self._policy(self._find(layer_name, version_number)).remove(statement_id, revision_id)
        return {}

    async def get_layer_version_policy(self, call: Call, *, layer_name: str, version_number: int) -> dict[str, Any]:
        """Return the policy of a layer version."""
        kept = self._policy(self._find(layer_name, version_number)).read()
        if kept is None:
            raise not_found(NO_POLICY)
        return {"Policy": kept[0], "RevisionId": kept[1]}

    def _find(self, layer_name: str, number: int) -> LayerVersion:
        require_number(number)
        name = bare_name(layer_name)
        version = self._account.layers.find(name, number)
        if version is None:
            place = f"arn:aws:lambda:{self._settings.region}:{self._settings.account}"
            raise not_found(f"Layer version {place}:layer:{name}:{number} does not exist.")
        return version

    def _policy(self, version: LayerVersion) -> ResourcePolicy:
        attachments = self._account.attachments
        return ResourcePolicy(attachments, Kind.LAYER_POLICY, version.name, str(version.number), "GetLayerPolicy")


def _account_root(principal: str) -> str:
    return principal if principal.startswith("arn:") else f"arn:aws:iam::{principal}:root"
