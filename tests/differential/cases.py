"""Requests and policies at random, of every kind that both implementations know: the same for the same seed.

They are made to be near the edge: few names, so that patterns, principals and keys often almost fit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from random import Random
from typing import Any

from runtime.policy import Policy, PolicyKind, Request
from tests.differential.scenes import DATES, ELSEWHERE, FAMILIES, HERE, MANY, SCENES, Scene

Document = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """One question to both."""

    principal: str | None
    """``None``: nobody in particular."""
    account: str
    role: str
    action: str
    resource: str
    resource_account: str
    context: dict[str, Any]
    identity: list[Document] = field(default_factory=list)
    boundary: Document | None = None
    session: Document | None = None
    resource_policy: Document | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def request(self) -> Request:
        """Return the request as ours takes it."""
        return Request(
            principal=self.principal or "arn:aws:iam::ANONYMOUS_PRINCIPAL:user/anonymous",
            account=self.account,
            action=self.action,
            resource=self.resource,
            role=self.role,
            context=self.context,
            resource_account=self.resource_account,
            is_anonymous=self.principal is None,
        )

    @property
    def policies(self) -> list[Policy]:
        """Return the policies as ours takes them."""
        of_resource = PolicyKind.TRUST if self.action == "sts:AssumeRole" else PolicyKind.RESOURCE
        found = [Policy(f"identity {index}", document) for index, document in enumerate(self.identity)]
        for name, document, kind in (
            ("boundary", self.boundary, PolicyKind.BOUNDARY),
            ("session", self.session, PolicyKind.SESSION),
            ("of the resource", self.resource_policy, of_resource),
        ):
            if document is not None:
                found.append(Policy(name, document, kind))
        return found

    @property
    def documents(self) -> list[Document]:
        return [policy.document for policy in self.policies]  # type: ignore[misc]  # made here, as dicts


def generate(seed: int, count: int) -> list[Case]:
    """Return that many cases."""
    random = Random(seed)
    return [_case(random) for _ in range(count)]


def _case(random: Random) -> Case:
    scene = random.choice(SCENES)
    principal, account, role = _principal(random)
    is_carrier = principal is not None and principal.startswith("arn:")
    carried = [_document(random, scene) for _ in range(random.choice((0, 1, 2, 2)))] if is_carrier else []
    is_trust = scene.action == "sts:AssumeRole"
    has_policy = is_trust or (scene.has_resource_policy and random.random() < 0.6)
    return Case(
        principal=principal,
        account=account,
        role=role,
        action=scene.action,
        resource=random.choice(scene.resources),
        resource_account=HERE,
        context=_context(random, principal, account, role),
        identity=carried,
        boundary=_document(random, scene) if is_carrier and random.random() < 0.25 else None,
        session=_document(random, scene) if role and random.random() < 0.25 else None,
        resource_policy=_document(random, scene, names_principals=True, is_trust=is_trust) if has_policy else None,
    )


def _principal(random: Random) -> tuple[str | None, str, str]:
    """Return a principal, its account, and the role whose session it is."""
    account = HERE if random.random() < 0.7 else ELSEWHERE
    role = f"arn:aws:iam::{account}:role/thumbnailer"
    return random.choice(
        (
            (f"arn:aws:iam::{account}:user/alice", account, ""),
            (f"arn:aws:iam::{account}:user/alice", account, ""),
            (f"arn:aws:sts::{account}:assumed-role/thumbnailer/resize", account, role),
            (f"arn:aws:sts::{account}:assumed-role/thumbnailer/resize", account, role),
            ("s3.amazonaws.com", HERE, ""),
            (None, "ANONYMOUS_PRINCIPAL", ""),
        )
    )


def _context(random: Random, principal: str | None, account: str, role: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "aws:SourceIp": random.choice(("203.0.113.7", "10.1.2.3", "2001:db8::1")),
        "aws:SecureTransport": random.choice(("true", "false")),
        "aws:CurrentTime": random.choice(DATES[:2]),
    }
    if principal is not None and principal.startswith("arn:"):
        context["aws:PrincipalArn"] = role or principal
        context["aws:PrincipalAccount"] = account
    if principal is not None and ":user/" in principal:
        context["aws:username"] = "alice"
    optional = {
        "aws:Referer": ("alice", "bob", "al*"),
        "aws:UserAgent": ("alice", "QmlnIGNhdA==", "x"),
        "aws:PrincipalTag/team": ("alice", "bob"),
        "aws:MultiFactorAuthAge": ("10", "5", "3600"),
        "aws:SourceArn": ("arn:aws:s3:::photos", "arn:aws:s3:::other"),
        "aws:TagKeys": (["stage"], ["stage", "team"], ["cost", "team"]),
    }
    for key, values in optional.items():
        if random.random() < 0.5:
            context[key] = random.choice(values)
    return context


def _document(random: Random, scene: Scene, *, names_principals: bool = False, is_trust: bool = False) -> Document:
    statements = [
        _statement(random, scene, names_principals=names_principals, is_trust=is_trust)
        for _ in range(random.choice((1, 1, 2, 3)))
    ]
    return {"Version": "2012-10-17" if random.random() < 0.85 else "2008-10-17", "Statement": statements}


def _statement(random: Random, scene: Scene, *, names_principals: bool, is_trust: bool) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Deny" if random.random() < 0.15 else "Allow"}
    statement[_maybe_not(random, "Action")] = _some(random, scene.actions)
    if not is_trust:
        statement[_maybe_not(random, "Resource")] = _some(random, scene.patterns)
    if names_principals:
        is_excepting = not is_trust and random.random() < 0.15
        statement["NotPrincipal" if is_excepting else "Principal"] = _named(random, is_excepting=is_excepting)
    if random.random() < 0.45:
        statement["Condition"] = _condition(random)
    return statement


def _maybe_not(random: Random, name: str) -> str:
    return f"Not{name}" if random.random() < 0.12 else name


def _some(random: Random, values: tuple[str, ...]) -> str | list[str]:
    chosen = random.sample(values, random.choice((1, 1, 2)))
    return chosen[0] if len(chosen) == 1 and random.random() < 0.7 else chosen


def _named(random: Random, *, is_excepting: bool) -> Any:
    account = HERE if random.random() < 0.6 else ELSEWHERE
    names = [
        "*",
        f"arn:aws:iam::{account}:root",
        account,
        f"arn:aws:iam::{account}:user/alice",
        f"arn:aws:iam::{account}:user/bob",
        f"arn:aws:iam::{account}:role/thumbnailer",
        f"arn:aws:sts::{account}:assumed-role/thumbnailer/resize",
    ]
    if random.random() < 0.15 and not is_excepting:
        return "*"
    if random.random() < 0.2:
        return {"Service": _some(random, ("s3.amazonaws.com", "lambda.amazonaws.com"))}
    return {"AWS": _some(random, tuple(names[1:] if is_excepting else names))}


def _condition(random: Random) -> dict[str, Any]:
    condition: dict[str, Any] = {}
    for _ in range(random.choice((1, 1, 2))):
        if random.random() < 0.2:
            qualifier = random.choice(("ForAllValues", "ForAnyValue"))
            operator = random.choice(("StringEquals", "StringNotEquals", "StringLike", "StringNotLike"))
            condition[f"{qualifier}:{operator}"] = {"aws:TagKeys": _some(random, MANY)}
            continue
        operators, keys, values = random.choice(FAMILIES)
        name = random.choice(operators)
        if name != "Null" and random.random() < 0.2:
            name += "IfExists"
        condition[name] = {random.choice(keys): _some(random, values)}
    return condition
