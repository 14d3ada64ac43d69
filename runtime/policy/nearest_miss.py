"""The nearest miss in words: which statement came closest to allowing a request, what it lacks, and how to mend it.

Where the lack looks like one of the usual slips (a bucket for its objects, a letter's case, a misspelt action) that is
said, too.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from difflib import get_close_matches

from runtime.policy.condition_keys import why_absent
from runtime.policy.pattern import is_like, texts, variables
from runtime.policy.trace import Examined, Unmet
from runtime.policy.values import PolicyKind, Request

MOST_NAMED = 3
"""So many patterns or values of a list are named; of the others it is said that there are more."""
BUCKET = "arn:aws:s3:::"
COMPARISONS = {
    "LessThan": "to be less than",
    "LessThanEquals": "to be at most",
    "GreaterThan": "to be more than",
    "GreaterThanEquals": "to be at least",
    "NotLike": "not to be like",
    "Like": "to be like",
}


def miss(nearest: Examined, request: Request) -> str:
    """Say which statement came closest to allowing a request, what it lacks, and what to do about it."""
    sid = nearest.statement.source.get("Sid")
    name = called(nearest.policy.kind, nearest.policy.name, nearest.statement.position, sid)
    return f"The nearest is {name}: {_gap(nearest, request)}"


def called(kind: PolicyKind | None, policy: str | None, position: int | None, sid: object) -> str:
    """Name a statement."""
    named = f' ("{sid}")' if sid else ""
    if kind is PolicyKind.TRUST:  # a role has one, and it has no name
        return f"statement {position}{named} of the role's trust policy"
    return f'statement {position}{named} of the {kind.value if kind else "policy"} "{policy}"'


def _gap(nearest: Examined, request: Request) -> str:
    answers = nearest.answers
    if answers.action is not True:
        return _of_action(nearest, request)
    if answers.principal is not True:
        return _of_principal(nearest, request)
    if answers.resource is not True:
        return _of_resource(nearest, request)
    if nearest.unmet:
        lacks = "; ".join(map(unmet, nearest.unmet))
        how = "Call so that the condition is met, or change it."
        return f"it allows that, but on a condition that is not met: {lacks}. {how}"
    return "it would allow that, but it is not written as the policy language asks for."


def _of_action(nearest: Examined, request: Request) -> str:
    selection = nearest.statement.actions
    patterns = selection.patterns if selection else ()
    meant = get_close_matches(request.action, patterns, n=1, cutoff=0.85)
    slip = f' "{meant[0]}" is nearly the same name, but not the same.' if meant else ""  # it may be an action as well
    return (
        f"it is about that resource, but allows {listed(patterns)} and not {request.action}.{slip} "
        f'Add "{request.action}" to its "Action".'
    )


def _of_principal(nearest: Examined, request: Request) -> str:
    source = nearest.statement.source
    asks = {"Service": request.principal} if request.is_service else {"AWS": request.role or request.principal}
    if "Principal" not in source:
        return f"it allows that action there, but to everybody except {_json(source.get('NotPrincipal'))}."
    named = _json(source["Principal"])
    if request.is_anonymous:
        return f"it allows that action there, but its principal is {named}, and the call was not signed by anybody."
    return (
        f"it allows that action there, but its principal is {named}, which is not who asks. "
        f'Let in whoever asks by "Principal": {_json(asks)}.'
    )


def _of_resource(nearest: Examined, request: Request) -> str:
    selection = nearest.statement.resources
    if selection is None:
        return "it allows that action, but which resources it is about cannot be read."
    if selection.is_negated:
        return f"it allows that action, but on everything except {listed(selection.patterns)}."
    slip = _slip(selection.patterns, request.resource) + _meant(selection.patterns, request)
    return (
        f"it allows that action, but only on {listed(selection.patterns)}.{slip} "
        f'Make its "Resource" fit "{request.resource}".'
    )


def _slip(patterns: Collection[str], resource: str) -> str:
    """Say which of the usual slips a resource looks like; nothing if it looks like none."""
    bucket, slash, _ = resource.partition("/")
    if resource.startswith(BUCKET) and slash and bucket in patterns:
        return f' That is the bucket itself; the objects in it are "{bucket}/*".'
    if resource.startswith(BUCKET) and not slash and f"{resource}/*" in patterns:
        return f' Those are the objects in the bucket; the bucket itself is "{resource}".'
    if any(is_like(((pattern.lower(), False),), resource.lower()) for pattern in patterns):
        return " Upper and lower case are not the same there."
    return ""


def _meant(patterns: Collection[str], request: Request) -> str:
    """Say what the variables of patterns stand for in this request."""
    context = {key.lower(): texts(value) for key, value in request.context.items()}
    asked = dict.fromkeys(key for pattern in patterns for key in variables(pattern))
    said = [
        f"${{{key}}} is {listed(found)} here" if (found := context.get(key.lower(), ())) else _nothing(key)
        for key in asked
    ]
    return f" {'; '.join(said)}." if said else ""


def _nothing(key: str) -> str:
    return f"${{{key}}} stands for nothing here: {why_absent(key)}"


def unmet(clause: Unmet) -> str:
    """Say what a condition wants and what it found."""
    found = f"it is {listed(clause.actual)}" if clause.actual else why_absent(clause.key)
    return f"{clause.operator} wants {clause.key} {_wanted(clause.operator, clause.expected)}, and {found}"


def _wanted(operator: str, expected: tuple[str, ...]) -> str:
    bare = operator.rpartition(":")[2].removesuffix("IfExists")
    if bare == "Null":
        return "to be absent" if expected == ("true",) else "to be there"
    family = ("String", "Arn", "Numeric", "Date")
    ending = next((bare.removeprefix(prefix) for prefix in family if bare.startswith(prefix)), bare)
    wish = COMPARISONS.get(ending, "not to be" if "Not" in bare else "to be")
    return f"{wish} {listed(expected)}"


def listed(texts: tuple[str, ...]) -> str:
    """Name some of several texts."""
    named = [f'"{text}"' for text in texts[:MOST_NAMED]]
    more = len(texts) - MOST_NAMED
    return (" or ".join(named) or "nothing") + (f" (and {more} more)" if more > 0 else "")


def _json(element: object) -> str:
    return json.dumps(element, ensure_ascii=False)
