"""A decision in a few plain sentences for a learner: who, what, where, what decided, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runtime.policy.condition_keys import why_absent
from runtime.policy.nearest_miss import called, listed, miss
from runtime.policy.pattern import texts
from runtime.policy.trace import DecisionTrace, Examined
from runtime.policy.values import Decision, PolicyKind, Request, Verdict

NARROWING = (PolicyKind.BOUNDARY, PolicyKind.SESSION)


def explain(decision: Decision, nearest: Examined | None = None, narrowing: str = "") -> str:
    """Say why a request was allowed or denied, and what to do if it should have been allowed.

    ``narrowing`` is the name of the boundary or session policy that lacked an allow, if that is known.
    """
    request = decision.request
    if decision.statement is not None:
        return _by_statement(decision)
    if decision.verdict is Verdict.ALLOW:
        return f"{_who(request)} may {_what(request)}: {decision.remark}."
    if decision.remark:
        return decision.remark
    lack = f"{_who(request)} may not {_what(request)}: {_lack(request, decision.kind, narrowing)}"
    next_step = miss(nearest, request) if nearest else _remedy(request, decision.kind, narrowing)
    return f"{lack} {next_step}{_about_passing(request)}"


def explained(trace: DecisionTrace) -> str:
    """Say it of a whole trace, with its nearest miss."""
    lacking = trace.decision.kind
    names = [f'"{policy.name}"' for policy in trace.policies if policy.kind is lacking and lacking in NARROWING]
    return explain(trace.decision, trace.nearest, " or ".join(names))


def _by_statement(decision: Decision) -> str:
    who, what, statement = _who(decision.request), _what(decision.request), _statement(decision)
    if decision.is_allowed:
        return f"{who} may {what}: {statement} allows it."
    return (
        f"{who} may not {what}: {statement} denies it, and an explicit deny wins over every allow.{_met(decision)} "
        "To let the call through, remove that statement or narrow what it denies."
    )


def _met(decision: Decision) -> str:
    """Say of the condition of a deny what it found."""
    condition: Mapping[str, Any] = (decision.statement or {}).get("Condition") or {}
    context = {key.lower(): texts(value) for key, value in decision.request.context.items()}
    found = []
    for operator, keys in condition.items() if isinstance(condition, Mapping) else ():
        for key, values in keys.items() if isinstance(keys, Mapping) else ():
            actual = context.get(str(key).lower(), ())
            had = f"it is {listed(actual)}" if actual else why_absent(str(key))
            found.append(f"{operator} compares {key} with {listed(texts(values))}, and {had}")
    return f" Its condition is met: {'; '.join(found)}." if found else ""


def _statement(decision: Decision) -> str:
    sid = (decision.statement or {}).get("Sid")
    return called(decision.kind, decision.policy, decision.position, sid)


def _lack(request: Request, kind: PolicyKind | None, narrowing: str) -> str:
    match kind:
        case PolicyKind.TRUST:
            return "no statement of the role's trust policy lets it in."
        case PolicyKind.RESOURCE:
            return "no policy on that resource allows it, and what nothing allows is denied."
        case PolicyKind.BOUNDARY | PolicyKind.SESSION:
            name = f" {narrowing}" if narrowing else ""
            return f"a policy allows it, but the {kind.value}{name} does not, and both must."
    lack = f"no policy attached to {_carrier(request)} allows it, and what nothing allows is denied."
    if request.action == "sts:AssumeRole":
        lack = f"the role's trust policy names only the account, and leaves it to the account's own policies; {lack}"
    return lack


def _remedy(request: Request, kind: PolicyKind | None, narrowing: str) -> str:
    match kind:
        case PolicyKind.TRUST:
            return f'Name it as the "Principal" of a statement that allows {request.action}.'
        case PolicyKind.RESOURCE:
            return f"Give the resource a policy that allows {request.action} to {request.principal}."
        case PolicyKind.BOUNDARY | PolicyKind.SESSION:
            name = f" {narrowing}" if narrowing else ""
            return f"Widen the {kind.value}{name} so that it allows {request.action} on {request.resource}."
    return f'Attach a policy with "Action": "{request.action}" and "Resource": "{request.resource}".'


def _about_passing(request: Request) -> str:
    if request.action != "iam:PassRole":
        return ""
    return (
        " Whoever gives a role to a service needs that right on the role, beside the right to the call itself: "
        "otherwise everybody could lend himself any role."
    )


def _who(request: Request) -> str:
    if request.is_service:
        return f"The service {request.principal}"
    if request.is_anonymous:
        return "Somebody who did not sign"
    if request.role:
        return f'A session of the role "{_name(request.role)}"'
    if request.principal.endswith(":root"):
        return "The account's root user"
    if ":federated-user/" in request.principal:
        return f'The federated user "{_name(request.principal)}"'
    return f'The user "{_name(request.principal)}"'


def _carrier(request: Request) -> str:
    if ":federated-user/" in request.principal:
        return "the user who gave it its credentials"
    return f'the role "{_name(request.role)}"' if request.role else f'the user "{_name(request.principal)}"'


def _what(request: Request) -> str:
    match request.action:
        case "sts:AssumeRole":
            return f"assume the role {request.resource}"
        case "sts:TagSession" if ":role/" in request.resource:
            return f"tag a session of the role {request.resource} (sts:TagSession)"
        case "iam:PassRole":
            service = request.context.get("iam:PassedToService", "a service")
            return f"pass the role {request.resource} to {service} (iam:PassRole)"
    return f"do {request.action}" + ("" if request.resource == "*" else f" on {request.resource}")


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
