"""A decision in one to three plain sentences for a learner: who, what, where, what decided, what to do next."""

from __future__ import annotations

from runtime.policy.condition_keys import why_absent
from runtime.policy.trace import DecisionTrace, Examined, Unmet
from runtime.policy.values import Decision, PolicyKind, Request, Verdict

MOST_NAMED = 3
"""So many patterns or values of a list are named; of the others it is said that there are more."""


def explain(decision: Decision, nearest: Examined | None = None) -> str:
    """Say why a request was allowed or denied, and what to do if it should have been allowed."""
    if decision.statement is not None:
        return _by_statement(decision)
    if decision.verdict is Verdict.ALLOW:
        return f"{_who(decision.request)} may {_what(decision.request)}: {decision.remark}."
    if decision.remark:
        return decision.remark
    lack = f"{_who(decision.request)} may not {_what(decision.request)}: {_lack(decision.request, decision.kind)}"
    return f"{lack} {miss(nearest, decision.request)}" if nearest else lack


def explained(trace: DecisionTrace) -> str:
    """Say it of a whole trace, with its nearest miss."""
    return explain(trace.decision, trace.nearest)


def miss(nearest: Examined, request: Request) -> str:
    """Say which statement came closest to allowing a request, and what it lacks."""
    sid = nearest.statement.source.get("Sid")
    position = nearest.statement.position
    return (
        f"The nearest is {_called(nearest.policy.kind, nearest.policy.name, position, sid)}: {_gap(nearest, request)}"
    )


def _gap(nearest: Examined, request: Request) -> str:
    answers, statement = nearest.answers, nearest.statement
    if answers.action is not True:
        actions = _listed(statement.actions.patterns if statement.actions else ())
        return f"it is about that resource, but allows {actions} and not {request.action}."
    if answers.resource is not True:
        selection = statement.resources
        if selection is None:
            return "it allows that action, but which resources it is about cannot be read."
        where = "on everything except" if selection.is_negated else "only on"
        return f"it allows that action, but {where} {_listed(selection.patterns)}."
    if answers.principal is not True:
        return f"it allows that action there, but its principal is {_principals(nearest)}, which is not who asks."
    if nearest.unmet:
        return f"it allows that, but on a condition that is not met: {'; '.join(map(unmet, nearest.unmet))}."
    return "it would allow that, but it is not written as the policy language asks for."


def unmet(clause: Unmet) -> str:
    """Say what a condition wants and what it found."""
    found = f"it is {_listed(clause.actual)}" if clause.actual else why_absent(clause.key)
    return f"{clause.operator} wants {clause.key} to be {_listed(clause.expected)}, and {found}"


def _listed(texts: tuple[str, ...]) -> str:
    named = [f'"{text}"' for text in texts[:MOST_NAMED]]
    more = len(texts) - MOST_NAMED
    return (" or ".join(named) or "nothing") + (f" (and {more} more)" if more > 0 else "")


def _principals(nearest: Examined) -> str:
    source = nearest.statement.source
    return str(source["Principal"]) if "Principal" in source else f"anybody but {source.get('NotPrincipal')}"


def _by_statement(decision: Decision) -> str:
    who, what, statement = _who(decision.request), _what(decision.request), _statement(decision)
    if decision.is_allowed:
        return f"{who} may {what}: {statement} allows it."
    return (
        f"{who} may not {what}: {statement} denies it, and an explicit deny wins over every allow. "
        "To let the call through, remove that statement or narrow what it denies."
    )


def _statement(decision: Decision) -> str:
    sid = (decision.statement or {}).get("Sid")
    return _called(decision.kind, decision.policy, decision.position, sid)


def _called(kind: PolicyKind | None, policy: str | None, position: int | None, sid: object) -> str:
    named = f' ("{sid}")' if sid else ""
    if kind is PolicyKind.TRUST:  # a role has one, and it has no name
        return f"statement {position}{named} of the role's trust policy"
    return f'statement {position}{named} of the {kind.value if kind else "policy"} "{policy}"'


def _lack(request: Request, kind: PolicyKind | None) -> str:
    match kind:
        case PolicyKind.TRUST:
            return (
                "no statement of the role's trust policy lets it in: none names it, or a condition is not met. "
                f'Name it as the "Principal" of a statement that allows {request.action}, '
                "and compare the statement's conditions with the call."
            )
        case PolicyKind.RESOURCE:
            return (
                "no policy on that resource allows it, and what nothing allows is denied. "
                f"Give the resource a policy that allows {request.action} to {request.principal}."
            )
        case PolicyKind.BOUNDARY | PolicyKind.SESSION:
            return (
                f"a policy allows it, but the {kind.value} does not, and both must. "
                f"Widen the {kind.value} so that it allows {request.action} on {request.resource}."
            )
        case _:
            return (
                f"no policy attached to {_carrier(request)} allows it, and what nothing allows is denied. "
                f'Attach a policy with "Action": "{request.action}" and "Resource": "{request.resource}".'
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
    return f'The user "{_name(request.principal)}"'


def _carrier(request: Request) -> str:
    return f'the role "{_name(request.role)}"' if request.role else f'the user "{_name(request.principal)}"'


def _what(request: Request) -> str:
    if request.action == "sts:AssumeRole":
        return f"assume the role {request.resource}"
    return f"do {request.action}" + ("" if request.resource == "*" else f" on {request.resource}")


def _name(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
