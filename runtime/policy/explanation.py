"""A decision in one or two plain sentences for a learner: who, what, where, what decided, what to do next."""

from __future__ import annotations

from runtime.policy.values import Decision, PolicyKind, Request, Verdict


def explain(decision: Decision) -> str:
    """Say why a request was allowed or denied, and what to do if it should have been allowed."""
    if decision.statement is not None:
        return _by_statement(decision)
    if decision.verdict is Verdict.ALLOW:
        return f"{_who(decision.request)} may {_what(decision.request)}: {decision.remark}."
    return _by_lack(decision)


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
    named = f' ("{sid}")' if sid else ""
    if decision.kind is PolicyKind.TRUST:  # a role has one, and it has no name
        return f"statement {decision.position}{named} of the role's trust policy"
    kind = decision.kind.value if decision.kind else "policy"
    return f'statement {decision.position}{named} of the {kind} "{decision.policy}"'


def _by_lack(decision: Decision) -> str:
    request = decision.request
    return f"{_who(request)} may not {_what(request)}: {_lack(request, decision.kind)}"


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
