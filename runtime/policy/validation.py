"""Refuse a malformed policy when it is written, in the words of whoever would refuse it.

These are IAM's words, for identity-based and trust policies, boundaries and session policies; S3's, for the policies
of resources, are in ``resource_validation.py``. The caller adds the code (``MalformedPolicyDocument``, ...).

"This policy contains invalid Json" is recorded from AWS for a trust policy; the others are AWS's published or widely
quoted ones, in the order in which IAM finds them: syntax, version, what it calls legacy parsing, statement ids,
actions, resources, vendors. What needs more knowledge than the document has is not checked: whether a principal exists,
whether an action does, and how long all policies of a holder are together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from runtime.policy import resource_validation
from runtime.policy.condition import is_known
from runtime.policy.json_text import parsed
from runtime.policy.pattern import texts
from runtime.policy.principal_form import invalid_principal
from runtime.policy.resource_form import resource_error
from runtime.policy.statement import ELEMENTS, statements
from runtime.policy.values import PolicyKind

SYNTAX = "Syntax errors in policy."
INVALID_JSON = "This policy contains invalid Json"
LEGACY = "The policy failed legacy parsing"
OLD_VERSION = "Policy document must be version 2012-10-17 or greater."
VERSIONS = ("2012-10-17", "2008-10-17")
VENDOR = re.compile(r"[A-Za-z0-9.-]+")
SID = re.compile(r"[0-9A-Za-z]*")
NOT_ALPHANUMERIC = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."


def validate(document: str | Mapping[str, Any], kind: PolicyKind = PolicyKind.IDENTITY) -> Mapping[str, Any]:
    """Return the policy as a mapping; raise ``ValueError`` with AWS's words if it is malformed."""
    if kind is PolicyKind.RESOURCE:
        return resource_validation.validate(document)
    policy = _parsed(document, INVALID_JSON if kind is PolicyKind.TRUST else SYNTAX)
    found = statements(policy)
    _require_syntax(policy, found)
    _require(kind is PolicyKind.TRUST or policy.get("Version") == VERSIONS[0], OLD_VERSION)
    _require(all(statement["Effect"] in ("Allow", "Deny") for statement in found), LEGACY)
    _require_sids([str(statement["Sid"]) for statement in found if statement.get("Sid")], kind)
    (_require_trust if kind is PolicyKind.TRUST else _require_identity)(found)
    return policy


def _parsed(document: str | Mapping[str, Any], words: str) -> Mapping[str, Any]:
    if isinstance(document, str):
        try:
            document = parsed(document)
        except ValueError as error:
            raise ValueError(words) from error
    if not isinstance(document, Mapping):
        raise ValueError(words)
    return document


def _require(condition: bool, words: str) -> None:
    if not condition:
        raise ValueError(words)


def _require_syntax(policy: Mapping[str, Any], found: list[Any]) -> None:
    _require(set(policy) <= {"Version", "Id", "Statement"} and "Statement" in policy, SYNTAX)
    _require(policy.get("Version", VERSIONS[0]) in VERSIONS and isinstance(policy.get("Id", ""), str), SYNTAX)
    _require(bool(found) and all(isinstance(statement, Mapping) for statement in found), SYNTAX)
    for statement in found:
        _require_statement(statement)


def _require_statement(statement: Mapping[str, Any]) -> None:
    effect = statement.get("Effect")
    _require(ELEMENTS.issuperset(statement), SYNTAX)
    _require(isinstance(effect, str) and effect.lower() in ("allow", "deny"), SYNTAX)
    for name in ("Principal", "Action", "Resource"):
        _require(not (name in statement and f"Not{name}" in statement), SYNTAX)
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        _require(_is_text_or_list(statement.get(name, "")), SYNTAX)
    _require(isinstance(statement.get("Sid", ""), str), SYNTAX)
    condition = statement.get("Condition", {})
    _require(isinstance(condition, Mapping), SYNTAX)
    for name, keys in condition.items():
        _require(isinstance(keys, Mapping) and (is_known(name) or not keys), SYNTAX)


def _is_text_or_list(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _require_sids(sids: list[str], kind: PolicyKind) -> None:
    _require(len(sids) == len(set(sids)), "Statement IDs (SID) in a single policy must be unique.")
    _require(kind is PolicyKind.TRUST or all(SID.fullmatch(sid) for sid in sids), NOT_ALPHANUMERIC)


def _require_identity(found: Iterable[Mapping[str, Any]]) -> None:
    for statement in found:
        named = "Principal" in statement or "NotPrincipal" in statement
        _require(not named, "Policy document should not specify a principal.")
    for statement in found:
        _require(bool(_actions(statement)), "Policy statement must contain actions.")
    for statement in found:
        for resource in _resources(statement):
            words = resource_error(resource)
            _require(words is None, words or "")
    for statement in found:
        _require_vendors(statement)
        _require(bool(_resources(statement)), "Policy statement must contain resources.")


def _require_trust(found: Iterable[Mapping[str, Any]]) -> None:
    for statement in found:
        _require("NotPrincipal" not in statement, "Has prohibited field NotPrincipal")
        _require("Principal" in statement, "Missing required field Principal")
        words = invalid_principal(statement["Principal"])
        _require(words is None, words or "")
        _require(bool(_actions(statement)), "Policy statement must contain actions.")
        _require_vendors(statement)
        of_tokens = all(action.lower().startswith("sts:") for action in _actions(statement))
        _require(of_tokens, "AssumeRole policy may only specify STS AssumeRole actions.")
        for name in ("Resource", "NotResource"):
            _require(name not in statement, f"Has prohibited field {name}")


def _require_vendors(statement: Mapping[str, Any]) -> None:
    for action in _actions(statement):
        vendor, *rest = action.split(":")
        _require(bool(rest) or vendor == "*", NO_VENDOR)
        _require(len(rest) < 2, "Actions/Condition can contain only one colon.")
        _require(vendor == "*" or VENDOR.fullmatch(vendor) is not None, f"Vendor {vendor} is not valid")


def _actions(statement: Mapping[str, Any]) -> tuple[str, ...]:
    return texts(statement.get("Action", statement.get("NotAction")))


def _resources(statement: Mapping[str, Any]) -> tuple[str, ...]:
    return texts(statement.get("Resource", statement.get("NotResource")))
