"""Permissions: the resource policy of a function, a version or an alias; it lets services and others invoke.

Each has a policy of its own: what is allowed on the function says nothing about a published version, and the other way
round. The judge asks for it whenever somebody is about to use the function (``runtime/endpoint/directory.py``).
"""

from __future__ import annotations

import json
import re
from typing import Any

from runtime.generation import TODAY
from runtime.resources.attachments import Kind
from runtime.resources.function import LATEST
from runtime.services.call import Call
from runtime.services.collaborators import Collaborators
from runtime.services.constraints import invalid_parameter
from runtime.services.lambda_today.catalogue import Catalogue, not_found
from runtime.services.lambda_today.resource_policy import ResourcePolicy

NOT_FOR_LATEST = "We currently do not support adding policies for $LATEST."
INVALID_PRINCIPAL = "The provided principal was invalid. Please check the principal and try again."
NOT_THERE = "The resource you requested does not exist."
ACCOUNT = r"\d{12}"
SERVICE = r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?|[a-z0-9.-]+\.amazon\.com|[a-z0-9-]+\.alexa\.[a-z.]+"
ARN = r"arn:(aws[a-zA-Z-]*):(iam|sts)::\d{12}:\S+"


class Permissions:
    """AddPermission, RemovePermission, GetPolicy."""

    service = "lambda"
    api_version = TODAY.api_version

    def __init__(self, collaborators: Collaborators) -> None:
        self._catalogue = Catalogue(collaborators)
        self._account = collaborators.account
        self._authority = collaborators.authority

    async def add_permission(
        self,
        call: Call,
        *,
        function_name: str,
        statement_id: str,
        action: str,
        principal: str,
        qualifier: str | None = None,
        revision_id: str | None = None,
        **conditions: Any,
    ) -> dict[str, Any]:
        """Add a statement to the policy of what is named."""
        name, named = self._named(function_name, qualifier)
        if named == LATEST:
            raise invalid_parameter(NOT_FOR_LATEST)
        function = self._catalogue.functions.find(name)
        self._require_qualifier(name, named)
        if not self._authority.may_be_named(principal):
            raise invalid_parameter(INVALID_PRINCIPAL)
        statement: dict[str, Any] = {
            "Sid": statement_id,
            "Effect": "Allow",
            "Principal": _principal(principal),
            "Action": action,
            "Resource": f"{function.arn}:{named}" if named else function.arn,
        }
        if condition := _condition(conditions):
            statement["Condition"] = condition
        self._policy(name, named).add(statement, revision_id)
        return {"Statement": json.dumps(statement, separators=(",", ":"))}

    async def remove_permission(
        self,
        call: Call,
        *,
        function_name: str,
        statement_id: str,
        qualifier: str | None = None,
        revision_id: str | None = None,
    ) -> dict[str, Any]:
        """Take a statement away."""
        name, named = self._named(function_name, qualifier)
        if self._account.function(name) is None:
            raise not_found(f"No policy found for: {self._catalogue.functions.arn(name)}")
        self._require_qualifier(name, named)
        self._policy(name, named).remove(statement_id, revision_id)
        return {}

    async def get_policy(self, call: Call, *, function_name: str, qualifier: str | None = None) -> dict[str, Any]:
        """Return the policy of what is named."""
        name, named = self._named(function_name, qualifier)
        kept = self._policy(name, named).read()
        if kept is None:
            raise not_found(NOT_THERE)
        return {"Policy": kept[0], "RevisionId": kept[1]}

    def _named(self, function_name: str, qualifier: str | None) -> tuple[str, str]:
        reference = self._catalogue.refer(function_name, qualifier)
        return reference.name, reference.qualifier or ""

    def _policy(self, name: str, qualifier: str) -> ResourcePolicy:
        return ResourcePolicy(self._account.attachments, Kind.POLICY, name, qualifier, "GetPolicy")

    def _require_qualifier(self, name: str, qualifier: str) -> None:
        function = self._catalogue.functions.find(name)
        if qualifier.isdecimal():
            self._catalogue.qualified(function, qualifier)
        elif qualifier not in ("", LATEST) and self._account.alias(name, qualifier) is None:
            raise not_found(f"Cannot find alias arn: {function.arn}:{qualifier}")


def _principal(named: str) -> str | dict[str, str]:
    """Write a principal as a policy does; any name that looks like a service's is taken for one."""
    if named == "*":
        return "*"
    if re.fullmatch(ACCOUNT, named):
        return {"AWS": f"arn:aws:iam::{named}:root"}
    if re.fullmatch(ARN, named):
        return {"AWS": named}
    if re.fullmatch(SERVICE, named):
        return {"Service": named}
    raise invalid_parameter(INVALID_PRINCIPAL)


def _condition(given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what else AddPermission was given, as conditions."""
    operators: dict[str, dict[str, Any]] = {
        "StringEquals": {
            "AWS:SourceAccount": given.get("source_account"),
            "lambda:EventSourceToken": given.get("event_source_token"),
            "lambda:FunctionUrlAuthType": given.get("function_url_auth_type"),
            "aws:PrincipalOrgID": given.get("principal_org_id"),
        },
        "ArnLike": {"AWS:SourceArn": given.get("source_arn")},
        "Bool": {"lambda:InvokedViaFunctionUrl": _truth(given.get("invoked_via_function_url"))},
    }
    filled = {
        operator: {key: value for key, value in keys.items() if value is not None}
        for operator, keys in operators.items()
    }
    return {operator: keys for operator, keys in filled.items() if keys}


def _truth(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()
