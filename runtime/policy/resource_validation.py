"""Refuse a malformed policy of a resource, in S3's words.

They are S3's as they are widely quoted; other services say less. With the name of a bucket, actions must be S3's, and
resources the bucket and its objects; without one nothing is asked that only S3 asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.policy.condition import is_known
from runtime.policy.json_text import parsed
from runtime.policy.pattern import texts
from runtime.policy.principal_form import invalid_principal
from runtime.policy.statement import ELEMENTS, statements

NOT_JSON = "Policies must be valid JSON and the first byte must be '{'"
INVALID_JSON = "This policy contains invalid Json"
SYNTAX = "Invalid policy syntax."
INVALID_PRINCIPAL, INVALID_ACTION = "Invalid principal in policy", "Policy has invalid action"
INVALID_RESOURCE = "Policy has invalid resource"
VERSION = "The policy must contain a valid version string"
EMPTY = "Could not parse the policy: Statement is empty!"
LARGEST, TOO_LARGE = 20480, "Policy exceeds the maximum allowed document size."
"""Characters, white space not counted; the words are those of S3's imitators."""
VERSIONS = ("2012-10-17", "2008-10-17")


def validate(document: str | Mapping[str, Any], bucket: str = "") -> Mapping[str, Any]:
    """Return the policy as a mapping; raise ``ValueError`` with S3's words if it is malformed."""
    policy = _parsed(document)
    for name in policy:
        _require(name in ("Version", "Id", "Statement"), f"Unknown field {name}")
    _require("Statement" in policy, "Missing required field Statement")
    _require(policy.get("Version", VERSIONS[0]) in VERSIONS, VERSION)
    found = statements(policy)
    _require(bool(found), EMPTY)
    for statement in found:
        _require(isinstance(statement, Mapping), SYNTAX)
        _require_statement(statement, bucket)
    return policy


def _parsed(document: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(document, str):
        _require(len("".join(document.split())) <= LARGEST, TOO_LARGE)
        _require(document.startswith("{"), NOT_JSON)
        try:
            document = parsed(document)
        except ValueError as error:
            raise ValueError(INVALID_JSON) from error
    if not isinstance(document, Mapping):
        raise ValueError(NOT_JSON)
    return document


def _require(condition: bool, words: str) -> None:
    if not condition:
        raise ValueError(words)


def _require_statement(statement: Mapping[str, Any], bucket: str) -> None:
    for name in statement:
        _require(name in ELEMENTS, f"Unknown field {name}")
    for name in ("Effect", "Principal", "Action", "Resource"):
        _require(name in statement or f"Not{name}" in statement, f"Missing required field {name}")
        _require(not (name in statement and f"Not{name}" in statement), SYNTAX)
    _require(statement.get("Effect") in ("Allow", "Deny"), SYNTAX)
    named = statement.get("Principal", statement.get("NotPrincipal"))
    _require(invalid_principal(named) is None, INVALID_PRINCIPAL)
    actions = texts(statement.get("Action", statement.get("NotAction")))
    _require(bool(actions) and all(_is_action(action, bucket) for action in actions), INVALID_ACTION)
    resources = texts(statement.get("Resource", statement.get("NotResource")))
    _require(bool(resources) and all(_is_resource(resource, bucket) for resource in resources), INVALID_RESOURCE)
    _require_condition(statement.get("Condition", {}))


def _is_action(action: str, bucket: str) -> bool:
    vendor, colon, name = action.partition(":")
    return action == "*" or (bool(colon and name) and (not bucket or vendor.lower() == "s3"))


def _is_resource(resource: str, bucket: str) -> bool:
    if resource == "*":
        return True
    arn = f"arn:aws:s3:::{bucket}"
    if bucket:
        return resource == arn or resource.startswith((f"{arn}/", f"{arn}*"))
    return resource.startswith("arn:")


def _require_condition(condition: Any) -> None:
    _require(isinstance(condition, Mapping), SYNTAX)
    for name, keys in condition.items():
        _require(is_known(name), f"Invalid Condition type : {name}")
        _require(isinstance(keys, Mapping), SYNTAX)
