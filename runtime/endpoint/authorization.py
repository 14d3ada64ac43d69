"""What a call needs: which IAM actions on which resources, and the circumstances that conditions may ask about.

Which actions a call uses, and the names that it gives to resources, the service's own module in ``needs/`` says. Of
which kind the resources are, and what conditions may ask, a maintained source says (``needs/definitions.py``). An
operation for which neither knows an action is refused to everybody but root: what is not understood opens no door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.endpoint.authentication import UNSIGNED
from runtime.endpoint.exchange import Request
from runtime.endpoint.model import Operation
from runtime.endpoint.needs import (
    dynamodb,
    events,
    iam,
    kinesis,
    lambda_,
    logs,
    named,
    s3,
    s3_conditions,
    sqs,
    sts,
    tags,
)
from runtime.endpoint.needs.asked import Asked, Need, Use
from runtime.endpoint.needs.resolution import resolved
from runtime.endpoint.wire import text
from runtime.endpoint.wire.query import form, lists
from runtime.endpoint.wire.rest_json import json_object, required_object
from runtime.errors import ServiceError
from runtime.identity.authority import Authority
from runtime.identity.principal import Principal, PrincipalKind
from runtime.identity.sessions import invalid_token
from runtime.policy import Verdict
from runtime.policy.values import ContextValue

USES: Mapping[str, Callable[[Asked], list[Use]]] = {
    "dynamodb": dynamodb.uses,
    "dynamodbstreams": dynamodb.uses,
    "events": events.uses,
    "iam": iam.uses,
    "kinesis": kinesis.uses,
    "lambda": lambda_.uses,
    "logs": logs.uses,
    "s3": s3.uses,
    "sqs": sqs.uses,
    "sts": sts.uses,
}
"""Services with rules of their own; of the others an operation is an action, if there is one of its name."""
UNMAPPED = (
    "Lambda Lab does not know which permission {} needs, so no policy can allow it: only the root user may call it. "
    "Use the credentials of the root user for it."
)

TAGS = ("Tags", "TagKeys")
WRITTEN_AS_TEXT = ("query", "ec2", "rest-xml")
COUNTED = ("integer", "long", "boolean")

JUDGED_ELSEWHERE = frozenset({("sts", "GetCallerIdentity"), ("sts", "AssumeRole"), *UNSIGNED})
"""Everybody may ask who they are; a role's own trust policy says who may assume it."""
FOR_A_WHILE = frozenset({PrincipalKind.USER, PrincipalKind.ROOT, PrincipalKind.FEDERATED_USER})
"""Who has no IAM and little of STS with temporary credentials, as long as no second factor proves him."""
LITTLE_OF_STS = {PrincipalKind.FEDERATED_USER: frozenset({"GetCallerIdentity"})}
SOME_OF_STS = frozenset({"AssumeRole", "GetCallerIdentity"})


@dataclass(frozen=True, slots=True)
class Judge:
    """Lets a call pass, or has the authority refuse it."""

    authority: Authority

    def require(self, asked: Asked, principal: Principal, request_id: str) -> None:
        """Refuse a call that the principal may not make; every need of it must be met."""
        if principal.since is not None and principal.kind in FOR_A_WHILE:
            self._refuse_temporary(asked, principal, request_id)
        if (asked.service, asked.operation) in JUDGED_ELSEWHERE:
            return
        for need in needs(asked):
            if not need.is_mapped:
                self._require_root(need, asked, principal, request_id)
                continue
            self.authority.require(
                principal,
                self._deciding_action(need, principal),
                need.resource,
                need.conditions,
                service=asked.service,
                operation=asked.operation,
                request_id=request_id,
            )

    def _require_root(self, need: Need, asked: Asked, principal: Principal, request_id: str) -> None:
        """Let nobody pass but root, whom no policy has to allow anything."""
        if principal.kind is not PrincipalKind.ROOT:
            self.authority.refuse(
                principal,
                need.action,
                UNMAPPED.format(need.action),
                service=asked.service,
                operation=asked.operation,
                request_id=request_id,
            )

    def _refuse_temporary(self, asked: Asked, principal: Principal, request_id: str) -> None:
        """Refuse what GetSessionToken's and GetFederationToken's credentials are not for."""
        if asked.service == "iam":
            self.authority.refuse_temporary(principal, invalid_token(), "iam", request_id)
        if asked.service == "sts" and asked.operation not in LITTLE_OF_STS.get(principal.kind, SOME_OF_STS):
            error = ServiceError("AccessDenied", f"Cannot call {asked.operation} with session credentials", 403)
            self.authority.refuse_temporary(principal, error, "sts", request_id)

    def _deciding_action(self, need: Need, principal: Principal) -> str:
        """Return the action to judge: the need's own, or for a role one that serves as well and decides otherwise."""
        if not need.serves_for_roles or principal.kind is not PrincipalKind.ROLE_SESSION:
            return need.action
        verdicts = {
            action: self.authority.judge(principal, action, need.resource, need.conditions).verdict
            for action in (need.action, need.serves_for_roles)
        }
        for decisive in (Verdict.EXPLICIT_DENY, Verdict.ALLOW):
            for action, verdict in verdicts.items():
                if verdict is decisive:
                    return action
        return need.action


def needs(asked: Asked) -> list[Need]:
    """Return everything that must be allowed for a call."""
    context = circumstances(asked) | tags.conditions(asked)
    uses = USES.get(asked.service, named.uses)(asked)
    return [need for use in uses for need in resolved(asked, use, context)]


def circumstances(asked: Asked) -> dict[str, ContextValue]:
    """Return the condition keys that the request itself gives; the authority knows the principal's and the time."""
    request = asked.request
    context: dict[str, ContextValue] = {
        "aws:SourceIp": request.source_ip,
        "aws:SecureTransport": request.endpoint_url.startswith("https:"),
        "aws:RequestedRegion": asked.region,
    }
    for key, name in (("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")):
        value = request.header(name)
        if value is not None:
            context[key] = value
    if asked.service != "s3":
        return context
    return context | {"s3:ResourceAccount": asked.account} | s3_conditions.conditions(request, asked.operation)


def parameters(operation: Operation, labels: Mapping[str, str], request: Request) -> Mapping[str, Any]:
    """Return what a call gives by the names on the wire, as far as naming a resource takes it.

    Only members that the operation has: a member too many must not make the judge look elsewhere than the store does.
    What has not the form that the protocol asks for is refused here, because the store would stumble over it.
    """
    match operation.protocol:
        case "json":
            given: Mapping[str, Any] = required_object(request.body)
        case "query" | "ec2":
            given = form(request)
        case "rest-json":
            given = _located(operation, request)
        case _:
            given = request.query_fields
    members = operation.input_shape.members.items() if operation.input_shape else ()
    known = {member.serialization.get("name", name): member for name, member in members}
    if operation.protocol in WRITTEN_AS_TEXT:
        for name in given.keys() & known.keys():
            if known[name].type_name in COUNTED:
                text.from_text(known[name], given[name])
    listed = lists(operation, given, TAGS) if operation.protocol == "query" else {}
    return {**{name: value for name, value in given.items() if name in known}, **listed, **labels}


def _located(operation: Operation, request: Request) -> dict[str, Any]:
    """Return the members of a rest-json call, each from where it travels; an event that is sent along names nothing."""
    shape = operation.input_shape
    if shape is None:
        return {}
    body = {} if "payload" in shape.serialization else json_object(request.body)
    places = {"querystring": request.query_fields, None: body}
    given: dict[str, Any] = {}
    for name, member in shape.members.items():
        place = places.get(member.serialization.get("location"), {})
        written = member.serialization.get("name", name)
        if written in place:
            given[written] = place[written]
    return given
