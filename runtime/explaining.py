"""``python -m runtime explain``: why a call was denied, or whether one would be allowed.

Without ``--action`` it tells of a denial (or of a role that was not assumed, or of credentials that proved nothing) in
the journal of a state directory: of the last, or of the Nth before with ``--back N``; the platform may be running.
With ``--action`` it judges the policies of given files by the same judge, without any platform: so a policy can be
tried before it is attached.

Neither changes anything. What the judge decided is said in words, and with ``--json`` as the trace that the journal
keeps (``runtime.policy.trace``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from runtime.arn import Arn
from runtime.clock import SystemClock
from runtime.errors import PlatformError
from runtime.journal import Entry, Journal
from runtime.policy import Policy, PolicyKind, Request, explained, trace, validate
from runtime.policy.pattern import texts

FILES = {
    "policy": PolicyKind.IDENTITY,
    "boundary": PolicyKind.BOUNDARY,
    "session_policy": PolicyKind.SESSION,
    "resource_policy": PolicyKind.RESOURCE,
    "trust_policy": PolicyKind.TRUST,
}
"""Options that name files, and the kind of policy that is in them."""
REFUSALS = ("denial", "assumption", "credentials")
LOOKED_AT = 10_000
"""So many entries are looked through for a denial."""
ANSWERS = {True: "yes", False: "no", None: "unknown"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("--back", type=int, default=0, metavar="N", help="the Nth denial before the last")
    parser.add_argument("--action", help="judge this action instead, such as s3:GetObject")
    parser.add_argument("--principal", metavar="ARN", help="who asks: a user, a role session, or a service's name")
    parser.add_argument("--resource", metavar="ARN", default="*")
    parser.add_argument("--context", action="append", default=[], metavar="KEY=VALUE", help="a condition key")
    for name, kind in FILES.items():
        option = f"--{name.replace('_', '-')}"
        parser.add_argument(option, action="append", default=[], type=Path, metavar="FILE", help=kind.value)
    parser.add_argument("--json", action="store_true", dest="as_json", help="print the trace as JSON")


def explain(options: argparse.Namespace, state: Path, account: str) -> str:
    """Return what is to be said; raise ``PlatformError`` if there is nothing to explain."""
    if options.action:
        document, sentence = _judged(options, account)
    else:
        document, sentence = _remembered(state, options.back)
    if options.as_json:
        return json.dumps({**document, "explanation": sentence}, indent=2, ensure_ascii=False)
    lines = list(_lines(document))
    return "\n".join((*lines, *([""] if lines else []), sentence))


def _remembered(state: Path, back: int) -> tuple[Mapping[str, Any], str]:
    """Return the trace and the explanation of a denial in the journal."""
    path = state / "journal.sqlite3"
    if not path.exists():
        raise PlatformError(f"There is no journal in {state}. Has the lab run there? --state names another directory.")
    journal = Journal(path, SystemClock())
    try:
        denials = [entry for entry in journal.latest(REFUSALS, LOOKED_AT) if _is_denial(entry)]
    finally:
        journal.close()
    if not 0 <= back < len(denials):
        raise PlatformError(
            f"The journal in {state} has {len(denials)} denials, and none is number {back} from the end."
        )
    facts = denials[back].facts
    return facts.get("trace") or {}, f"{facts['message']}\n{facts['explanation']}"


def _is_denial(entry: Entry) -> bool:
    return entry.kind != "assumption" or not entry.facts["granted"]


def _judged(options: argparse.Namespace, account: str) -> tuple[Mapping[str, Any], str]:
    """Return the trace and the explanation of a judgement by files."""
    if not options.principal:
        raise PlatformError("Who asks? --principal names a user, a role session, or a service (s3.amazonaws.com).")
    request = Request(
        principal=options.principal,
        account=_account(options.principal, account),
        action=options.action,
        resource=options.resource,
        role=_role(options.principal),
        context=_context(options.context),
        resource_account=_account(options.resource, account),
    )
    found = trace(request, [policy for name, kind in FILES.items() for policy in _read(getattr(options, name), kind)])
    statements = [
        {
            "policy": one.policy.name,
            "position": one.statement.position,
            "effect": one.statement.source.get("Effect"),
            "applies": one.answers.applies,
            "action": one.answers.action,
            "principal": one.answers.principal,
            "resource": one.answers.resource,
            "condition": one.answers.condition,
        }
        for one in found.statements
    ]
    return {**found.document(), "statements": statements}, explained(found)


def _read(paths: Iterable[Path], kind: PolicyKind) -> Iterator[Policy]:
    for path in paths:
        try:
            yield Policy(str(path), validate(path.read_text(), kind), kind)
        except (OSError, UnicodeDecodeError) as error:
            raise PlatformError(f"{path} cannot be read: {error}") from error
        except ValueError as error:
            raise PlatformError(f"{path} is no {kind.value}; AWS would answer: {error}") from error


def _context(pairs: Iterable[str]) -> dict[str, list[str]]:
    """Read ``KEY=VALUE``; a key that is given twice has two values."""
    context: dict[str, list[str]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise PlatformError(f"{pair!r} is no KEY=VALUE, such as aws:SourceIp=203.0.113.7.")
        context.setdefault(key, []).append(value)
    return context


def _account(arn: str, default: str) -> str:
    try:
        return Arn.parse(arn).account or default
    except ValueError:
        return default


def _role(principal: str) -> str:
    """Return the role of a session, by its name alone: a session's ARN does not tell the role's path."""
    try:
        arn = Arn.parse(principal)
    except ValueError:
        return ""
    kind, _, rest = arn.resource.partition("/")
    return f"arn:{arn.partition}:iam::{arn.account}:role/{rest.partition('/')[0]}" if kind == "assumed-role" else ""


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    if not document:
        return
    yield f"{document['verdict']}"
    for name in ("principal", "action", "resource"):
        yield f"{name:<10}{document[name]}"
    for key, value in document["context"].items():
        yield f"{'context':<10}{key} = {', '.join(texts(value))}"
    for policy in document["policies"]:
        yield f"{'policy':<10}{policy['policy']} ({policy['kind']}, statements: {policy['statements']})"
    for one in document.get("statements", []):
        elements = ", ".join(
            f"{name} {ANSWERS[one[name]]}" for name in ("action", "principal", "resource", "condition")
        )
        yield f"{'statement':<10}{one['position']} of {one['policy']}: {one['effect']}; {elements}"
