"""Refuse a malformed policy when it is written, in AWS's words.

IAM answers ``MalformedPolicyDocument`` with these messages (S3 ``MalformedPolicy``); the caller adds the code.
"This policy contains invalid Json" is recorded from AWS for a trust policy; the others are AWS's published or widely
quoted ones, in the order in which IAM finds them. What IAM would also find, for example a principal that does not exist
or a resource that no service has, is not checked here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from runtime.policy.condition import is_known
from runtime.policy.pattern import texts
from runtime.policy.statement import ELEMENTS, statements
from runtime.policy.values import PolicyKind

SYNTAX = "Syntax errors in policy."
INVALID_JSON = {
    PolicyKind.TRUST: "This policy contains invalid Json",
    PolicyKind.RESOURCE: "Policies must be valid JSON and the first byte must be '{'",
}
VERSIONS = ("2012-10-17", "2008-10-17")


def validate(document: str | Mapping[str, Any], kind: PolicyKind = PolicyKind.IDENTITY) -> Mapping[str, Any]:
    """Return the policy as a mapping; raise ``ValueError`` with AWS's words if it is malformed."""
    policy = _parsed(document, kind)
    _require(set(policy) <= {"Version", "Id", "Statement"} and "Statement" in policy, SYNTAX)
    _require(policy.get("Version", VERSIONS[0]) in VERSIONS, SYNTAX)
    found = statements(policy)
    _require(bool(found) and all(isinstance(statement, Mapping) for statement in found), SYNTAX)
    for statement in found:
        _validate_statement(statement)
        _validate_principal(statement, kind)
        _validate_action(statement, kind)
        _validate_resource(statement, kind)
    sids = [statement["Sid"] for statement in found if statement.get("Sid")]
    _require(len(sids) == len(set(sids)), "Statement IDs (SID) in a single policy must be unique.")
    return policy


def _parsed(document: str | Mapping[str, Any], kind: PolicyKind) -> Mapping[str, Any]:
    words = INVALID_JSON.get(kind, SYNTAX)
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise ValueError(words) from error
    if not isinstance(document, Mapping):
        raise ValueError(words)
    return document


def _require(condition: bool, words: str) -> None:
    if not condition:
        raise ValueError(words)


def _validate_statement(statement: Mapping[str, Any]) -> None:
    _require(ELEMENTS.issuperset(statement) and statement.get("Effect") in ("Allow", "Deny"), SYNTAX)
    for name in ("Principal", "Action", "Resource"):
        _require(not (name in statement and f"Not{name}" in statement), SYNTAX)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        _require(_is_text_or_list(statement.get(name, "")), SYNTAX)
    condition = statement.get("Condition", {})
    _require(isinstance(condition, Mapping), SYNTAX)
    for name, keys in condition.items():
        _require(is_known(name) and isinstance(keys, Mapping), SYNTAX)


def _is_text_or_list(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _validate_principal(statement: Mapping[str, Any], kind: PolicyKind) -> None:
    named = "Principal" in statement or "NotPrincipal" in statement
    if not kind.names_principals:
        _require(not named, "Policy document should not specify a principal.")
        return
    _require(named, "Missing required field Principal")
    _require(not (kind is PolicyKind.TRUST and "NotPrincipal" in statement), "Has prohibited field NotPrincipal")


def _validate_action(statement: Mapping[str, Any], kind: PolicyKind) -> None:
    actions = texts(statement.get("Action", statement.get("NotAction")))
    _require(bool(actions), "Policy statement must contain actions.")
    for action in actions:
        vendor, colon, _ = action.partition(":")
        _require(
            bool(colon) or vendor == "*", "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
        )
        if kind is PolicyKind.TRUST:
            _require(vendor.lower() == "sts", "AssumeRole policy may only specify STS AssumeRole actions.")


def _validate_resource(statement: Mapping[str, Any], kind: PolicyKind) -> None:
    if kind is PolicyKind.TRUST:
        for name in ("Resource", "NotResource"):
            _require(name not in statement, f"Has prohibited field {name}")
        return
    resources = texts(statement.get("Resource", statement.get("NotResource")))
    _require(bool(resources), "Policy statement must contain resources.")
    for resource in resources:
        _require(resource == "*" or resource.startswith("arn:"), f'Resource {resource} must be in ARN format or "*".')
